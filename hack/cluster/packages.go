package main

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// tools are the programs of other makers that real mode runs.
type tools struct {
	containerd, ctr, ip string
	busybox             string // statically linked: it becomes the image
	cni                 string // folder of the network plug-ins
}

// tool is one thing to find and the Debian package that brings it.
type tool struct {
	debian string
	into   func(*tools) *string
	paths  []string
}

func wantedTools() []tool {
	return []tool{
		{"containerd", func(t *tools) *string { return &t.containerd }, []string{"/usr/bin/containerd", "/usr/local/bin/containerd"}},
		{"containerd", func(t *tools) *string { return &t.ctr }, []string{"/usr/bin/ctr", "/usr/local/bin/ctr"}},
		{"runc", func(*tools) *string { return new(string) }, []string{"/usr/sbin/runc", "/usr/bin/runc", "/usr/local/sbin/runc", "/usr/local/bin/runc"}},
		{"iproute2", func(t *tools) *string { return &t.ip }, []string{"/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"}},
		{"busybox-static", func(t *tools) *string { return &t.busybox }, []string{"/bin/busybox", "/usr/bin/busybox"}},
		{"containernetworking-plugins", func(t *tools) *string { return &t.cni }, []string{"/usr/lib/cni/bridge", "/opt/cni/bin/bridge"}},
	}
}

// findTools looks for everything and names the Debian packages of what is not there.
func findTools() (t tools, missing []string) {
	for _, w := range wantedTools() {
		path := ""
		for _, p := range w.paths {
			if _, err := os.Stat(p); err == nil && (w.debian != "busybox-static" || static(p)) {
				path = p
				break
			}
		}
		if path == "" {
			if len(missing) == 0 || missing[len(missing)-1] != w.debian {
				missing = append(missing, w.debian)
			}
			continue
		}
		*w.into(&t) = path
	}
	t.cni = filepath.Dir(t.cni)
	return t, missing
}

// static says that a program needs no loader and no library: alone in an image any other cannot start.
func static(path string) bool {
	file, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	return !slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}

// ensurePackages installs what is missing with apt-get.
func ensurePackages(ctx context.Context, l *logger) (tools, error) {
	t, missing := findTools()
	if len(missing) == 0 {
		return t, nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return t, fmt.Errorf("real mode needs %s\ninstall them with this system's package manager; here is no apt-get to do it with", strings.Join(missing, ", "))
	}
	done := l.progress("installing " + strings.Join(missing, " "))
	defer done()
	install := append([]string{"install", "-y", "--no-install-recommends"}, missing...)
	// Package lists may be missing or old on a fresh machine: refresh them only when installing fails without.
	if aptGet(ctx, install...) != nil {
		if err := aptGet(ctx, "update"); err != nil {
			return t, err
		}
		if err := aptGet(ctx, install...); err != nil {
			return t, err
		}
	}
	if t, missing = findTools(); len(missing) > 0 {
		return t, errors.New("still missing after the installation: " + strings.Join(missing, ", "))
	}
	return t, nil
}

func aptGet(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return runQuietly(cmd)
}

// runQuietly runs a command and shows its output only when it fails.
func runQuietly(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, tail(string(out), 10))
	}
	return nil
}
