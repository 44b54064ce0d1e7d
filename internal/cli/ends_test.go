//go:build !windows

package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/ptytest"
)

// asJobx makes the test's own binary be jobx, so that a whole process can be watched as it ends. Its value says where in
// the program the clock panics, as a function on the stack; "never" is a word of its own.
const asJobx = "JOBX_TEST_PANICS_IN"

func TestMain(m *testing.M) {
	where := os.Getenv(asJobx)
	if where == "" {
		os.Exit(m.Run())
	}
	began := time.Now()
	os.Exit(Main(context.Background(), os.Args[1:], Process{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, LookupEnv: os.LookupEnv, Now: func() time.Time {
			if time.Since(began) > time.Second && strings.Contains(string(debug.Stack()), where) {
				panic("on purpose")
			}
			return time.Now()
		},
	}))
}

// running starts an API server with a Job x that never ends, and returns the environment in which jobx watches it and
// panics in the function named, and the proxy on the way.
func running(t *testing.T, where string) (env []string, way *faultproxy.Proxy) {
	t.Helper()
	server := apistub.New()
	t.Cleanup(server.Close)
	server.Put(&batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "x", UID: "u"},
		Spec:       batchv1.JobSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: "u"}}},
		Status:     batchv1.JobStatus{Active: 1, StartTime: &metav1.Time{Time: time.Now()}},
	})
	way, err := faultproxy.New(server.Config(), faultproxy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = way.Close() })
	text, err := way.Kubeconfig("n")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"KUBECONFIG=" + file, asJobx + "=" + where}, way
}

func TestT5APanicLeavesTheTerminalAsItWas(t *testing.T) {
	for _, c := range []struct {
		name, where string
		code        int
		says        string
	}{
		{"in the verb", "observe.(*loop).look", 1, "error: on purpose: this is a bug in jobx"},
		{"in another goroutine", "cluster.(*stream).run", -1, "panic: on purpose"}, // SIGABRT: never 2, which is a failed Job
	} {
		t.Run(c.name, func(t *testing.T) {
			env, way := running(t, c.where)
			s := ptytest.Start(t, env, "sh", "-c", `ulimit -c 0; exec "$0" "$@"`, os.Args[0], "watch", "job/x")
			s.Await("n/x")
			for tries := 0; tries < 100 && !s.Ended(100*time.Millisecond); tries++ {
				way.DropConnections() // so that there are requests, until one meets the panic
			}
			if code, _ := s.End(); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if !strings.Contains(s.Written(), c.says) {
				t.Errorf("it wrote %q", s.Written())
			}
			s.Unharmed()
		})
	}
}

func TestT5AClosedTerminalEndsTheWatch(t *testing.T) {
	env, _ := running(t, "never")
	s := ptytest.Start(t, env, os.Args[0], "watch", "job/x")
	s.Await("n/x")
	s.Hangup()
	// The signal and the write that fails race; which is met first decides between 129 and 1.
	if code, took := s.End(); code != 129 && code != 1 || took > 2*time.Second {
		t.Errorf("exit code %d after %v", code, took)
	}
}

// Whoever starts jobx under nohup wants it to outlive the terminal; then only what it writes there fails.
func TestT5UnderNohupTheHangupIsIgnored(t *testing.T) {
	env, _ := running(t, "never")
	ended := make(chan error, 1)
	command := exec.CommandContext(t.Context(), "sh", "-c", `trap "" HUP; exec "$0" "$@"`, os.Args[0], "wait", "job/x", "--timeout", "2s")
	command.Env = append(os.Environ(), env...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- command.Wait() }()
	for waiting := true; waiting; {
		select {
		case <-ended:
			waiting = false
		case <-time.After(50 * time.Millisecond):
			_ = command.Process.Signal(syscall.SIGHUP)
		}
	}
	if code := command.ProcessState.ExitCode(); code != 124 {
		t.Errorf("exit code %d, want that of --timeout", code)
	}
}

func TestT5ATerminalThatIsGoneWithoutAWordEndsTheWatch(t *testing.T) {
	env, _ := running(t, "never")
	s := ptytest.Start(t, env, "sh", "-c", `trap "" HUP; exec "$0" "$@"`, os.Args[0], "watch", "job/x")
	s.Await("n/x")
	s.Hangup()
	if code, took := s.End(); code != 1 || took > 3*time.Second {
		t.Errorf("exit code %d after %v: the next frame cannot be written", code, took)
	}
}
