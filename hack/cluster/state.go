package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// mode is the kind of cluster.
type mode string

const (
	modeSimulated mode = "simulated" // real control plane, pods played by KWOK
	modeReal      mode = "real"      // real control plane, real kubelet and containers
)

func parseMode(s string) (mode, error) {
	switch m := mode(s); m {
	case modeSimulated, modeReal:
		return m, nil
	default:
		return "", fmt.Errorf("--mode %q: want simulated or real", s)
	}
}

// defaultName is the name of the cluster that the Makefile starts in a mode. They differ so that both can run at once.
func defaultName(m mode) string {
	if m == modeReal {
		return "jobx-real"
	}
	return "jobx"
}

// validName keeps names usable as a folder, a context and a part of a network interface's name.
var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// state is what a cluster's folder remembers, so that status, restart and down need no flags beyond the name.
type state struct {
	Mode     mode       `json:"mode"`
	Version  string     `json:"version,omitempty"` // of Kubernetes; empty when the binaries were given
	Programs string     `json:"programs"`          // folder of the executables
	Nodes    int        `json:"nodes,omitempty"`   // simulated nodes
	Real     *realState `json:"real,omitempty"`
}

// differs says in what the cluster is another one than was asked for, or "". What nobody asked for may be as it is.
func (s state) differs(o options, set programSet) string {
	var other []string
	differ := func(flag, is, asked string) {
		if o.given[flag] && is != asked {
			other = append(other, fmt.Sprintf("--%s %s", flag, is))
		}
	}
	if !o.given["programs"] { // they make --k8s needless
		differ("k8s", cmp.Or(s.Version, "unknown"), set.version)
	}
	differ("programs", s.Programs, set.bin)
	if s.Real == nil {
		differ("nodes", strconv.Itoa(s.Nodes), strconv.Itoa(o.nodes))
	} else {
		differ("log-max-size", s.Real.LogMaxSize, o.logMaxSize)
	}
	if len(other) == 0 {
		return ""
	}
	return "with " + strings.Join(other, " and ")
}

// cluster is one throwaway cluster: a name and the folder with everything that belongs to it.
type cluster struct {
	name   string
	folder string
}

// cacheFolder is where programs and clusters live: kubectl-jobx in the user's cache folder.
func cacheFolder() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w\nset XDG_CACHE_HOME or HOME to a folder that can be written", err)
	}
	return filepath.Join(base, "kubectl-jobx"), nil
}

func newCluster(name string) (cluster, error) {
	if !validName.MatchString(name) {
		return cluster{}, fmt.Errorf("--name %q: want up to 32 lower case letters, digits and -", name)
	}
	cache, err := cacheFolder()
	if err != nil {
		return cluster{}, err
	}
	return cluster{name: name, folder: filepath.Join(cache, "clusters", name)}, nil
}

func (c cluster) file(elem ...string) string {
	return filepath.Join(append([]string{c.folder}, elem...)...)
}

// kubeconfig is the path of the kubeconfig that opens the cluster.
func (c cluster) kubeconfig() string { return c.file("kubeconfig") }

// control is the folder in which kwokctl keeps the control plane: certificates, etcd's data, logs/ and pids/.
func (c cluster) control() string { return c.file("kwok", "clusters", c.name) }

// load reads the remembered state; errNoCluster when there is none.
func (c cluster) load() (state, error) {
	data, err := os.ReadFile(c.file("state.json"))
	if errors.Is(err, os.ErrNotExist) {
		return state{}, errNoCluster
	}
	if err != nil {
		return state{}, err
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return state{}, fmt.Errorf("%s: %w", c.file("state.json"), err)
	}
	return s, nil
}

var errNoCluster = errors.New("no such cluster")

func (c cluster) save(s state) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(c.file("state.json"), append(data, '\n'), 0o644)
}

// lock keeps two launchers from working on the same cluster. The lock file stands beside the folder, which down removes.
func (c cluster) lock() (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(c.folder), 0o755); err != nil {
		return nil, err
	}
	return lockFile(c.folder + ".lock")
}
