package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// startContainerd starts a containerd of this cluster's own, which shares nothing with one that the machine may run already.
func (c cluster) startContainerd(ctx context.Context, s state, t tools) error {
	for _, dir := range []string{c.runFolder(), c.file("cni")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(c.file("cni", "10-bridge.conflist"), []byte(c.networkConfig(*s.Real)), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(c.file("containerd.toml"), []byte(c.containerdConfig(t)), 0o644); err != nil {
		return err
	}
	cmd := exec.Command(t.containerd, "--config", c.file("containerd.toml"))
	if err := startDetached(c.folder, containerdName, cmd); err != nil {
		return err
	}
	err := waitFor(ctx, 30*time.Second, "containerd to answer", func(ctx context.Context) error {
		return runQuietly(c.ctr(ctx, t.ctr, "version"))
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, c.tailOf(c.file("logs", containerdName+".log")))
	}
	return nil
}

// containerdConfig: without restrict_oom_score_adj sandboxes die inside another container ("can't get final child's PID from pipe");
// the sandbox image is our own, since nothing can be pulled.
func (c cluster) containerdConfig(t tools) string {
	return fmt.Sprintf(`version = 2
root = %[1]q
state = %[2]q
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
  address = %[3]q

[plugins."io.containerd.internal.v1.opt"]
  path = %[4]q

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %[5]q
  restrict_oom_score_adj = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %[6]q
    conf_dir = %[7]q
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = %[8]q
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`, c.file("containerd"), filepath.Join(c.runFolder(), "containerd"), c.containerdSocket(), c.file("opt"),
		pauseImage, t.cni, c.file("cni"), snapshotter(c.folder))
}

// snapshotter is overlayfs, except on top of another overlay (in a container, mostly), where the kernel refuses that.
func snapshotter(folder string) string {
	out, err := exec.Command("stat", "-f", "-c", "%T", folder).Output()
	if err == nil && strings.HasPrefix(string(out), "overlay") {
		return "native"
	}
	return "overlayfs"
}

// networkConfig gives every pod an address on the cluster's bridge. Pods reach each other and this machine, nothing else.
func (c cluster) networkConfig(r realState) string {
	return fmt.Sprintf(`{
  "cniVersion": "0.4.0",
  "name": %q,
  "plugins": [{
    "type": "bridge",
    "bridge": %q,
    "isGateway": true,
    "ipMasq": false,
    "ipam": {
      "type": "host-local",
      "dataDir": %q,
      "ranges": [[{"subnet": "%s.0/24", "rangeStart": "%s.2", "gateway": "%s.1"}]]
    }
  }]
}
`, r.Bridge, r.Bridge, c.file("cni-addresses"), r.Network, r.Network, r.Network)
}

// ctr is a command of containerd's own client in the namespace that the kubelet uses.
func (c cluster) ctr(ctx context.Context, ctr string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, ctr, append([]string{"--address", c.containerdSocket(), "--namespace", "k8s.io"}, args...)...)
}

// addBridge makes the bridge ahead of the first pod: its address is the node's.
func addBridge(ctx context.Context, r realState) error {
	if _, err := net.InterfaceByName(r.Bridge); err == nil {
		return nil
	}
	for _, args := range [][]string{
		{"link", "add", r.Bridge, "type", "bridge"},
		{"address", "add", r.Network + ".1/24", "dev", r.Bridge},
		{"link", "set", r.Bridge, "up"},
	} {
		if err := runQuietly(exec.CommandContext(ctx, "ip", args...)); err != nil {
			return err
		}
	}
	return nil
}

const inotifyInstances = "/proc/sys/fs/inotify/max_user_instances"

// raiseInotify: the usual 128 are too few for a kubelet that follows logs; it then writes its complaint into the log itself.
func raiseInotify(l *logger) error {
	const enough = 8192
	data, err := os.ReadFile(inotifyInstances)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && n >= enough {
		return nil
	}
	if err := os.WriteFile(inotifyInstances, []byte(strconv.Itoa(enough)), 0o644); err != nil {
		return fmt.Errorf("raise fs.inotify.max_user_instances: %w", err)
	}
	l.say("fs.inotify.max_user_instances raised from %s to %d, until the next restart of this machine", strings.TrimSpace(string(data)), enough)
	return nil
}

// dial tells whether a port on the loopback is open.
func dial(port int) error {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}
