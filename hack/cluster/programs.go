package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// kwokVersion is the one place that names the version of KWOK. It is no dependency of the programs' module, since its
// requirements would pull that module's versions about; `go install` builds it on its own.
const kwokVersion = "v0.8.0"

// program is one executable of a throwaway Kubernetes and the Go package that it is built from.
type program struct {
	name string // file name
	pkg  string // import path
	own  bool   // built by `go install pkg@kwokVersion`, outside the programs' module
}

const kubernetesCmd = "k8s.io/kubernetes/cmd/"

// controlPlane are the programs that both modes need.
func controlPlane() []program {
	return []program{
		{name: "etcd", pkg: "go.etcd.io/etcd/server/v3"},
		{name: "kube-apiserver", pkg: kubernetesCmd + "kube-apiserver"},
		{name: "kube-controller-manager", pkg: kubernetesCmd + "kube-controller-manager"},
		{name: "kube-scheduler", pkg: kubernetesCmd + "kube-scheduler"},
		{name: "kubectl", pkg: kubernetesCmd + "kubectl"},
		{name: "kwokctl", pkg: "sigs.k8s.io/kwok/cmd/kwokctl", own: true},
	}
}

// programsFor returns what a mode runs.
func programsFor(m mode) []program {
	if m == modeReal {
		return append(controlPlane(), program{name: "kubelet", pkg: kubernetesCmd + "kubelet"})
	}
	return append(controlPlane(), program{name: "kwok", pkg: "sigs.k8s.io/kwok/cmd/kwok", own: true})
}

// programSet is one Kubernetes version's programs: where they are pinned and where they are kept once built.
type programSet struct {
	module  string // folder with the go.mod that pins the versions; empty when the binaries were given
	version string // of Kubernetes, as in go.mod: "v1.37.2"
	bin     string // folder of the executables
}

// findPrograms works out the set to use. k8s is the value of --k8s ("" is the default set, "1.34" is the one
// whose go.mod pins a 1.34); given is the value of JOBX_PROGRAMS, a folder of ready executables that makes all building needless.
func findPrograms(k8s, given string) (programSet, error) {
	if given != "" {
		abs, err := filepath.Abs(given)
		if err != nil {
			return programSet{}, fmt.Errorf("JOBX_PROGRAMS=%s: %w", given, err)
		}
		return programSet{bin: abs}, nil
	}
	source, err := sourceFolder()
	if err != nil {
		return programSet{}, err
	}
	module, err := moduleFolder(source, k8s)
	if err != nil {
		return programSet{}, err
	}
	goMod, err := os.ReadFile(filepath.Join(module, "go.mod"))
	if err != nil {
		return programSet{}, err
	}
	goSum, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		return programSet{}, err
	}
	version, err := kubernetesVersion(string(goMod))
	if err != nil {
		return programSet{}, fmt.Errorf("%s: %w", filepath.Join(module, "go.mod"), err)
	}
	cache, err := cacheFolder()
	if err != nil {
		return programSet{}, err
	}
	key := cacheKey(version, goMod, goSum)
	return programSet{module: module, version: version, bin: filepath.Join(cache, "programs", key)}, nil
}

// sourceFolder finds hack/cluster from the working directory: itself, or a repository above it.
func sourceFolder() (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		for _, candidate := range []string{dir, filepath.Join(dir, "hack", "cluster")} {
			if _, err := os.Stat(filepath.Join(candidate, "programs", "go.mod")); err == nil {
				return candidate, nil
			}
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("the folder hack/cluster was not found from here\nrun this inside a clone of kubectl-jobx, or set JOBX_PROGRAMS to a folder of ready binaries")
		}
	}
}

// moduleFolder picks the folder whose go.mod pins a version: programs, or programs-<minor>. k8s may be a minor ("1.34", "1.34.x")
// or the very patch that is pinned there; no other patch is built in its place.
func moduleFolder(source, k8s string) (string, error) {
	standard := filepath.Join(source, "programs")
	wanted := strings.TrimSuffix(strings.TrimPrefix(k8s, "v"), ".x")
	if wanted == "" {
		return standard, nil
	}
	others, err := filepath.Glob(standard + "-*")
	if err != nil {
		return "", err
	}
	var pinned []string
	for _, folder := range append([]string{standard}, others...) {
		goMod, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err != nil {
			return "", err
		}
		version, err := kubernetesVersion(string(goMod))
		if err != nil {
			return "", fmt.Errorf("%s: %w", folder, err)
		}
		bare := strings.TrimPrefix(version, "v")
		if bare == wanted || (strings.Count(wanted, ".") == 1 && strings.HasPrefix(bare, wanted+".")) {
			return folder, nil
		}
		pinned = append(pinned, bare)
	}
	return "", fmt.Errorf("--k8s %s: the versions that are pinned here are %s", k8s, strings.Join(pinned, ", "))
}

var kubernetesRequire = regexp.MustCompile(`(?m)^\s*k8s\.io/kubernetes (v\d+\.\d+\.\d+\S*)`)

// kubernetesVersion reads the pinned version of k8s.io/kubernetes out of a go.mod.
func kubernetesVersion(goMod string) (string, error) {
	m := kubernetesRequire.FindStringSubmatch(goMod)
	if m == nil {
		return "", errors.New("no requirement of k8s.io/kubernetes found")
	}
	return m[1], nil
}

// linkerFlags makes `kubectl version` and the API server tell their true version.
func linkerFlags(version string) string {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		return "-s -w"
	}
	const at = "k8s.io/component-base/version."
	return fmt.Sprintf("-s -w -X %sgitVersion=%s -X %sgitMajor=%s -X %sgitMinor=%s", at, version, at, parts[0], at, parts[1])
}

// cacheKey names a set's folder: a change of the version, of any dependency or of the flags gives another folder.
func cacheKey(version string, goMod, goSum []byte) string {
	h := sha256.New()
	h.Write(goMod)
	h.Write(goSum)
	fmt.Fprint(h, linkerFlags(version), kwokVersion)
	return version + "-" + hex.EncodeToString(h.Sum(nil))[:12]
}

func (s programSet) path(name string) string { return filepath.Join(s.bin, name) }

// missing returns those of want that are not there yet.
func (s programSet) missing(want []program) []program {
	var out []program
	for _, p := range want {
		if _, err := os.Stat(s.path(p.name)); errors.Is(err, fs.ErrNotExist) {
			out = append(out, p)
		}
	}
	return out
}

// ensure builds what is missing, one after the other, and says so on l. With everything there it costs a few stats.
func (s programSet) ensure(ctx context.Context, want []program, l *logger) error {
	if len(s.missing(want)) == 0 {
		return nil
	}
	if s.module == "" {
		return fmt.Errorf("JOBX_PROGRAMS=%s has no %s", s.bin, s.missing(want)[0].name)
	}
	if err := os.MkdirAll(s.bin, 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(filepath.Join(s.bin, ".lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.sweep(); err != nil {
		return err
	}
	todo := s.missing(want) // again: another launcher may have built them while we waited
	if len(todo) == 0 {
		return nil
	}
	l.say("building %d programs of Kubernetes %s into %s (once; about five minutes on two cores)", len(todo), s.version, s.bin)
	start := time.Now()
	for i, p := range todo {
		if err := s.build(ctx, p, fmt.Sprintf("[%d/%d] %s", i+1, len(todo), p.name), l); err != nil {
			return err
		}
	}
	l.say("built in %s", time.Since(start).Round(time.Second))
	return nil
}

// sweep removes what a killed launcher was in the middle of. The caller holds the lock.
func (s programSet) sweep() error {
	left, err := filepath.Glob(filepath.Join(s.bin, ".building-*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// build makes one program under another name and renames it when it is whole, so that an interrupted build leaves nothing.
func (s programSet) build(ctx context.Context, p program, label string, l *logger) error {
	tmp, err := os.MkdirTemp(s.bin, ".building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	args := []string{"build", "-trimpath", "-ldflags", linkerFlags(s.version), "-o", tmp, p.pkg}
	if p.own {
		args = []string{"install", "-trimpath", "-ldflags", "-s -w", p.pkg + "@" + kwokVersion}
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = s.module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOBIN="+tmp)
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output

	done := l.progress(label)
	err = cmd.Run()
	done()
	if err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, tail(output.String(), 20))
	}
	built, err := os.ReadDir(tmp)
	if err != nil || len(built) != 1 {
		return fmt.Errorf("go %s: expected one program in %s, found %d", strings.Join(args, " "), tmp, len(built))
	}
	return os.Rename(filepath.Join(tmp, built[0].Name()), s.path(p.name))
}

// tail keeps the last n lines of a program's output: the ones that tell why it failed.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}
