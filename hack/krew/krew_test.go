package krew

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

const (
	repository = "../.."
	downloads  = "https://github.com/kubectl-jobx/kubectl-jobx/releases/download/"
	oldVersion = "v0.0.0-0" // semver has none that is lower: before the first tag make dist builds v0.0.0-gCOMMIT
)

// bench is a machine with kubectl and krew on it, and a release to install.
type bench struct {
	t        *testing.T
	dist     string // the archives and jobx.yaml, as make dist leaves them
	programs string // kubectl-krew and validate-krew-manifest
	root     string // KREW_ROOT
	env      []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dist, err := filepath.Abs(filepath.Join(repository, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dist, "jobx.yaml")); err != nil {
		t.Fatalf("run make dist first: %v", err)
	}
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Fatal("kubectl is not on PATH: run make krew-test")
	}
	b := &bench{t: t, dist: dist, programs: t.TempDir()}
	b.link("sigs.k8s.io/krew/cmd/krew", "kubectl-krew")
	b.link("sigs.k8s.io/krew/cmd/validate-krew-manifest", "validate-krew-manifest")
	b.root = t.TempDir()
	b.env = append(os.Environ(), "KREW_ROOT="+b.root, "HOME="+t.TempDir(), "KREW_NO_UPGRADE_CHECK=1",
		"PATH="+strings.Join([]string{filepath.Join(b.root, "bin"), b.programs, os.Getenv("PATH")}, string(os.PathListSeparator)))
	return b
}

// link puts a pinned tool under a name.
func (b *bench) link(tool, name string) {
	b.t.Helper()
	path, err := exec.Command("go", "tool", "-n", tool).Output()
	if err != nil {
		b.t.Fatalf("%s: %v", tool, err)
	}
	if err := os.Symlink(strings.TrimSpace(string(path)), filepath.Join(b.programs, name)); err != nil {
		b.t.Fatal(err)
	}
}

// run runs a program that must succeed and returns what it printed, on both streams.
func (b *bench) run(args ...string) string {
	b.t.Helper()
	out, err := b.try(args...)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (b *bench) try(args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = b.env
	// As a shell does, find the program on the PATH that it will have.
	for _, v := range b.env {
		if path, ok := strings.CutPrefix(v, "PATH="); ok && !strings.Contains(args[0], "/") {
			for _, dir := range filepath.SplitList(path) {
				if _, err := os.Stat(filepath.Join(dir, args[0])); err == nil {
					cmd.Path, cmd.Err = filepath.Join(dir, args[0]), nil
					break
				}
			}
		}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (b *bench) wantVersion(version string) {
	b.t.Helper()
	if out := b.run("kubectl", "jobx", "version"); out != "Client Version: "+version+"\n" {
		b.t.Fatalf("kubectl jobx version says %q, want %s", out, version)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// index makes a git repository with the manifest krew's default index.
func (b *bench) index(manifest string) string {
	b.t.Helper()
	dir := b.t.TempDir()
	b.run("git", "init", "-q", dir)
	b.publish(dir, manifest)
	b.env = append(b.env, "KREW_DEFAULT_INDEX_URI="+dir)
	b.run("kubectl", "krew", "update")
	return dir
}

func (b *bench) publish(index, manifest string) {
	b.t.Helper()
	write(b.t, filepath.Join(index, "plugins", "jobx.yaml"), manifest)
	b.run("git", "-C", index, "add", ".")
	b.run("git", "-C", index, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "publish")
}

var (
	versionLine = regexp.MustCompile(`(?m)^  version: (\S+)$`)
	uriLine     = regexp.MustCompile(`uri: \S+/`)
)

func versionOf(t *testing.T, manifest string) string {
	t.Helper()
	found := versionLine.FindStringSubmatch(manifest)
	if found == nil {
		t.Fatal("the manifest has no version")
	}
	return found[1]
}

// served are the archives of a folder at an address of this machine, and a manifest that points there.
func served(t *testing.T, dir, manifest string) string {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	return uriLine.ReplaceAllString(manifest, "uri: "+server.URL+"/")
}

// TestCommittedManifest holds that krew's validator takes the manifest of the repository, and that its archives are where
// the release of its version has them. Its checksums are make manifest-check's to prove.
func TestCommittedManifest(t *testing.T) {
	b := newBench(t)
	committed := read(t, filepath.Join(repository, "krew-manifest.yaml"))
	path := write(t, filepath.Join(t.TempDir(), "jobx.yaml"), committed)
	b.run("validate-krew-manifest", "-skip-install", "-manifest", path)
	if n := strings.Count(committed, downloads+versionOf(t, committed)+"/"); n != 6 {
		t.Errorf("%d of 6 archives are at the release's address", n)
	}
}

// TestEveryPlatform lets krew's validator install the plugin for each platform: checksums, licence, program.
func TestEveryPlatform(t *testing.T) {
	b := newBench(t)
	manifest := served(t, b.dist, read(t, filepath.Join(b.dist, "jobx.yaml")))
	out := b.run("validate-krew-manifest", "-manifest", write(t, filepath.Join(t.TempDir(), "jobx.yaml"), manifest))
	if !strings.Contains(out, "all 6 spec.platforms installed fine") {
		t.Errorf("not all platforms were tried:\n%s", out)
	}
}

// TestInstall installs an archive as somebody would who got it by hand, uses it through kubectl, and removes it.
func TestInstall(t *testing.T) {
	b := newBench(t)
	manifest := filepath.Join(b.dist, "jobx.yaml")
	version := versionOf(t, read(t, manifest))
	b.index(read(t, manifest)) // krew wants one, even to uninstall
	archive := filepath.Join(b.dist, "kubectl-jobx_"+version+"_"+runtime.GOOS+"_"+runtime.GOARCH+".tar.gz")
	b.run("kubectl", "krew", "install", "--manifest", manifest, "--archive", archive)
	b.wantVersion(version)
	b.wantNotices(version)
	b.run("kubectl", "jobx", "completion", "install")
	if out := b.run("kubectl", "__complete", "jobx", "versi"); !strings.Contains(out, "\nversion\tPrint ") {
		t.Errorf("kubectl does not complete the plugin:\n%s", out)
	}
	b.run("kubectl", "jobx", "completion", "uninstall")
	b.run("kubectl", "krew", "uninstall", "jobx")
	if left, err := filepath.Glob(filepath.Join(b.root, "bin", "kubectl*jobx*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// wantNotices checks that what was installed has the licence of Go, and of every module that the program says it holds.
func (b *bench) wantNotices(version string) {
	b.t.Helper()
	folder := filepath.Join(b.root, "store", "jobx", version)
	info, err := buildinfo.ReadFile(filepath.Join(folder, "kubectl-jobx"))
	if err != nil {
		b.t.Fatal(err)
	}
	names := []string{"Go " + strings.TrimPrefix(info.GoVersion, "go")}
	for _, m := range info.Deps {
		names = append(names, m.Path+" "+m.Version)
	}
	const few = 20
	if len(names) < few {
		b.t.Errorf("the program holds %d modules", len(names))
	}
	notices := read(b.t, filepath.Join(folder, "THIRD_PARTY_NOTICES"))
	for _, name := range names {
		if !strings.Contains(notices, "\n"+name+"\n") {
			b.t.Errorf("no licence of %s", name)
		}
	}
}

// TestUpgrade installs an older version from an index, publishes the new one there, and upgrades.
func TestUpgrade(t *testing.T) {
	b := newBench(t)
	manifest := read(t, filepath.Join(b.dist, "jobx.yaml"))
	version := versionOf(t, manifest)
	old := t.TempDir()
	// With this process' own home, where Go's caches are.
	build := exec.Command("go", "-C", repository, "run", "./hack/dist", "-version", oldVersion, "-only", runtime.GOOS+"/"+runtime.GOARCH, "-out", old)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("make dist of the older version: %v\n%s", err, out)
	}
	index := b.index(served(t, old, oldManifest(t, manifest, old)))
	b.run("kubectl", "krew", "install", "jobx")
	b.wantVersion(oldVersion)
	b.publish(index, served(t, b.dist, manifest))
	b.run("kubectl", "krew", "upgrade")
	b.wantVersion(version)
	b.run("kubectl", "krew", "uninstall", "jobx")
}

// oldManifest is the manifest of the older version: for this platform it has the checksum of its archive.
func oldManifest(t *testing.T, manifest, dir string) string {
	t.Helper()
	name := "kubectl-jobx_" + oldVersion + "_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz"
	digest := sha256.Sum256([]byte(read(t, filepath.Join(dir, name))))
	manifest = strings.ReplaceAll(manifest, versionOf(t, manifest), oldVersion)
	entry := regexp.MustCompile(regexp.QuoteMeta(name) + `\n\s+sha256: [0-9a-f]{64}`)
	return entry.ReplaceAllString(manifest, name+"\n      sha256: "+hex.EncodeToString(digest[:]))
}
