package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestParseFlags(t *testing.T) {
	t.Setenv("JOBX_PROGRAMS", "")
	o, err := parseFlags([]string{"--mode", "real"})
	if err != nil || o.name != "jobx-real" || o.mode != modeReal {
		t.Errorf("got %+v, %v", o, err)
	}
	if o, err := parseFlags(nil); err != nil || o.name != "jobx" || o.nodes != 10 {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, bad := range [][]string{{"--mode", "virtual"}, {"--nodes", "0"}, {"surplus"}} {
		if _, err := parseFlags(bad); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

func TestAnotherClusterThanAskedFor(t *testing.T) {
	t.Setenv("JOBX_PROGRAMS", "")
	t.Setenv("JOBX_LOG_MAX_SIZE", "")
	set := programSet{version: "v1.37.2", bin: "/new"}
	simulated := state{Mode: modeSimulated, Version: "v1.34.4", Programs: "/old", Nodes: 10}
	node := state{Mode: modeReal, Version: "v1.37.2", Programs: "/new", Real: &realState{LogMaxSize: "10Mi"}}
	for _, c := range []struct {
		is   state
		args []string
		want string
	}{
		{simulated, nil, ""},
		{simulated, []string{"--nodes", "10"}, ""},
		{simulated, []string{"--nodes", "100"}, "with --nodes 10"},
		{simulated, []string{"--k8s", "1.37", "--nodes", "9"}, "with --k8s v1.34.4 and --nodes 10"},
		{simulated, []string{"--programs", "/new"}, "with --programs /old"},
		{node, []string{"--k8s", "1.37", "--log-max-size", "10Mi"}, ""},
		{node, []string{"--log-max-size", "1Gi"}, "with --log-max-size 10Mi"},
		{node, []string{"--nodes", "3"}, ""}, // it has one, whatever is asked
	} {
		o, err := parseFlags(c.args)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.is.differs(o, set); got != c.want {
			t.Errorf("%v: %q, want %q", c.args, got, c.want)
		}
	}
	t.Setenv("JOBX_LOG_MAX_SIZE", "20Ki")
	if o, err := parseFlags(nil); err != nil || node.differs(o, set) == "" {
		t.Errorf("what the environment asks for is not noticed: %v", err)
	}
}

func TestShellWord(t *testing.T) {
	for _, word := range []string{"/home/ann/.cache/x", "/a b/c", "it's", "$HOME", "", "a\nb"} {
		out, err := exec.Command("sh", "-c", "printf %s "+shellWord(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q became %q (%v)", word, out, err)
		}
	}
	if got := shellWord("/home/ann/.cache/x"); got != "/home/ann/.cache/x" {
		t.Errorf("%s is quoted without need", got)
	}
}

func TestClusterNames(t *testing.T) {
	for _, bad := range []string{"", "A", "a/b", "../x", "-a", "a-", strings.Repeat("a", 33)} {
		if _, err := newCluster(bad); err == nil {
			t.Errorf("name %q is taken", bad)
		}
	}
	c, err := newCluster("mine")
	if err != nil || filepath.Base(c.folder) != "mine" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestStateRoundTrip(t *testing.T) {
	c := cluster{name: "x", folder: t.TempDir()}
	if _, err := c.load(); !errors.Is(err, errNoCluster) {
		t.Fatalf("got %v; want errNoCluster", err)
	}
	want := state{Mode: modeReal, Version: "v1.37.2", Programs: "/p", Real: &realState{Bridge: "b", KubeletPort: 7}}
	if err := c.save(want); err != nil {
		t.Fatal(err)
	}
	got, err := c.load()
	if err != nil || got.Mode != want.Mode || got.Programs != want.Programs || *got.Real != *want.Real {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestKwokctlConfig(t *testing.T) {
	text, err := kwokctlConfig("/bin/dir", modeReal, commonArgs())
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Options struct {
			BindAddress string
			EtcdBinary  string
			Disable     []string
		}
		ComponentsPatches []struct {
			Name      string
			ExtraArgs []struct{ Key, Value string }
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Options.BindAddress != "127.0.0.1" {
		t.Errorf("it listens on %q", doc.Options.BindAddress)
	}
	if doc.Options.EtcdBinary != "/bin/dir/etcd" {
		t.Errorf("etcd is %q", doc.Options.EtcdBinary)
	}
	if !slices.Equal(doc.Options.Disable, []string{"kwok-controller"}) {
		t.Errorf("real mode disables %v", doc.Options.Disable)
	}
	args := 0
	for _, p := range doc.ComponentsPatches {
		args += len(p.ExtraArgs)
	}
	if args != len(commonArgs()) {
		t.Errorf("%d of %d flags arrived", args, len(commonArgs()))
	}
}

func TestTwoRealClustersDoNotMeet(t *testing.T) {
	a, err := newRealState("jobx-real", "10Mi")
	if err != nil {
		t.Fatal(err)
	}
	b, err := newRealState("other", "10Mi")
	if err != nil {
		t.Fatal(err)
	}
	if a.Bridge == b.Bridge || a.Network == b.Network || a.KubeletPort == b.KubeletPort {
		t.Errorf("%+v and %+v share something", a, b)
	}
	if len(a.Bridge) > 15 {
		t.Errorf("%q is too long for a network interface", a.Bridge)
	}
}

func TestMountsBelow(t *testing.T) {
	mounts := "ext4 / ext4 rw 0 0\n" +
		"tmpfs /c/x/kubelet/pods/1/volumes/token tmpfs rw 0 0\n" +
		"overlay /run/k/x/rootfs overlay rw 0 0\n" +
		"tmpfs /c/x/kubelet/with\\040space tmpfs rw 0 0\n" +
		"tmpfs /c/xy/other tmpfs rw 0 0\n"
	got := mountsBelow(mounts, "/c/x", "/run/k/x")
	want := []string{"/c/x/kubelet/pods/1/volumes/token", "/c/x/kubelet/with space", "/run/k/x/rootfs"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyEmptyCgroupsAreRemoved(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"k8s.io", "memory/k8s.io", "pids/k8s.io/pod", "cpu/other"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	removeCgroups(root)
	for dir, want := range map[string]bool{"k8s.io": false, "memory/k8s.io": false, "memory": true, "pids/k8s.io/pod": true, "cpu/other": true} {
		if _, err := os.Stat(filepath.Join(root, dir)); (err == nil) != want {
			t.Errorf("%s is there: %v", dir, err == nil)
		}
	}
}

func TestStaticPrograms(t *testing.T) {
	for kind, want := range map[elf.ProgType]bool{elf.PT_LOAD: true, elf.PT_INTERP: false} {
		header := elf.Header64{
			Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
			Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64,
		}
		var program bytes.Buffer
		for _, part := range []any{header, elf.Prog64{Type: uint32(kind)}} {
			if err := binary.Write(&program, binary.LittleEndian, part); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "busybox")
		write(t, path, program.String())
		if got := static(path); got != want {
			t.Errorf("with %s: static %v", kind, got)
		}
	}
	script := filepath.Join(t.TempDir(), "busybox")
	if write(t, script, "#!/bin/sh\n"); static(script) {
		t.Error("a script is taken for a static program")
	}
}

func TestParseSignal(t *testing.T) {
	if s, err := parseSignal("TERM"); err != nil || s != syscall.SIGTERM {
		t.Errorf("got %v, %v", s, err)
	}
	if _, err := parseSignal("HUP"); err == nil {
		t.Error("HUP is taken")
	}
}

func TestProcessesAreFoundAndStopped(t *testing.T) {
	folder := t.TempDir()
	if err := startDetached(folder, "sleep", exec.Command("sleep", "60")); err != nil {
		t.Fatal(err)
	}
	path := pidFile(folder, "sleep")
	pid := readPid(path)
	if pid == 0 {
		t.Fatal("the process was not found")
	}
	if err := stopProcess(path, syscall.SIGTERM, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if alive(pid) || readPid(path) != 0 {
		t.Error("the process lives on")
	}
	if err := stopProcess(path, syscall.SIGTERM, time.Second); err != nil {
		t.Errorf("a second stop: %v", err)
	}
}

func TestPidOfAnotherProgramIsNotOurs(t *testing.T) {
	folder := t.TempDir()
	if err := startDetached(folder, "sleep", exec.Command("sleep", "60")); err != nil {
		t.Fatal(err)
	}
	pid := readPid(pidFile(folder, "sleep"))
	write(t, pidFile(folder, "etcd"), strconv.Itoa(pid))
	if got := readPid(pidFile(folder, "etcd")); got != 0 {
		t.Errorf("process %d, a sleep, was taken for etcd", got)
	}
	if err := stopProcess(pidFile(folder, "sleep"), syscall.SIGKILL, time.Second); err != nil {
		t.Fatal(err)
	}
}

func TestPackImage(t *testing.T) {
	archive, err := packImage(image{tags: []string{"a:1"}, extra: map[string]string{"usr/bin/perl": "x"}}, []byte("busybox"), []string{"busybox", "sh", "echo"})
	if err != nil {
		t.Fatal(err)
	}
	outer := untar(t, archive)
	var manifest []struct{ RepoTags, Layers []string }
	if err := json.Unmarshal(outer["manifest.json"], &manifest); err != nil || manifest[0].RepoTags[0] != "a:1" {
		t.Errorf("manifest %s, %v", outer["manifest.json"], err)
	}
	layer := untar(t, outer["layer.tar"])
	for _, name := range []string{"bin/busybox", "bin/sh", "bin/echo", "usr/bin/perl", "etc/passwd", "tmp/"} {
		if _, ok := layer[name]; !ok {
			t.Errorf("the layer lacks %s", name)
		}
	}
}

func untar(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStagesAreEmbedded(t *testing.T) {
	documents, err := stageDocuments()
	if err != nil {
		t.Fatal(err)
	}
	all := string(bytes.Join(documents, nil))
	for _, stage := range []string{"node-initialize", "pod-waiting", "pod-running", "pod-succeed", "pod-fail", "pod-crash", "pod-restart", "pod-kill", "pod-delete"} {
		if !strings.Contains(all, "name: "+stage+"\n") {
			t.Errorf("no stage %s", stage)
		}
	}
}
