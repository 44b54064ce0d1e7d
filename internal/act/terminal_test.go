package act_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/creack/pty"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cli"
)

// onTerminal runs a command line on a terminal at which the answer has been typed. It returns what was written.
func (s *server) onTerminal(t *testing.T, answer string, args ...string) (code int, text string) {
	t.Helper()
	return s.onTerminalOf("dumb", t, answer, args...) // no escape sequence of jobx's own
}

func (s *server) onTerminalOf(kind string, t *testing.T, answer string, args ...string) (code int, text string) {
	t.Helper()
	t.Setenv("TERM", kind)
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan string)
	go func() {
		raw, _ := io.ReadAll(master) // ends with an error when the other side is closed
		written <- string(raw)
	}()
	if _, err := io.WriteString(master, answer); err != nil {
		t.Fatal(err)
	}
	code = s.run(t.Context(), t, cli.Process{In: slave, Out: slave, Err: slave}, args...)
	_ = slave.Close()
	text = strings.ReplaceAll(<-written, "\r\n", "\n")
	_ = master.Close()
	return code, text
}

// What is lost for good is asked first where somebody can answer, and done only after a yes.
func TestLossesAreAskedAbout(t *testing.T) {
	queue := func(j *batchv1.Job) { j.Spec.Completions, j.Status.Active, j.Status.Succeeded = nil, 2, 1 }
	indexed := func(j *batchv1.Job) {
		j.Spec.CompletionMode, j.Spec.Completions = new(batchv1.IndexedCompletion), new(int32(9))
	}
	for _, c := range []struct {
		change func(*batchv1.Job)
		line   string
		want   string
	}{
		{queue, "suspend x", "it is Complete, and cannot be resumed. Go on? [y/N]"},
		{indexed, "scale x --completions 0", "it becomes Complete at once. Go on? [y/N]"},
	} {
		for answer, patches := range map[string]int{"y\n": 1, "n\n": 0, "\n": 0} {
			s := newServer(t, job("x", c.change))
			code, text := s.onTerminal(t, answer, strings.Fields(c.line)...)
			if got := len(s.asked(http.MethodPatch)); got != patches || (code == 0) != (patches == 1) || !strings.Contains(text, c.want) {
				t.Errorf("%s, answered %q: exit code %d, %d patches: %s", c.line, answer, code, got, text)
			}
		}
	}
}

// D7: a question goes to stderr, so that one whose stderr is a file is not asked. What would be asked about is not done: only
// where nobody sits at stdin is what is named deleted without a word.
func TestD7NobodySeesAQuestionInAFile(t *testing.T) {
	running := func(j *batchv1.Job) { j.Status.Active = 1 }
	queue := func(j *batchv1.Job) { running(j); j.Spec.Completions, j.Status.Succeeded = nil, 1 }
	for line, c := range map[string]struct {
		code int
		want string
		left int
	}{
		"delete --all":  {1, `refusing to delete 1 Job in namespace "ns" without --yes: stderr is not a terminal, so nobody can be asked`, 1},
		"delete x -i":   {1, "--interactive: stderr is not a terminal, so nobody can answer", 1},
		"delete x":      {1, "refusing to delete job \"x\" in namespace \"ns\": stderr is not a terminal, so nobody can be asked\nto do it without being asked add --yes\n", 1},
		"delete x idle": {1, `refusing to delete 2 Jobs in namespace "ns", with 1 active pod: stderr is not`, 2},
		"delete x -y":   {0, "", 0},
		"delete idle":   {0, "", 1}, // nothing would be asked
		"suspend x":     {1, "to do it without being asked add --yes", 1},
	} {
		s := newServer(t, job("x", queue))
		if strings.Contains(line, "idle") {
			s.jobs["ns/idle"] = job("idle")
		}
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(master, "n\n"); err != nil { // to whoever asks nevertheless
			t.Fatal(err)
		}
		var errOut bytes.Buffer
		code := s.run(t.Context(), t, cli.Process{In: slave, Out: slave, Err: &errOut}, strings.Fields(line)...)
		_, _ = slave.Close(), master.Close()
		text := errOut.String()
		if code != c.code || len(s.jobs) != c.left || !strings.Contains(text, c.want) || strings.Contains(text, "[y/N]") || len(s.asked(http.MethodPatch)) != 0 {
			t.Errorf("%s: exit code %d, %d Jobs left, stderr %q: want %d, %d and %q", line, code, len(s.jobs), text, c.code, c.left, c.want)
		}
	}
}

// The line that stands in the place of the bar says what is waited for, and makes room for the total.
func TestManyAreWaitedForInSight(t *testing.T) {
	s := manyJobs(t, 21)
	s.pods = []corev1.Pod{podOf("p", "uid-j00"), podOf("q", "uid-j01")}
	looks := 0
	s.before = func(_ http.ResponseWriter, r request) bool {
		if strings.HasSuffix(r.path, "/pods") {
			if looks++; looks == 2 {
				s.pods = nil
			}
		}
		return false
	}
	code, text := s.onTerminalOf("xterm", t, "", "delete", "--all", "--yes")
	_, after, shown := strings.Cut(text, "waiting for 2 pods to go")
	if code != 0 || !shown || !strings.HasSuffix(after, `21 Jobs in namespace "ns" and what belonged to them are gone`+"\n") ||
		strings.Count(text, "deleted from ns namespace") != 21 {
		t.Errorf("exit code %d, %q", code, text)
	}
}

// T1: what a server puts into names, annotations and errors does not act on the terminal, whichever verb and format
// prints it; a pipe gets it as it is.
func TestT1ActVerbsLetNothingThrough(t *testing.T) {
	const bad = "x\x1b[31m\u009b31m\u009d0;x\u0007\b\x7f\u0085\u2028\u202e\u200b\ufeff\U000e0041\ufffeFORGED"
	hostile := func(j *batchv1.Job) {
		j.Annotations = map[string]string{"note": bad}
		j.Labels = map[string]string{bad: bad}
	}
	named := func(j *batchv1.Job) { hostile(j); j.Name, j.Namespace = "x"+bad, "ns"+bad }
	formats := []string{
		"", "-o name", "-o json", "-o yaml", "-o kyaml", "-o jsonpath={.metadata}", "-o jsonpath-as-json={.metadata}",
		"-o go-template={{.metadata}}", "--template={{.metadata.name}}{{.metadata.annotations}}",
	}
	var lines []string
	for _, f := range formats {
		lines = append(lines, "scale x --replicas 3 --dry-run=client "+f, "suspend x --dry-run=client "+f, "resume x --dry-run=client "+f)
	}
	for _, f := range []string{"", "-o name", "-o json"} {
		lines = append(lines, "delete x --dry-run=client "+f)
	}
	for _, change := range []func(*batchv1.Job){hostile, named} {
		for _, line := range lines {
			s := newServer(t)
			s.jobs["ns/x"] = job("x", change, func(j *batchv1.Job) { j.Spec.Suspend = new(strings.HasPrefix(line, "resume")) })
			code, text := s.onTerminal(t, "", strings.Fields(line)...)
			if code != 0 || !utf8.ValidString(text) || strings.Contains(text, "\nFORGED") {
				t.Errorf("%s: exit code %d, %q", line, code, text)
			}
			for _, r := range strings.ReplaceAll(text, "\n", "") {
				if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\ufffe' {
					t.Fatalf("%s lets %U through: %q", line, r, text)
				}
			}
		}
	}
	s := newServer(t, job("x", hostile))
	if r := s.jobx(t, "", "scale", "x", "--replicas", "3", "-o", "jsonpath={.metadata.annotations.note}"); r.code != 0 || r.out != bad {
		t.Errorf("into a pipe: exit code %d, %q, want it as it is: %s", r.code, r.out, r.stderr)
	}
}
