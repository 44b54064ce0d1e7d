//go:build e2e

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/schema"
)

// patience bounds every wait for a condition.
const patience = 60 * time.Second

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"code":       code,
		"eventually": eventually,
		"restart":    restart,
		"schema":     fits,
		"shows":      shows,
	}
}

// code runs a program and wants its exit code: code 2 kubectl-jobx watch x. Its output is there for stdout and stderr.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N PROGRAM [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// fits holds what the last program printed against a schema of docs/schemas: schema watch.json.
func fits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: schema FILE")
	}
	ts.Check(schema.Check(args[0], []byte(ts.ReadFile("stdout"))))
}

// eventually runs a program until it exits 0 and its stdout matches: eventually REGEXP PROGRAM [ARG…].
// With ! it runs until that no longer holds.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] eventually REGEXP PROGRAM [ARG…]")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	deadline := time.Now().Add(patience)
	for {
		err := ts.Exec(args[1], args[2:]...)
		if (err == nil && pattern.MatchString(ts.ReadFile("stdout"))) != neg {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("not so within %s", patience)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// restart ends a program of the project's own cluster and starts it again: restart kubelet [FLAG…]. It knows the cluster
// by the name that hack/e2e.sh gives it.
func restart(ts *testscript.TestScript, neg bool, args []string) {
	name, mode := os.Getenv("JOBX_E2E_CLUSTER"), os.Getenv("JOBX_E2E_MODE")
	if neg || len(args) == 0 || name == "" {
		ts.Fatalf("usage: restart PROGRAM [FLAG…], on a cluster named by JOBX_E2E_CLUSTER")
	}
	launcher := exec.Command("go", append([]string{"run", ".", "restart", args[0], "--mode", mode, "--name", name}, args[1:]...)...)
	launcher.Dir = "../../hack/cluster"
	out, err := launcher.CombinedOutput()
	ts.Logf("%s", out)
	ts.Check(err)
}
