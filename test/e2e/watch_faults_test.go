//go:build e2e && !windows

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

const twoHundred = `
apiVersion: batch/v1
kind: Job
metadata: {name: x}
spec:
  completions: 200
  parallelism: 40
  template:
    metadata: {annotations: {jobx.dev/run-for: 1s}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "busybox:1.36", command: ["true"]}]
`

// TestWatchThroughEveryFault watches 200 completions while every watch is cut after three events and every tenth request
// is answered 410, 429 or 500. The verdict is right, done only grows, and the last number told is 200.
func TestWatchThroughEveryFault(t *testing.T) {
	l := newLab(t)
	tenth := func(nth int, f faultproxy.Fault) faultproxy.Rule {
		return faultproxy.Rule{Nth: nth, Every: 30, Fault: f}
	}
	proxy, through := l.throughProxy(t, namespaceWith(t, twoHundred), 7,
		tenth(10, faultproxy.Fault{Status: http.StatusGone}),
		tenth(20, faultproxy.Fault{Status: http.StatusTooManyRequests, RetryAfter: 1}),
		tenth(30, faultproxy.Fault{Status: http.StatusInternalServerError}),
		faultproxy.Rule{Verbs: []string{"watch"}, Fault: faultproxy.Fault{AfterEvents: 3, End: faultproxy.Clean}},
	)
	command := exec.CommandContext(t.Context(), "kubectl-jobx", "watch", "x", "-o", "json", "--timeout", "4m")
	command.Env = through
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	last, lines := wellCounted(t, out)
	if last != 200 {
		t.Errorf("the last number told is %d", last)
	}
	// A request for every third change that was told or taken together with others (a pod has about ten), a third more
	// for those that are refused.
	total, bound := faultproxy.Total(proxy.Counts()), 200*10/3*4/3+150
	t.Logf("%d lines, %d requests (bound %d), %d faults", lines, total.Requests, bound, total.Faults)
	if total.Requests > bound {
		t.Errorf("%d requests, want at most %d: %v", total.Requests, bound, proxy.Counts())
	}
	if strings.Count(said.String(), "\n") > 10 {
		t.Errorf("stderr:\n%s", said.String())
	}
}

// namespaceOf reads the namespace that an environment stands in.
func (l *lab) namespaceOf(t *testing.T, env []string) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(strings.TrimPrefix(env[0], "KUBECONFIG="))
	if err != nil {
		t.Fatal(err)
	}
	return config.Contexts[config.CurrentContext].Namespace
}

// wellCounted reads lines of JSON, checks that done only grows and that no pod is told to succeed twice, and returns the
// last number of done completions and how many lines there were.
func wellCounted(t *testing.T, out []byte) (last int, lines int) {
	t.Helper()
	succeeded := map[string]bool{}
	for line := range bytes.Lines(out) {
		var told struct {
			Kind    string
			Subject struct{ Name string }
			Message string
		}
		if err := json.Unmarshal(line, &told); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		lines++
		switch told.Kind {
		case "PodSucceeded":
			if succeeded[told.Subject.Name] {
				t.Errorf("pod %s succeeded twice", told.Subject.Name)
			}
			succeeded[told.Subject.Name] = true
		case "Progress":
			var done int
			if _, err := fmt.Sscanf(told.Message, "%d/200", &done); err != nil || done <= last {
				t.Errorf("%q after %d: %v", told.Message, last, err)
			}
			last = done
		}
	}
	return last, lines
}
