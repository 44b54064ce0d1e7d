//go:build e2e && !windows

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// great is a Job whose four pods write a million lines between them, in a hundred seconds.
const great = `
apiVersion: batch/v1
kind: Job
metadata: {name: great}
spec:
  completions: 4
  parallelism: 4
  completionMode: Indexed
  template:
    metadata: {annotations: {jobx.dev/run-for: 100s, jobx.dev/log-lines: "250000"}}
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "busybox:1.36", command: ["true"]}]
`

// TestAMillionLinesWhileTheyAreWritten follows them with the real program while the way to the server cuts the streams at
// random two hundred times, in good order and without: none is lost, none comes twice, and each pod's are in order. What is
// between two lines of one second is read again after each cut, so the lines are not written faster than they are cut.
func TestAMillionLinesWhileTheyAreWritten(t *testing.T) {
	l := newLab(t)
	if l.real {
		return // the simulated tier runs it: its pods write what an annotation says
	}
	t.Parallel()
	const pods, written, cuts, most = 4, 250_000, 200, 600_000
	clean := onLogs(cuts/2, faultproxy.Fault{AtRandom: most, End: faultproxy.Clean})
	torn := onLogs(cuts/2, faultproxy.Fault{AtRandom: most, End: faultproxy.Abort})
	clean.Nth, clean.Every, torn.Nth, torn.Every = 1, 2, 2, 2
	proxy, through := l.throughProxy(t, namespaceWith(t, great), 5, clean, torn)
	command := exec.CommandContext(t.Context(), "kubectl-jobx", "logs", "-f", "--strict", "--exit-status", "great", "--prefix")
	command.Env = through
	var said strings.Builder
	command.Stderr = &said
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	next := inOrder(t, out, written)
	if err := command.Wait(); err != nil {
		t.Errorf("%v: %s", err, said.String())
	}
	if len(next) != pods {
		t.Errorf("%d pods: %v", len(next), next)
	}
	for pod, n := range next {
		if n != written {
			t.Errorf("%s: %d of %d lines", pod, n, written)
		}
	}
	if n := faultproxy.Total(proxy.Counts()).Faults; n != cuts {
		t.Errorf("%d cuts, want %d", n, cuts)
	}
}

// inOrder reads the lines of pods, of which each writes so many, and returns how many of each came. It stops at the first
// that is not the one that belongs there.
func inOrder(t *testing.T, r io.Reader, written int) map[string]int {
	t.Helper()
	next := map[string]int{}
	defer func() { _, _ = io.Copy(io.Discard, r) }()
	for lines := bufio.NewScanner(r); lines.Scan(); {
		pod, rest, _ := strings.Cut(lines.Text(), "]")
		var want string
		switch n := next[pod]; n {
		case 0:
			want = "starting on great-"
		case written - 1:
			want = "done"
		default:
			want = fmt.Sprintf("step %d of %d", n, written-2)
		}
		if !strings.HasPrefix(strings.TrimSpace(rest), want) {
			t.Errorf("%q came where %q of %s] belongs", lines.Text(), want, pod)
			return next
		}
		next[pod]++
	}
	return next
}
