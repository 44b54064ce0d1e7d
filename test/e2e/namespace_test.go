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

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
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

// throughProxy puts a proxy that breaks things by rules between a test and its server: env is namespaceWith's, and what is
// returned is the same environment through the proxy, which ends with the test.
func (l *lab) throughProxy(t *testing.T, env []string, seed uint64, rules ...faultproxy.Rule) (*faultproxy.Proxy, []string) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", strings.TrimPrefix(env[0], "KUBECONFIG="))
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	proxy, err := faultproxy.New(config, faultproxy.Options{TLS: true, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	if err := proxy.Set(rules...); err != nil {
		t.Fatal(err)
	}
	text, err := proxy.Kubeconfig(l.namespaceOf(t, env))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return proxy, append(os.Environ(), "KUBECONFIG="+path)
}
