//go:build e2e && !windows

package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/ptytest"
)

// forever is a Job whose pod runs for ever; short is one of three seconds.
const (
	forever = `
apiVersion: batch/v1
kind: Job
metadata: {name: x}
spec:
  template:
    metadata: {annotations: {jobx.dev/run-for: forever}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "busybox:1.36", command: ["true"]}]
`
	short = `
apiVersion: batch/v1
kind: Job
metadata: {name: x}
spec:
  completions: 3
  template:
    metadata: {annotations: {jobx.dev/run-for: 1s}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "busybox:1.36", command: ["true"]}]
`
)

func TestT5TheLastFrameAndTheVerdictStayOnTheScreen(t *testing.T) {
	s := ptytest.Start(t, namespaceWith(t, short), "kubectl", "jobx", "watch", "x")
	if code, _ := s.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"3/3", "Complete", `job "x" in namespace`, "complete, 3/3"} {
		if !strings.Contains(s.Text(), want) {
			t.Errorf("no %q on the screen:\n%s", want, s.Text())
		}
	}
	s.Unharmed()
}

func TestT6CtrlCEndsTheWatchAtOnceAndNotTheJob(t *testing.T) {
	env := namespaceWith(t, forever)
	s := ptytest.Start(t, env, "kubectl-jobx", "watch", "x")
	s.Await("Running")
	s.Type("\x03")
	code, took := s.End()
	if code != 130 || took > time.Second {
		t.Errorf("exit code %d after %v", code, took)
	}
	t.Logf("ended %v after Ctrl-C", took)
	for _, want := range []string{"Running", "stopped watching: the Job goes on"} {
		if !strings.Contains(s.Text(), want) {
			t.Errorf("no %q on the screen:\n%s", want, s.Text())
		}
	}
	s.Unharmed()
	get := exec.Command("kubectl", "get", "job", "x", "-o", "jsonpath={.status.active}")
	get.Env = append(os.Environ(), env...)
	if out, err := get.Output(); err != nil || string(out) != "1" {
		t.Errorf("the Job: %v %s", err, out)
	}
}

func TestT5SignalsLeaveTheTerminalAsItWas(t *testing.T) {
	env := namespaceWith(t, forever)
	for signal, want := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGHUP: 129, syscall.SIGINT: 130} {
		t.Run(signal.String(), func(t *testing.T) {
			s := ptytest.Start(t, env, "kubectl-jobx", "watch", "x")
			s.Await("Running")
			if err := s.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if code, took := s.End(); code != want || took > time.Second {
				t.Errorf("exit code %d after %v, want %d", code, took, want)
			}
			s.Unharmed()
		})
	}
}

func TestResizeIsFollowed(t *testing.T) {
	s := ptytest.Start(t, namespaceWith(t, forever), "kubectl-jobx", "watch", "x")
	s.Await("Running")
	for _, size := range [][2]uint16{{40, 12}, {120, 50}, {20, 5}, {80, 24}} {
		s.Resize(size[0], size[1])
		time.Sleep(300 * time.Millisecond) // a frame
		s.Await("Running")
	}
	if n := strings.Count(s.Text(), "/x"); n == 0 {
		t.Errorf("no header:\n%s", s.Text())
	}
	if err := s.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code, _ := s.End(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	s.Unharmed()
}

func TestT9NoEscapeWhereNoneIsWanted(t *testing.T) {
	env := namespaceWith(t, short)
	for name, extra := range map[string][]string{"NO_COLOR": {"NO_COLOR=1"}, "dumb": {"TERM=dumb"}, "never": nil} {
		t.Run(name, func(t *testing.T) {
			args := []string{"kubectl-jobx", "watch", "x"}
			if name == "never" {
				args = append(args, "--color=never")
			}
			s := ptytest.Start(t, append(append([]string(nil), env...), extra...), args...)
			if code, _ := s.End(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if raw := s.Written(); strings.Contains(raw, "\x1b") || !strings.Contains(raw, "complete, 3/3") {
				t.Errorf("written: %q", raw)
			}
		})
	}
}

func TestT7AReaderThatLeavesEndsTheWatch(t *testing.T) {
	readerLeaves(t, namespaceWith(t, forever), "watch", "x", "--interval", "1s")
}

// readerLeaves reads a line of what a command prints and no more: the command ends then, and says nothing.
func readerLeaves(t *testing.T, env []string, args ...string) {
	t.Helper()
	command := exec.Command("kubectl-jobx", args...)
	command.Env = append(os.Environ(), env...)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	command.Stderr = &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		_ = command.Process.Kill()
		t.Fatal("still running five seconds after its reader left")
	}
	if said.String() != "" {
		t.Errorf("it said %q", said.String())
	}
}
