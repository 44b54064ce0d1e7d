package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Real mode: the same control plane, and one kubelet with containerd and runc on this machine. Everything it makes is below the
// cluster's folder and below runFolder, beside one network bridge.

// realState is what real mode remembers beside the control plane.
type realState struct {
	Bridge      string `json:"bridge"`      // network interface
	Network     string `json:"network"`     // its first three numbers: "10.88.7"
	KubeletPort int    `json:"kubeletPort"` // on 127.0.0.1
	HealthPort  int    `json:"healthPort"`
	LogMaxSize  string `json:"logMaxSize"` // at which a container's log is rotated
}

// The names of the processes of real mode, of their logs and their pid files.
const (
	containerdName = "containerd"
	realKubelet    = "kubelet"
)

// nodeName is the node's name and host name. The API server reaches a kubelet by that name, and this one means 127.0.0.1 on every
// machine without a change to /etc/hosts.
const nodeName = "localhost"

// newRealState picks a bridge and a network from the cluster's name, so that two clusters do not meet, and free ports.
func newRealState(name, logMaxSize string) (*realState, error) {
	h := fnv.New32a()
	h.Write([]byte(name))
	kubelet, err := freePort()
	if err != nil {
		return nil, err
	}
	health, err := freePort()
	if err != nil {
		return nil, err
	}
	return &realState{
		Bridge:      fmt.Sprintf("jobx%08x", h.Sum32()), // 12 letters; the kernel allows 15
		Network:     fmt.Sprintf("10.88.%d", h.Sum32()%254+1),
		KubeletPort: kubelet,
		HealthPort:  health,
		LogMaxSize:  logMaxSize,
	}, nil
}

// runFolder holds sockets and containerd's mounts: a short path, since a socket's may have 107 letters.
func (c cluster) runFolder() string { return filepath.Join("/run", "kubectl-jobx", c.name) }

func (c cluster) containerdSocket() string { return filepath.Join(c.runFolder(), "containerd.sock") }

// checkReal says early why real mode cannot work here.
func checkReal() error {
	if runtime.GOOS != "linux" {
		return errors.New("--mode real needs Linux\nuse the simulated mode, or point JOBX_E2E_KUBECONFIG at a cluster of your own (kind, for one)")
	}
	if os.Geteuid() != 0 {
		return errors.New("--mode real needs root: it starts containers and a network bridge\nrun it with sudo, or use the simulated mode")
	}
	return nil
}

// upReal starts containerd, the control plane and the kubelet.
func (c cluster) upReal(ctx context.Context, s state, l *logger) error {
	tools, err := ensurePackages(ctx, l)
	if err != nil {
		return err
	}
	if err := raiseInotify(l); err != nil {
		return err
	}
	if err := addBridge(ctx, *s.Real); err != nil {
		return err
	}
	if err := c.startContainerd(ctx, s, tools); err != nil {
		return err
	}
	if err := c.importImages(ctx, tools, l); err != nil {
		return err
	}
	args := append(commonArgs(), extraArg{"kube-apiserver", "kubelet-preferred-address-types", "Hostname"})
	config, err := kwokctlConfig(s.Programs, modeReal, args)
	if err != nil {
		return err
	}
	api, err := c.createControlPlane(ctx, config, nil, s.Programs)
	if err != nil {
		return err
	}
	if err := c.startKubelet(s); err != nil {
		return err
	}
	if err := c.waitUsable(ctx, api, 1); err != nil {
		return fmt.Errorf("%w\n%s", err, c.tailOf(c.file("logs", realKubelet+".log")))
	}
	return nil
}

// startKubelet writes the kubelet's configuration and starts it; a restart does the same again.
func (c cluster) startKubelet(s state) error {
	config := c.file("kubelet.yaml")
	for _, dir := range []string{"kubelet", "pods", "volume-plugins"} {
		if err := os.MkdirAll(c.file(dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(config, []byte(c.kubeletConfig(*s.Real)), 0o644); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(s.Programs, "kubelet"),
		"--config", config,
		"--kubeconfig", c.kubeconfig(),
		"--root-dir", c.file("kubelet"),
		"--cert-dir", c.file("kubelet", "pki"),
		"--hostname-override", nodeName,
		"--node-ip", s.Real.Network+".1",
		"--v", "2",
	)
	return startDetached(c.folder, realKubelet, cmd)
}

// kubeletConfig makes a kubelet that is content with a machine that is not its own: it touches no cgroup above its containers', it
// evicts nothing, and listens on the loopback.
func (c cluster) kubeletConfig(r realState) string {
	return fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: %d
readOnlyPort: 0
healthzBindAddress: 127.0.0.1
healthzPort: %d
authentication:
  anonymous: {enabled: true}
  webhook: {enabled: false}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://%s
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
localStorageCapacityIsolation: false
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: "0%%", nodefs.available: "0%%", nodefs.inodesFree: "0%%", imagefs.available: "0%%"}
maxPods: 240
podLogsDir: %s
volumePluginDir: %s
resolvConf: ""
containerLogMaxSize: %s
containerLogMaxFiles: 5
containerLogMonitorInterval: 3s
kubeAPIQPS: 500
kubeAPIBurst: 1000
eventRecordQPS: 0
`, r.KubeletPort, r.HealthPort, c.containerdSocket(), c.file("pods"), c.file("volume-plugins"), r.LogMaxSize)
}

// realHealthy is true when containerd and the kubelet live.
func (c cluster) realHealthy() bool {
	return readPid(pidFile(c.folder, containerdName)) != 0 && readPid(pidFile(c.folder, realKubelet)) != 0
}

// restartRealKubelet ends the kubelet and starts it again. Containers live on meanwhile, as on any node.
func (c cluster) restartRealKubelet(ctx context.Context, s state, sig syscall.Signal, downFor time.Duration, l *logger) error {
	if err := stopProcess(pidFile(c.folder, realKubelet), sig, 10*time.Second); err != nil {
		return err
	}
	l.say("the kubelet is down")
	if err := sleep(ctx, downFor); err != nil {
		return err
	}
	if err := c.startKubelet(s); err != nil {
		return err
	}
	err := waitFor(ctx, time.Minute, "the kubelet to listen", func(context.Context) error { return dial(s.Real.KubeletPort) })
	if err != nil {
		return fmt.Errorf("%w\n%s", err, c.tailOf(c.file("logs", realKubelet+".log")))
	}
	l.say("the kubelet is up again")
	return nil
}

func (c cluster) tailOf(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return "no log at " + path
	}
	return path + " ends with:\n" + tail(string(data), 8)
}
