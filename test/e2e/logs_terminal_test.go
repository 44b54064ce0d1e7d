//go:build e2e && !windows

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/ptytest"
)

const (
	// writing is a Job whose pod writes ten lines a second, for ever.
	writing = `
apiVersion: batch/v1
kind: Job
metadata: {name: x}
spec:
  template:
    metadata: {annotations: {jobx.dev/run-for: forever, jobx.dev/log-every: 100ms}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "busybox:1.36", command: ["true"]}]
`
	// late is one whose container starts after eight seconds.
	late = `
apiVersion: batch/v1
kind: Job
metadata: {name: x}
spec:
  template:
    metadata: {annotations: {jobx.dev/start-after: 8s, jobx.dev/run-for: 1s, jobx.dev/log: "one\ntwo"}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "busybox:1.36", command: ["true"]}]
`
)

func TestLogsTellWhatTheyWaitForOnATerminal(t *testing.T) {
	if newLab(t).real {
		return // the simulated tier runs it: its pods write what an annotation says
	}
	s := ptytest.Start(t, namespaceWith(t, late), "kubectl-jobx", "logs", "-f", "x")
	s.Await("waiting")
	s.Await("container main")
	if code, _ := s.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"one", "two"} {
		if !strings.Contains(s.Text(), want) {
			t.Errorf("no %q on the screen:\n%s", want, s.Text())
		}
	}
	if strings.Contains(s.Text(), "waiting") {
		t.Errorf("what was waited for is still on the screen:\n%s", s.Text())
	}
	s.Unharmed()
}

func TestT6CtrlCEndsTheLogsAndNotTheJob(t *testing.T) {
	if newLab(t).real {
		return // the simulated tier runs it: its pods write what an annotation says
	}
	env := namespaceWith(t, writing)
	for name, c := range map[string]struct {
		stop func(*ptytest.Session)
		code int
	}{
		"Ctrl-C":  {func(s *ptytest.Session) { s.Type("\x03") }, 130},
		"SIGTERM": {func(s *ptytest.Session) { _ = s.Process.Signal(syscall.SIGTERM) }, 143},
	} {
		t.Run(name, func(t *testing.T) {
			s := ptytest.Start(t, env, "kubectl-jobx", "logs", "-f", "x")
			s.Await("step 5")
			c.stop(s)
			code, took := s.End()
			if code != c.code || took > time.Second {
				t.Errorf("exit code %d after %v", code, took)
			}
			for _, want := range []string{"step 5", "stopped following: the Job goes on"} {
				if !strings.Contains(s.Text(), want) {
					t.Errorf("no %q on the screen:\n%s", want, s.Text())
				}
			}
			s.Unharmed()
		})
	}
	get := exec.Command("kubectl", "get", "job", "x", "-o", "jsonpath={.status.active}")
	get.Env = append(os.Environ(), env...)
	if out, err := get.Output(); err != nil || string(out) != "1" {
		t.Errorf("the Job: %v %s", err, out)
	}
}

func TestT7AReaderThatLeavesEndsTheLogs(t *testing.T) {
	if newLab(t).real {
		return // the simulated tier runs it: its pods write what an annotation says
	}
	readerLeaves(t, namespaceWith(t, writing), "logs", "-f", "x")
}
