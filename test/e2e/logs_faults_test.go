//go:build e2e && !windows

package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// ticking is a Job whose pod writes 300 lines in ten seconds.
const ticking = `
apiVersion: batch/v1
kind: Job
metadata: {name: %s}
spec:
  template:
    metadata: {annotations: {jobx.dev/run-for: 10s, jobx.dev/log-lines: "300"}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "busybox:1.36", command: ["true"]}]
---
`

// logFault is what goes wrong while a log is followed: by rules, or by what is done to the proxy once lines come.
type logFault struct {
	name  string
	rules []faultproxy.Rule
	then  func(*testing.T, *faultproxy.Proxy)
}

func onLogs(times int, f faultproxy.Fault) faultproxy.Rule {
	return faultproxy.Rule{Resources: []string{"pods/log"}, Times: times, Fault: f}
}

// byTurns cuts every other stream and lets each request after it fail.
func byTurns(f faultproxy.Fault) []faultproxy.Rule {
	cut := onLogs(5, faultproxy.Fault{AtRandom: 3000, End: faultproxy.Abort})
	fails := onLogs(5, f)
	cut.Nth, cut.Every, fails.Nth, fails.Every = 1, 2, 2, 2
	return []faultproxy.Rule{cut, fails}
}

var logFaults = []logFault{
	{name: "swallowed", then: func(_ *testing.T, p *faultproxy.Proxy) { p.BlackHole(false) }},
	{name: "away", then: func(t *testing.T, p *faultproxy.Proxy) {
		if err := p.Down(); err != nil {
			t.Error(err)
		}
		time.Sleep(3 * time.Second) // for so long the server is away
		if err := p.Up(); err != nil {
			t.Error(err)
		}
	}},
	{name: "none"},
	{name: "cut", rules: []faultproxy.Rule{onLogs(12, faultproxy.Fault{AtRandom: 4000, End: faultproxy.Abort})}},
	{name: "ended", rules: []faultproxy.Rule{onLogs(12, faultproxy.Fault{AtRandom: 4000, End: faultproxy.Clean})}},
	{name: "short", rules: []faultproxy.Rule{onLogs(3, faultproxy.Fault{AfterBytes: 100, End: faultproxy.Clean})}},
	{name: "reset", rules: byTurns(faultproxy.Fault{Reset: true})},
	{name: "busy", rules: byTurns(faultproxy.Fault{Status: http.StatusTooManyRequests, RetryAfter: 1})},
	{name: "broken", rules: byTurns(faultproxy.Fault{Status: http.StatusInternalServerError})},
	{name: "refused", rules: byTurns(faultproxy.Fault{Status: http.StatusUnauthorized})},
	{name: "stalled", rules: []faultproxy.Rule{onLogs(1, faultproxy.Fault{AfterBytes: 3000, End: faultproxy.Stall})}},
	{name: "slow", rules: []faultproxy.Rule{onLogs(0, faultproxy.Fault{Delay: metav1.Duration{Duration: 300 * time.Millisecond}})}},
}

// TestLogsThroughEveryFault follows logs with the real program while everything goes wrong that can between it and the
// server: every line comes once, in order, the exit code is 0, and what is said on stderr is no error.
func TestLogsThroughEveryFault(t *testing.T) {
	l := newLab(t)
	if l.real {
		return // the simulated tier runs it: its pods write what an annotation says
	}
	t.Parallel()
	var jobs strings.Builder
	for _, f := range logFaults {
		fmt.Fprintf(&jobs, ticking, f.name)
	}
	env := namespaceWith(t, jobs.String())
	followed := make([]*followedThrough, len(logFaults)) // all at once: their pods write now
	for i, f := range logFaults {
		followed[i] = startThrough(t, l, env, uint64(i), f)
	}
	for i, f := range logFaults {
		t.Run(f.name, func(t *testing.T) {
			err := followed[i].command.Wait()
			followed[i].out.notice()
			<-followed[i].done
			got, said := followed[i].out.text.String(), followed[i].said.String()
			if want := allLines(t, env, f.name); err != nil || got != want {
				t.Errorf("%v: %d lines came, %d were written: %s", err, strings.Count(got, "\n"), strings.Count(want, "\n"), difference(got, want))
			}
			if strings.Contains(said, "error") || strings.Contains(said, "gap") {
				t.Errorf("stderr:\n%s", said)
			}
			faults := faultproxy.Total(followed[i].proxy.Counts()).Faults
			if len(f.rules) > 0 && faults == 0 {
				t.Error("nothing went wrong")
			}
			t.Logf("%d faults; stderr: %s", faults, said)
		})
	}
	// Without -f: the first read is cut inside a line.
	x := followed[0]
	x.proxy.Heal()
	for _, end := range []faultproxy.End{faultproxy.Clean, faultproxy.Abort} {
		if err := x.proxy.Set(onLogs(1, faultproxy.Fault{AfterBytes: 100, End: end})); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), "kubectl-jobx", "logs", logFaults[0].name, "-o", "raw")
		command.Env = x.command.Env
		if out, err := command.Output(); err != nil || string(out) != allLines(t, env, logFaults[0].name) {
			t.Errorf("%s: %v, %d lines", end, err, bytes.Count(out, []byte("\n")))
		}
	}
}

// followedThrough is logs -f through a proxy.
type followedThrough struct {
	proxy   *faultproxy.Proxy
	command *exec.Cmd
	out     *noticing
	said    bytes.Buffer
	done    chan struct{} // what had to be done to the proxy
}

func startThrough(t *testing.T, l *lab, env []string, seed uint64, f logFault) *followedThrough {
	t.Helper()
	proxy, through := l.throughProxy(t, env, seed, f.rules...)
	x := &followedThrough{proxy: proxy, out: &noticing{begun: make(chan struct{})}, done: make(chan struct{})}
	x.command = exec.CommandContext(t.Context(), "kubectl-jobx", "logs", "-f", "--strict", "--exit-status", f.name, "-o", "raw")
	x.command.Env = through
	x.command.Stdout, x.command.Stderr = x.out, &x.said
	if err := x.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(x.done)
		if f.then != nil {
			<-x.out.begun
			f.then(t, proxy)
		}
	}()
	return x
}

// noticing is a buffer that tells when something has come.
type noticing struct {
	text  bytes.Buffer
	once  sync.Once
	begun chan struct{}
}

func (n *noticing) Write(p []byte) (int, error) {
	n.notice()
	return n.text.Write(p)
}

func (n *noticing) notice() { n.once.Do(func() { close(n.begun) }) }

// allLines is the log of a Job that has ended, by kubectl and without a proxy: 300 lines.
func allLines(t *testing.T, env []string, job string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "kubectl", "logs", "job/"+job)
	command.Env = append(os.Environ(), env...)
	out, err := command.Output()
	if n := bytes.Count(out, []byte("\n")); err != nil || n != 300 {
		t.Fatalf("kubectl gives %d lines: %v", n, err)
	}
	return string(out)
}

// difference is the first line in which two texts differ.
func difference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: %q, want %q", i, a[i], b[i])
		}
	}
	return "one goes on where the other ends"
}
