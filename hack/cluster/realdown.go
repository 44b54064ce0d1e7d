package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// downReal ends containers, kubelet and containerd, unmounts what they mounted and removes the bridge. It works on what is left,
// however much that is.
func (c cluster) downReal() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := c.load()
	if err != nil {
		return err
	}
	t, _ := findTools()
	errs := []error{stopProcess(pidFile(c.folder, realKubelet), syscall.SIGTERM, 5*time.Second)}
	c.removeContainers(ctx, t)
	errs = append(errs, stopProcess(pidFile(c.folder, containerdName), syscall.SIGTERM, 10*time.Second))
	killShims(c.containerdSocket())
	errs = append(errs, c.unmountAll(), removeBridge(ctx, s.Real))
	errs = append(errs, os.RemoveAll(c.runFolder()))
	if os.Remove(filepath.Dir(c.runFolder())) == nil { // this was the last one
		removeCgroups("/sys/fs/cgroup")
	}
	return errors.Join(errs...)
}

// removeCgroups removes containerd's parent of all containers' cgroups from each hierarchy, where nobody is in it.
func removeCgroups(root string) {
	for _, pattern := range []string{"k8s.io", "*/k8s.io"} {
		found, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, group := range found {
			syscall.Rmdir(group)
		}
	}
}

// removeContainers ends every task, and removes the containers and the network namespaces of the sandboxes. Waiting for the
// kubelet to do it would take the pods' grace period.
func (c cluster) removeContainers(ctx context.Context, t tools) {
	if readPid(pidFile(c.folder, containerdName)) == 0 {
		return
	}
	out, err := c.ctr(ctx, t.ctr, "containers", "list", "--quiet").Output()
	if err != nil {
		return
	}
	slots := make(chan struct{}, 8)
	var wg sync.WaitGroup
	for _, id := range strings.Fields(string(out)) {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			namespace := c.networkNamespace(ctx, t, id)
			// A container that has no task left refuses the first; what counts is the folder's removal in the end.
			c.ctr(ctx, t.ctr, "tasks", "delete", "--force", id).Run()
			c.ctr(ctx, t.ctr, "containers", "delete", id).Run()
			if namespace != "" && unmount(namespace) == nil {
				os.Remove(namespace)
			}
		})
	}
	wg.Wait()
}

// networkNamespace is the file that holds a container's network namespace open.
func (c cluster) networkNamespace(ctx context.Context, t tools, id string) string {
	out, err := c.ctr(ctx, t.ctr, "containers", "info", id).Output()
	if err != nil {
		return ""
	}
	var info struct {
		Spec struct {
			Linux struct {
				Namespaces []struct{ Type, Path string } `json:"namespaces"`
			} `json:"linux"`
		}
	}
	if json.Unmarshal(out, &info) != nil {
		return ""
	}
	for _, n := range info.Spec.Linux.Namespaces {
		if n.Type == "network" && strings.HasPrefix(filepath.Base(n.Path), "cni-") {
			return n.Path
		}
	}
	return ""
}

// killShims ends the parents of containers that outlived containerd. They are told apart by our socket on their command line.
func killShims(socket string) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		line := commandLine(pid)
		if strings.Contains(line, "containerd-shim") && strings.Contains(line, " "+socket+" ") {
			for _, child := range childrenOf(pid) {
				syscall.Kill(child, syscall.SIGKILL)
			}
			syscall.Kill(pid, syscall.SIGKILL)
			gone(pid, 5*time.Second)
		}
	}
}

func childrenOf(pid int) []int {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	var out []int
	for _, field := range strings.Fields(string(data)) {
		if n, err := strconv.Atoi(field); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// unmountAll unmounts everything below the cluster's folders, deepest first: nothing may be deleted through a mount.
func (c cluster) unmountAll() error {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	points := mountsBelow(string(data), c.folder, c.runFolder())
	for _, p := range points {
		if err := unmount(p); err != nil && !errors.Is(err, syscall.EINVAL) {
			return fmt.Errorf("unmount %s: %w", p, err)
		}
	}
	return nil
}

// mountsBelow picks the mount points below some folders out of the text of /proc/self/mounts, deepest first.
func mountsBelow(mounts string, folders ...string) []string {
	var out []string
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		point := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`).Replace(fields[1])
		for _, folder := range folders {
			if strings.HasPrefix(point, folder+"/") {
				out = append(out, point)
				break
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return len(out[i]) > len(out[j]) })
	return out
}

func removeBridge(ctx context.Context, r *realState) error {
	if r == nil {
		return nil
	}
	if _, err := net.InterfaceByName(r.Bridge); err != nil {
		return nil
	}
	return runQuietly(exec.CommandContext(ctx, "ip", "link", "delete", r.Bridge))
}
