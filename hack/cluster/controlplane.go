package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/hack/cluster/kubeapi"
)

// The control plane is kwokctl's in both modes: etcd, API server, controller manager and scheduler as plain processes with
// their own certificates and free ports. Real mode leaves out the part that simulates nodes and brings a kubelet.

// extraArg is one flag that a component gets beside kwokctl's own.
type extraArg struct {
	component, key, value string
}

// commonArgs are the flags of both modes. The controller manager's default of 20 requests a second would make a Job of a
// thousand pods take a minute; the API server's own limits (priority and fairness) stay on. etcd may skip fsync: the data
// outlives its process, and nobody needs a throwaway cluster after a power cut. Without leader election the controllers survive an
// API server that is away for longer than a lease. The address to advertise is given, since the API server refuses to start on a machine
// without a default route when it has to find one; it may not be a loopback's in the kubernetes Service, which nobody uses here.
func commonArgs() []extraArg {
	return []extraArg{
		{"etcd", "unsafe-no-fsync", "true"},
		{"kube-apiserver", "advertise-address", "127.0.0.1"},
		{"kube-apiserver", "endpoint-reconciler-type", "none"},
		{"kube-controller-manager", "kube-api-qps", "1000"},
		{"kube-controller-manager", "kube-api-burst", "2000"},
		{"kube-controller-manager", "concurrent-job-syncs", "10"},
		{"kube-controller-manager", "leader-elect", "false"},
		{"kube-scheduler", "leader-elect", "false"},
		{"kube-scheduler", "kube-api-qps", "1000"},
		{"kube-scheduler", "kube-api-burst", "2000"},
	}
}

// kwokctlConfig builds kwokctl's configuration document. Every binary is named, so that kwokctl has nothing to download;
// everything listens on the loopback.
func kwokctlConfig(bin string, m mode, args []extraArg) ([]byte, error) {
	options := map[string]any{
		"runtime":                     "binary",
		"bindAddress":                 "127.0.0.1",
		"securePort":                  true,
		"kubeAuthorization":           true,
		"kubeAdmission":               true,
		"etcdBinary":                  filepath.Join(bin, "etcd"),
		"kubeApiserverBinary":         filepath.Join(bin, "kube-apiserver"),
		"kubeControllerManagerBinary": filepath.Join(bin, "kube-controller-manager"),
		"kubeSchedulerBinary":         filepath.Join(bin, "kube-scheduler"),
		"kubectlBinary":               filepath.Join(bin, "kubectl"),
		"kwokControllerBinary":        filepath.Join(bin, "kwok"),
	}
	if m == modeReal {
		options["disable"] = []string{"kwok-controller"}
	}
	type arg struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	type patch struct {
		Name      string `json:"name"`
		ExtraArgs []arg  `json:"extraArgs"`
	}
	var patches []patch
	for _, a := range args {
		if len(patches) == 0 || patches[len(patches)-1].Name != a.component {
			patches = append(patches, patch{Name: a.component})
		}
		last := &patches[len(patches)-1]
		last.ExtraArgs = append(last.ExtraArgs, arg{a.key, a.value})
	}
	return json.MarshalIndent(map[string]any{
		"apiVersion":        "config.kwok.x-k8s.io/v1alpha1",
		"kind":              "KwokctlConfiguration",
		"options":           options,
		"componentsPatches": patches,
	}, "", "  ")
}

// kwokctl runs kwokctl on this cluster. Its own cache and clusters are kept in the cluster's folder.
func (c cluster) kwokctl(ctx context.Context, bin string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "kwokctl"), append([]string{"--name", c.name}, args...)...)
	cmd.Env = append(environWithout("KWOK_", "KUBECONFIG="), "KWOK_WORKDIR="+c.file("kwok"), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.Dir = c.folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("kwokctl %s: %w\n%s", strings.Join(args, " "), err, tail(string(out), 15))
	}
	return nil
}

// environWithout is the environment without what would change kwokctl's doings behind our back.
func environWithout(prefixes ...string) []string {
	var out []string
next:
	for _, e := range os.Environ() {
		for _, p := range prefixes {
			if strings.HasPrefix(e, p) {
				continue next
			}
		}
		out = append(out, e)
	}
	return out
}

// createControlPlane starts a control plane in an empty folder and returns a client of it. documents are further
// configuration files for kwokctl (the stages).
func (c cluster) createControlPlane(ctx context.Context, config []byte, documents [][]byte, bin string) (*kubeapi.Client, error) {
	if err := os.MkdirAll(c.folder, 0o755); err != nil {
		return nil, err
	}
	text := config
	for _, d := range documents {
		text = append(append(text, "\n---\n"...), d...)
	}
	file := c.file("kwokctl.yaml")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return nil, err
	}
	// An empty --kubeconfig keeps kwokctl from adding a context to ~/.kube/config.
	if err := c.kwokctl(ctx, bin, "--config", file, "create", "cluster", "--kubeconfig", "", "--timeout", "3m"); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, c.lastWords("kube-apiserver"))
	}
	server, err := c.server()
	if err != nil {
		return nil, err
	}
	if err := writeKubeconfig(c.kubeconfig(), c.name, server, filepath.Join(c.control(), "pki")); err != nil {
		return nil, err
	}
	api, err := c.client()
	if err != nil {
		return nil, err
	}
	if err := waitFor(ctx, 30*time.Second, "the API server to answer", func(ctx context.Context) error { return ready(ctx, api) }); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, c.lastWords("kube-apiserver"))
	}
	return api, nil
}

// lastWords is the end of a component's log, for error messages.
func (c cluster) lastWords(component string) string {
	path := filepath.Join(c.control(), "logs", component+".log")
	data, err := os.ReadFile(path)
	if err != nil {
		return "no log at " + path
	}
	return path + " ends with:\n" + tail(string(data), 8)
}

var serverLine = regexp.MustCompile(`(?m)^\s*server:\s*(\S+)`)

// server reads the API server's address out of the kubeconfig that kwokctl made for the components.
func (c cluster) server() (string, error) {
	path := filepath.Join(c.control(), "kubeconfig.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	m := serverLine.FindSubmatch(data)
	if m == nil {
		return "", fmt.Errorf("%s names no server", path)
	}
	return strings.Trim(string(m[1]), `"`), nil
}

// client opens the API as the administrator.
func (c cluster) client() (*kubeapi.Client, error) {
	server, err := c.server()
	if err != nil {
		return nil, err
	}
	return kubeapi.New(server, filepath.Join(c.control(), "pki"))
}

// components are the processes of the control plane in the order in which they start.
func components(m mode) []string {
	list := []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}
	if m == modeSimulated {
		return append(list, "kwok-controller")
	}
	return list
}

// running says which of the control plane's processes live.
func (c cluster) running(m mode) (up, down []string) {
	for _, name := range components(m) {
		if readPid(pidFile(c.control(), name)) != 0 {
			up = append(up, name)
		} else {
			down = append(down, name)
		}
	}
	return up, down
}

// healthy is true when every process lives and the API server calls itself ready.
func (c cluster) healthy(ctx context.Context, m mode) bool {
	if _, down := c.running(m); len(down) > 0 {
		return false
	}
	api, err := c.client()
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return ready(ctx, api) == nil
}

// ready asks the API server's readiness check; its answer is the word ok and no JSON.
func ready(ctx context.Context, api *kubeapi.Client) error {
	return api.Do(ctx, http.MethodGet, "/readyz", "", nil, nil)
}

// stopControlPlane ends every process of the control plane, last started first.
func (c cluster) stopControlPlane() error {
	var errs []error
	list := components(modeSimulated)
	for i := len(list) - 1; i >= 0; i-- {
		// The API server lets watches live for a minute after a SIGTERM; nobody needs that here.
		errs = append(errs, stopProcess(pidFile(c.control(), list[i]), syscall.SIGKILL, 10*time.Second))
	}
	return errors.Join(errs...)
}

// waitFor polls check until it returns nil; the last error is returned when patience is over.
func waitFor(ctx context.Context, patience time.Duration, what string, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: not within %s: %w", what, patience, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
