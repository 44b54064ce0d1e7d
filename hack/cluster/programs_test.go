package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const someGoMod = "module x\n\nrequire (\n\tk8s.io/kubectl v0.0.0 // indirect\n\tk8s.io/kubernetes v1.37.2 // indirect\n)\n"

func TestKubernetesVersion(t *testing.T) {
	got, err := kubernetesVersion(someGoMod)
	if err != nil || got != "v1.37.2" {
		t.Errorf("got %q, %v; want v1.37.2", got, err)
	}
	if _, err := kubernetesVersion("module x\n"); err == nil {
		t.Error("a go.mod without Kubernetes gave no error")
	}
}

func TestLinkerFlags(t *testing.T) {
	got := linkerFlags("v1.37.2")
	for _, want := range []string{"version.gitVersion=v1.37.2", "version.gitMajor=1", "version.gitMinor=37"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
}

func TestCacheKeyFollowsEveryInput(t *testing.T) {
	base := cacheKey("v1.37.2", []byte("mod"), []byte("sum"))
	if !strings.HasPrefix(base, "v1.37.2-") {
		t.Errorf("key %q does not begin with the version", base)
	}
	for name, other := range map[string]string{
		"go.mod": cacheKey("v1.37.2", []byte("mod2"), []byte("sum")),
		"go.sum": cacheKey("v1.37.2", []byte("mod"), []byte("sum2")),
		"flags":  cacheKey("v1.37.3", []byte("mod"), []byte("sum")),
	} {
		if strings.TrimPrefix(other, "v1.37.3") == strings.TrimPrefix(base, "v1.37.2") {
			t.Errorf("another %s gives the same key", name)
		}
	}
}

func TestModuleFolder(t *testing.T) {
	source := t.TempDir()
	write(t, filepath.Join(source, "programs", "go.mod"), someGoMod)
	write(t, filepath.Join(source, "programs-1.34", "go.mod"), strings.ReplaceAll(someGoMod, "1.37.2", "1.34.4"))
	for k8s, want := range map[string]string{
		"": "programs", "1.37": "programs", "v1.37.2": "programs", "1.34": "programs-1.34", "1.34.x": "programs-1.34", "v1.34.4": "programs-1.34",
	} {
		got, err := moduleFolder(source, k8s)
		if err != nil || filepath.Base(got) != want {
			t.Errorf("--k8s %q: got %s, %v; want %s", k8s, got, err, want)
		}
	}
	for _, k8s := range []string{"1.3", "1.20", "1.34.3", "1", "nonsense"} {
		if got, err := moduleFolder(source, k8s); err == nil {
			t.Errorf("--k8s %q: got %s; want an error", k8s, got)
		}
	}
}

func TestMissingProgramsAreNamed(t *testing.T) {
	set := programSet{bin: t.TempDir()}
	want := programsFor(modeSimulated)
	for _, p := range want[1:] {
		write(t, set.path(p.name), "")
	}
	if got := set.missing(want); len(got) != 1 || got[0].name != "etcd" {
		t.Errorf("missing %v; want etcd alone", got)
	}
	err := set.ensure(t.Context(), want, &logger{out: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "etcd") {
		t.Errorf("got %v; want an error that names etcd", err)
	}
}

func TestEachModeHasItsPrograms(t *testing.T) {
	for m, last := range map[mode]string{modeSimulated: "kwok", modeReal: "kubelet"} {
		list := programsFor(m)
		if got := list[len(list)-1].name; got != last {
			t.Errorf("%s ends with %s; want %s", m, got, last)
		}
	}
}

func TestTail(t *testing.T) {
	if got := tail("a\nb\nc\n", 2); got != "b\nc" {
		t.Errorf("got %q", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
