//go:build e2e && !windows

package e2e

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// namespaceWith makes a namespace with a manifest in it, and returns the environment that leads there.
func namespaceWith(t *testing.T, manifest string) []string {
	t.Helper()
	l := newLab(t)
	name, kubeconfig, err := l.namespaceIn(t, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	vars := []string{"KUBECONFIG=" + kubeconfig}
	apply := exec.Command("kubectl", "apply", "-n", name, "-f", "-")
	apply.Env = append(os.Environ(), vars...)
	apply.Stdin = strings.NewReader(manifest)
	if out, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return vars
}

// namespaceIn makes a namespace that goes with the test, and a kubeconfig in a folder that stands in it.
func (l *lab) namespaceIn(t *testing.T, folder string) (name, kubeconfig string, err error) {
	t.Helper()
	name = "e2e-terminal-" + strings.ToLower(rand.Text()[:8])
	if err := l.makeNamespace(t.Context(), name); err != nil {
		return "", "", err
	}
	t.Cleanup(func() {
		_ = l.client.CoreV1().Namespaces().Delete(context.WithoutCancel(t.Context()), name, metav1.DeleteOptions{})
	})
	config := l.config.DeepCopy()
	config.Contexts[config.CurrentContext].Namespace = name
	kubeconfig = filepath.Join(folder, "kubeconfig")
	return name, kubeconfig, clientcmd.WriteToFile(*config, kubeconfig)
}
