//go:build e2e && !windows

package e2e

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/ptytest"
)

// TestD7DeletionAsksOnATerminal: a no, the end of the input and Ctrl-C leave everything as it is; a yes deletes.
func TestD7DeletionAsksOnATerminal(t *testing.T) {
	f := newFaulty(t)
	kubeconfig := f.env[len(f.env)-1:]
	for _, c := range []struct {
		answer string
		code   int
		say    string
		left   int
	}{
		{"n\n", 1, "cancelled: nothing was changed", 2},
		{"\n", 1, "cancelled: nothing was changed", 2},
		{"\x04", 1, "cancelled: nothing was changed", 2},
		{"\x03", 130, "", 2},
		{"y\n", 0, `job.batch "b" deleted`, 0},
	} {
		s := ptytest.Start(t, kubeconfig, "kubectl-jobx", "delete", "--all")
		s.Await("delete 2 Jobs in namespace ")
		s.Await("[y/N]")
		s.Type(c.answer)
		if c.say != "" {
			s.Await(c.say)
		}
		if code, _ := s.End(); code != c.code || f.jobs(t) != c.left {
			t.Errorf("%q: exit code %d and %d Jobs left, want %d and %d:\n%s", c.answer, code, f.jobs(t), c.code, c.left, s.Text())
		}
		s.Unharmed()
	}
}

// TestBulkDeletionInterrupted: many deletions show a bar; Ctrl-C begins no more of them and says where it stood.
func TestBulkDeletionInterrupted(t *testing.T) {
	for name, line := range map[string][]string{
		"alone":     {"kubectl-jobx", "delete", "--all", "--yes"},
		"in a pipe": {"sh", "-c", "trap : INT; kubectl-jobx delete --all --yes | cat >/dev/null; exit 130"}, // cat is ended, too
	} {
		t.Run(name, func(t *testing.T) { interruptBulk(t, line) })
	}
}

func interruptBulk(t *testing.T, line []string) {
	f := newFaulty(t)
	like := f.job(t, "a").Spec
	const all = 302
	for i := range all - 2 {
		f.create(t, fmt.Sprintf("x%03d", i), like)
	}
	slow := faultproxy.Rule{Verbs: []string{"delete"}, Fault: faultproxy.Fault{Delay: metav1.Duration{Duration: 500 * time.Millisecond}}}
	if err := f.proxy.Set(slow); err != nil {
		t.Fatal(err)
	}
	s := ptytest.Start(t, f.env[len(f.env)-1:], line...)
	s.Await(fmt.Sprintf(" of %d", all))
	for deadline := time.Now().Add(patience); f.jobs(t) > all-32; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing goes:\n%s", s.Text())
		}
	}
	s.Type("\x03")
	s.Await("interrupted: ")
	code, _ := s.End()
	s.Unharmed()
	told := regexp.MustCompile(fmt.Sprintf(`interrupted: (\d+) of %d deleted, 0 failed, (\d+) not touched`, all)).FindStringSubmatch(s.Text())
	left := f.jobs(t)
	if code != 130 || left == 0 || told == nil || told[2] != fmt.Sprint(left) || told[1] != fmt.Sprint(all-left) {
		t.Errorf("exit code %d, %d left, told %q:\n%s", code, left, told, s.Text())
	}
}

// jobs is how many Jobs are there.
func (f *faulty) jobs(t *testing.T) int {
	t.Helper()
	l, err := f.client.BatchV1().Jobs(f.namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return len(l.Items)
}
