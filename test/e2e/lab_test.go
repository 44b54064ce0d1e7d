//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// lab is the cluster that scenarios run against. They keep to namespaces that they made.
type lab struct {
	real       bool
	repository string
	config     *clientcmdapi.Config
	client     kubernetes.Interface
}

// newLab reads the environment. Without a cluster the tests fail: a tier that cannot run is not one that passed.
func newLab(t *testing.T) *lab {
	t.Helper()
	path := os.Getenv("JOBX_E2E_KUBECONFIG")
	if path == "" {
		t.Fatal("JOBX_E2E_KUBECONFIG is not set: run make e2e, or name the kubeconfig of a cluster to test against")
	}
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := clientcmd.NewDefaultClientConfig(*config, nil).ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	rest.QPS = -1
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"kubectl", "kubectl-jobx"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not on PATH: run make e2e", program)
		}
	}
	return &lab{real: os.Getenv("JOBX_E2E_MODE") == "real", repository: repository, config: config, client: client}
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// setup gives a script a namespace of its own, a kubeconfig that stands in it, and a clean environment.
func (l *lab) setup(env *testscript.Env) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	script := notInNames.ReplaceAllString(strings.ToLower(filepath.Base(env.WorkDir)), "-")
	name := fmt.Sprintf("e2e-%.30s-%s", strings.TrimPrefix(script, "script-"), strings.ToLower(rand.Text()[:6]))
	if err := l.makeNamespace(ctx, name); err != nil {
		return err
	}
	env.Defer(func() { noteSkip(env.T()) })
	env.Defer(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := l.client.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			fmt.Fprintf(os.Stderr, "namespace %s is left: %v\n", name, err)
		}
	})
	config := l.config.DeepCopy()
	config.Contexts[config.CurrentContext].Namespace = name
	kubeconfig := filepath.Join(env.WorkDir, ".kubeconfig")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		return err
	}
	env.Setenv("KUBECONFIG", kubeconfig)
	env.Setenv("NS", name)
	env.Setenv("EXAMPLES", filepath.Join(l.repository, "examples"))
	env.Setenv("REPOSITORY", l.repository)
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("PATH", os.Getenv("PATH"))
	env.Setenv("TERM", "xterm-256color")
	env.Setenv("LANG", "C.UTF-8")
	return nil
}

// makeNamespace waits for its service account too: pods are refused before it is there.
func (l *lab) makeNamespace(ctx context.Context, name string) error {
	_, err := l.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{"kubectl-jobx/e2e": "true"},
	}}, metav1.CreateOptions{})
	for err == nil {
		_, lookErr := l.client.CoreV1().ServiceAccounts(name).Get(ctx, "default", metav1.GetOptions{})
		if lookErr == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return lookErr
		case <-time.After(20 * time.Millisecond):
		}
	}
	return err
}
