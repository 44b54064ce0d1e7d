// Command dist builds what a release consists of: an archive per platform, their checksums, a list of what is in them
// (SPDX), and the krew manifest. The same sources, version and Go make the same bytes, on any machine and in any folder.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// toolchain is the Go that releases are built with, whatever Go starts this program: another one makes other bytes.
const toolchain = "go1.26.8"

// platforms are those that the krew manifest offers.
var platforms = []platform{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

type options struct {
	version, out, only string
	rebuild            bool
}

func main() {
	var o options
	flag.StringVar(&o.version, "version", "", "the version, as its tag: v1.2.3 (default: the tag of HEAD, or what git describe says)")
	flag.StringVar(&o.out, "out", "dist", "the folder to write to")
	flag.StringVar(&o.only, "only", "", "build for OS/ARCH alone, and make no manifest")
	flag.BoolVar(&o.rebuild, "rebuild", false, "build a second time, from a copy of the sources in another folder, and compare")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

var semver = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`)

func run(o options) error {
	if o.version == "" {
		o.version = described()
	}
	if !semver.MatchString(o.version) {
		return fmt.Errorf("-version %q: want vMAJOR.MINOR.PATCH", o.version)
	}
	if runtime.Version() != toolchain {
		return fmt.Errorf("this is %s, and its compression may differ: run with GOTOOLCHAIN=%s, as make dist does", runtime.Version(), toolchain)
	}
	chosen := platforms
	if o.only != "" {
		goos, arch, _ := strings.Cut(o.only, "/")
		chosen = []platform{{goos, arch}}
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	made, err := archives(".", "", o, chosen)
	if err != nil {
		return err
	}
	if o.rebuild {
		if err := rebuilt(o, chosen, made.sums); err != nil {
			return err
		}
	}
	if o.only != "" {
		return nil
	}
	return describeRelease(o, made)
}

// described is the version where none is given: git describe's, made to parse as semver.
func described() string {
	out, err := exec.Command("git", "describe", "--tags", "--match", "v*").Output()
	if err == nil {
		return strings.TrimSpace(string(out))
	}
	out, err = exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "v0.0.0-unknown"
	}
	return "v0.0.0-g" + strings.TrimSpace(string(out))
}

// release is what was built.
type release struct {
	sums    map[string]string // by file name
	modules modules           // that the programs hold
}

// archives builds one archive per platform.
func archives(root, cache string, o options, chosen []platform) (release, error) {
	made := release{map[string]string{}, modules{}}
	for _, p := range chosen {
		binary, err := p.build(root, o.version, cache)
		if err != nil {
			return release{}, err
		}
		held := modules{}
		if err := held.add(binary); err != nil {
			return release{}, err
		}
		maps.Copy(made.modules, held)
		data, err := p.pack(root, binary, held)
		if err != nil {
			return release{}, err
		}
		name := p.archive(o.version)
		if err := os.WriteFile(filepath.Join(o.out, name), data, 0o644); err != nil {
			return release{}, err
		}
		made.sums[name] = sum(data)
		fmt.Printf("%s  %s\n", made.sums[name], name)
	}
	return made, nil
}

// rebuilt builds again from a copy of the sources elsewhere. In the build cache of the first time it would find all that was
// compiled then, wherever that was, and link once more.
func rebuilt(o options, chosen []platform, want map[string]string) error {
	elsewhere, err := os.MkdirTemp("", "jobx-rebuild-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(elsewhere)
	if err := os.Mkdir(filepath.Join(elsewhere, "src"), 0o755); err != nil {
		return err
	}
	for _, part := range []string{"go.mod", "go.sum", "LICENSE", "cmd", "internal", "pkg"} {
		if err := copyTree(part, filepath.Join(elsewhere, "src", part)); err != nil {
			return err
		}
	}
	o.out = elsewhere
	got, err := archives(filepath.Join(elsewhere, "src"), filepath.Join(elsewhere, "cache"), o, chosen)
	if err != nil {
		return err
	}
	for name := range want {
		if got.sums[name] != want[name] {
			return fmt.Errorf("%s is not reproducible: %s here, %s from another folder", name, want[name], got.sums[name])
		}
	}
	fmt.Printf("built twice, from two folders: the same bytes\n")
	return nil
}

func copyTree(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
