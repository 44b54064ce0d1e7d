package logs

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// A reader that has left is no error; a connection to the server that broke with the system's same word is one.
func TestReaderLeft(t *testing.T) {
	pipe := &os.PathError{Op: "write", Path: "stdout", Err: syscall.EPIPE}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"closed pipe":           {&logtail.WriteError{Err: pipe}, true},
		"joined":                {errors.Join(&logtail.WriteError{Err: pipe}, errors.New("x")), true},
		"in memory":             {&logtail.WriteError{Err: io.ErrClosedPipe}, true},
		"full disk":             {&logtail.WriteError{Err: syscall.ENOSPC}, false},
		"the network":           {fmt.Errorf("list pods: %w", &net.OpError{Op: "write", Err: syscall.EPIPE}), false},
		"nothing went wrong":    {nil, false},
		"another, from outside": {io.ErrClosedPipe, false},
	} {
		if got := readerLeft(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A CronJob stands for the run that has not ended, though a newer one has; and for the newest when all have.
func TestCurrentRun(t *testing.T) {
	run := func(name string, finished bool) *batchv1.Job {
		j := aJob("", "", nil)
		if finished {
			j = aJob(batchv1.JobComplete, "", nil)
		}
		j.Name = name
		return j
	}
	for want, runs := range map[string][]*batchv1.Job{
		"b": {run("a", true), run("b", true)},
		"a": {run("a", false), run("c", true)},
		"d": {run("c", false), run("d", false), run("e", true)},
	} {
		if got := current(runs).Name; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// --previous prints the last run of a container that waits to be started again, and of none that has not run.
func TestPreviousBetweenTwoRuns(t *testing.T) {
	for _, ran := range []bool{true, false} {
		out, _, err := logsOf(t, "x --previous", aJob("", "", nil), aPod("x-1", func(p *corev1.Pod) {
			p.Status.Phase = corev1.PodRunning
			s := &p.Status.ContainerStatuses[0]
			if ran {
				s.RestartCount, s.LastTerminationState = 3, s.State
			}
			s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
		}))
		if ran && (err != nil || out != "hello\n") || !ran && (err == nil || !strings.Contains(err.Error(), "has an earlier run")) {
			t.Errorf("has run: %v, %v, output %q", ran, err, out)
		}
	}
}

// TestReaderLeavesTheFiles: with --save what nobody reads any more is still for the files, and an error of another kind is one.
func TestReaderLeavesTheFiles(t *testing.T) {
	for _, c := range []struct {
		err  error
		want error
	}{{syscall.EPIPE, nil}, {syscall.ENOSPC, syscall.ENOSPC}} {
		calls := 0
		l := &leaving{w: writerFunc(func(text []byte) (int, error) {
			if calls++; calls == 2 {
				return 1, c.err
			}
			return len(text), nil
		})}
		for i, want := range []error{nil, c.want, nil} {
			if n, err := l.Write([]byte("text")); !errors.Is(err, want) || (err == nil && n != 4) {
				t.Errorf("%v: write %d: %d, %v", c.err, i, n, err)
			}
		}
		if read := 3; c.want == nil && calls != 2 || c.want != nil && calls != read {
			t.Errorf("%v: %d writes reached the reader", c.err, calls)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(text []byte) (int, error) { return f(text) }

// L11: a line with a prefix is a whole one, also the last of a log that does not end its last line. The bytes alone stay what
// they are.
func TestL11LastLineOfSeveral(t *testing.T) {
	const log = "2026-11-23T12:00:00.000000000Z hello"
	two := []apistub.Object{aJob(batchv1.JobComplete, "", nil), aPod("x-1", nil), aPod("x-2", func(p *corev1.Pod) { p.UID = "p2" })}
	for args, want := range map[string]string{
		"x":                " hello\n[x-2 · attempt 2] hello\n",
		"-f x":             "hello\n",
		"x --prefix=false": "hello\nhello",
		"x -o raw":         "hellohello",
		"x --pod x-1":      "hello",
	} {
		if out, _, err := logsWith(t, log, args, two...); err != nil || !strings.HasSuffix(out, want) {
			t.Errorf("logs %s: %v, output %q, want %q", args, err, out, want)
		}
	}
}
