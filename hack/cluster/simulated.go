package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/hack/cluster/kubeapi"
)

//go:embed stages/*.yaml
var stages embed.FS

// kubeletName is the name of the simulated kubelet's copy of this program, of its log and of its pid file.
const kubeletName = "simkubelet"

// upSimulated starts the control plane with KWOK, the simulated kubelet and the nodes.
func (c cluster) upSimulated(ctx context.Context, s state, l *logger) error {
	config, err := kwokctlConfig(s.Programs, modeSimulated, simulatedArgs())
	if err != nil {
		return err
	}
	documents, err := stageDocuments()
	if err != nil {
		return err
	}
	api, err := c.createControlPlane(ctx, config, documents, s.Programs)
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	if err := c.startSimKubelet(port); err != nil {
		return err
	}
	for i := range s.Nodes {
		if err := api.Create(ctx, "/api/v1/nodes", nodeObject(i, port)); err != nil {
			return fmt.Errorf("create node %d: %w", i, err)
		}
	}
	return c.waitUsable(ctx, api, s.Nodes)
}

// simulatedArgs makes the API server reach nodes by address: their names mean nothing outside the cluster.
func simulatedArgs() []extraArg {
	return append(commonArgs(), extraArg{"kube-apiserver", "kubelet-preferred-address-types", "InternalIP"})
}

// stageDocuments reads the embedded stages and adds the settings of KWOK itself.
func stageDocuments() ([][]byte, error) {
	documents := [][]byte{[]byte(kwokConfiguration)}
	entries, err := stages.ReadDir("stages")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := stages.ReadFile("stages/" + e.Name())
		if err != nil {
			return nil, err
		}
		documents = append(documents, data)
	}
	return documents, nil
}

// kwokConfiguration are the settings of KWOK that matter here: the default of four pods at a time would make a thousand wait
// in line. Once such a document is there KWOK fills in none of its defaults, so every value that it needs is given.
const kwokConfiguration = `apiVersion: config.kwok.x-k8s.io/v1alpha1
kind: KwokConfiguration
options:
  cidr: 10.0.0.0/16
  podPlayStageParallelism: 32
  nodePlayStageParallelism: 4
  nodeLeaseParallelism: 4
  podsOnNodeSyncParallelism: 1
  enableDebuggingHandlers: true
`

// nodeObject is one simulated node. Ten of them take 20,000 pods; a pod that asks for more processors or memory than one
// node has is unschedulable, as on a real cluster.
func nodeObject(i, kubeletPort int) map[string]any {
	name := fmt.Sprintf("node-%d", i)
	capacity := map[string]string{"cpu": "256", "memory": "1Ti", "ephemeral-storage": "1Ti", "pods": "2000"}
	return map[string]any{
		"apiVersion": "v1",
		"kind":       "Node",
		"metadata": map[string]any{
			"name": name,
			"annotations": map[string]string{
				"node.alpha.kubernetes.io/ttl": "0",
				"jobx.dev/kubelet-port":        strconv.Itoa(kubeletPort),
			},
			"labels": map[string]string{
				"kubernetes.io/hostname":        name,
				"kubernetes.io/os":              "linux",
				"kubernetes.io/arch":            "amd64",
				"node-role.kubernetes.io/agent": "",
				"type":                          "kwok",
			},
		},
		"status": map[string]any{"allocatable": capacity, "capacity": capacity},
	}
}

// startSimKubelet copies this program into the cluster's folder (`go run` deletes the original) and starts the copy.
func (c cluster) startSimKubelet(port int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	copied := c.file(kubeletName)
	if err := copyFile(self, copied, 0o755); err != nil {
		return err
	}
	server, err := c.server()
	if err != nil {
		return err
	}
	cmd := exec.Command(copied, "simkubelet", "--server", server, "--pki", filepath.Join(c.control(), "pki"), "--port", strconv.Itoa(port))
	return startDetached(c.folder, kubeletName, cmd)
}

// waitUsable waits until a pod that is created now will run: nodes ready, and the namespace's service account there.
func (c cluster) waitUsable(ctx context.Context, api *kubeapi.Client, nodes int) error {
	err := waitFor(ctx, time.Minute, "the nodes to be ready", func(ctx context.Context) error {
		n, err := readyNodes(ctx, api)
		if err == nil && n < nodes {
			err = fmt.Errorf("%d of %d are", n, nodes)
		}
		return err
	})
	if err != nil {
		return err
	}
	return waitFor(ctx, time.Minute, "the controllers", func(ctx context.Context) error {
		return api.Get(ctx, "/api/v1/namespaces/default/serviceaccounts/default", nil)
	})
}

// readyNodes counts the nodes that are ready.
func readyNodes(ctx context.Context, api *kubeapi.Client) (int, error) {
	var list struct {
		Items []struct {
			Status struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	if err := api.Get(ctx, "/api/v1/nodes", &list); err != nil {
		return 0, err
	}
	n := 0
	for _, node := range list.Items {
		for _, cond := range node.Status.Conditions {
			if cond.Type == "Ready" && cond.Status == "True" {
				n++
			}
		}
	}
	return n, nil
}

// freePort asks the system for a free port on the loopback.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func copyFile(from, to string, perm os.FileMode) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// downSimulated ends everything that upSimulated started.
func (c cluster) downSimulated() error {
	return errors.Join(
		stopProcess(pidFile(c.folder, kubeletName), syscall.SIGTERM, 2*time.Second),
		c.stopControlPlane(),
	)
}

// simKubeletPort reads the port of the simulated kubelet back from the nodes, for a restart.
func simKubeletPort(ctx context.Context, api *kubeapi.Client) (int, error) {
	var list struct {
		Items []struct {
			Metadata struct {
				Annotations map[string]string
			}
		}
	}
	if err := api.Get(ctx, "/api/v1/nodes?limit=1", &list); err != nil {
		return 0, err
	}
	if len(list.Items) == 0 {
		return 0, errors.New("the cluster has no node")
	}
	return strconv.Atoi(list.Items[0].Metadata.Annotations["jobx.dev/kubelet-port"])
}

// version is what `kubectl version` shows as the server's.
func version(ctx context.Context, api *kubeapi.Client) (string, error) {
	var v struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := api.Get(ctx, "/version", &v); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return "unknown", nil
		}
		return "", err
	}
	return v.GitVersion, nil
}
