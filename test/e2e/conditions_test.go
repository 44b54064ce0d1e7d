//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/apimachinery/pkg/util/version"
)

// condition is what scripts may ask beside testscript's own conditions: [own], the cluster is the one that hack/e2e.sh
// started, and [server>=1.36].
func (l *lab) condition(asked string) (bool, error) {
	if asked == "own" {
		return os.Getenv("JOBX_E2E_CLUSTER") != "", nil
	}
	least, ok := strings.CutPrefix(asked, "server>=")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", asked)
	}
	server, err := l.client.Discovery().ServerVersion()
	if err != nil {
		return false, err
	}
	return atLeast(server.GitVersion, least)
}

// atLeast leaves out what a provider or a pre-release appends to a version: v1.36.0-gke.100.
func atLeast(server, least string) (bool, error) {
	is, err := version.ParseGeneric(server)
	if err != nil {
		return false, err
	}
	want, err := version.ParseGeneric(least)
	if err != nil {
		return false, err
	}
	return is.AtLeast(want), nil
}

// noteSkip writes the name of a script that was skipped to the file that hack/e2e.sh shows: go test itself is silent about
// a part of what passed.
func noteSkip(t testscript.T) {
	script, ok := t.(interface {
		Skipped() bool
		Name() string
	})
	path := os.Getenv("JOBX_E2E_SKIPPED")
	if !ok || path == "" || !script.Skipped() {
		return
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintln(file, script.Name())
		_ = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		server, least string
		want          bool
	}{
		{"v1.36.0", "1.36", true}, {"v1.37.2", "1.36", true}, {"v1.35.9", "1.36", false}, {"v1.36.0-gke.100", "1.36", true},
		{"v1.36.4+k3s1", "1.36.5", false}, {"v2.0.0", "1.36", true},
	} {
		if got, err := atLeast(c.server, c.least); err != nil || got != c.want {
			t.Errorf("%s >= %s: %v %v", c.server, c.least, got, err)
		}
	}
	if _, err := atLeast("v1.36.0", "soon"); err == nil {
		t.Error("a version that is none is taken")
	}
	l := &lab{}
	for _, name := range []string{"", "e2e-real"} {
		t.Setenv("JOBX_E2E_CLUSTER", name)
		if own, err := l.condition("own"); err != nil || own != (name != "") {
			t.Errorf("a cluster named %q is our own: %v %v", name, own, err)
		}
	}
	if _, err := l.condition("owned"); err == nil {
		t.Error("a condition that there is none of is taken")
	}
}

// TestSkipsAreNoted runs a script that is skipped in the middle, and one that is not.
func TestSkipsAreNoted(t *testing.T) {
	folder, noted := t.TempDir(), t.TempDir()+"/skipped"
	t.Setenv("JOBX_E2E_SKIPPED", noted)
	t.Setenv("JOBX_E2E_CLUSTER", "")
	for name, text := range map[string]string{"needs": "[!own] skip 'why'\nexec false\n", "runs": "[own] exec false\n"} {
		if err := os.WriteFile(folder+"/"+name+".txtar", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("scripts", func(t *testing.T) {
		testscript.Run(t, testscript.Params{Dir: folder, Condition: (&lab{}).condition, Setup: func(env *testscript.Env) error {
			env.Defer(func() { noteSkip(env.T()) })
			return nil
		}})
	})
	if text, err := os.ReadFile(noted); err != nil || string(text) != t.Name()+"/scripts/needs\n" {
		t.Errorf("noted %q, %v", text, err)
	}
}
