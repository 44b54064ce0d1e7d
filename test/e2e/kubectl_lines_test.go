//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// TestDescribeHoldsEveryLineOfKubectl applies every example, and objects with all parts there are, and holds each line of
// kubectl describe against jobx's page: it must stand in ours, below the same lines and in the same order, blanks and ages
// aside.
func TestDescribeHoldsEveryLineOfKubectl(t *testing.T) {
	l := newLab(t)
	name := "e2e-kubectl-lines-" + strings.ToLower(rand.Text()[:6])
	if err := l.makeNamespace(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context is over by now.
		if err := l.client.CoreV1().Namespaces().Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			t.Errorf("namespace %s is left: %v", name, err)
		}
	})
	config := l.config.DeepCopy()
	config.Contexts[config.CurrentContext].Namespace = name
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		t.Fatal(err)
	}
	run := func(program string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, stderr.String())
		}
		return string(out)
	}
	files, err := filepath.Glob(filepath.Join(l.repository, "examples", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		if strings.Contains(file, "v1beta1") {
			continue // kubectl cannot read it
		}
		run("kubectl", "apply", "-f", file)
	}
	run("kubectl", "apply", "-f", "everything.yaml")
	objects := strings.Fields(run("kubectl", "get", "jobs,cronjobs", "-o", "name"))
	if len(objects) < 10 {
		t.Fatalf("only %v were made", objects)
	}
	for _, object := range objects {
		name := strings.Replace(object, ".batch", "", 1)
		t.Run(name, func(t *testing.T) { compareLines(t, run, name) })
	}
}

// compareLines tries until both programs saw the same state: the Jobs go on meanwhile.
func compareLines(t *testing.T, run func(string, ...string) string, object string) {
	t.Helper()
	var missing []string
	deadline := time.Now().Add(patience)
	for {
		theirs, ours := run("kubectl", "describe", object), run("kubectl-jobx", "describe", object)
		if missing = notHeld(theirs, ours); len(missing) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("kubectl's lines that are missing in ours:\n%s\nours:\n%s", strings.Join(missing, "\n"), ours)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

var (
	blanks    = regexp.MustCompile(`\s+`)
	eventLine = regexp.MustCompile(`^(Normal|Warning) (\S+) (?:\S+ \(x\d+ over \S+\)|\S+) (\S+) (.*)$`)
	shortened = regexp.MustCompile(`,?\.\.\.$`) // kubectl cuts long lists of indexes
)

// pageLine is a line of a page with those that stand below it, further to the right.
type pageLine struct {
	text   string
	indent int
	below  []*pageLine
}

// linesOf reads a page by its indentation. Blanks and the bar before further lines of a value are nothing of their own.
func linesOf(page string) *pageLine {
	root := &pageLine{indent: -1}
	open := []*pageLine{root}
	for _, line := range strings.Split(page, "\n") {
		bare := strings.TrimLeft(line, " ")
		text := strings.TrimPrefix(strings.TrimSpace(blanks.ReplaceAllString(bare, " ")), "| ")
		if text == "" || strings.HasPrefix(text, "----") {
			continue
		}
		l := &pageLine{text: text, indent: len(line) - len(bare)}
		for open[len(open)-1].indent >= l.indent {
			open = open[:len(open)-1]
		}
		parent := open[len(open)-1]
		parent.below = append(parent.below, l)
		open = append(open, l)
	}
	root.flatten()
	return root
}

// flatten puts the lines of annotations side by side: kubectl begins a long value on a line of its own, jobx beside its key.
func (l *pageLine) flatten() {
	for _, line := range l.below {
		if !strings.HasPrefix(line.text, "Annotations:") {
			line.flatten()
			continue
		}
		var all []*pageLine
		line.each(func(below *pageLine) {
			last := line
			if len(all) > 0 {
				last = all[len(all)-1]
			}
			if strings.HasSuffix(last.text, ":") {
				last.text += " " + below.text
			} else {
				all = append(all, &pageLine{text: below.text})
			}
		})
		line.below = all
	}
}

func (l *pageLine) each(visit func(*pageLine)) {
	for _, line := range l.below {
		visit(line)
		line.each(visit)
	}
}

// notHeld returns kubectl's lines that ours lack, each where it belongs and in their order.
func notHeld(theirs, ours string) []string {
	return linesOf(theirs).missingIn(linesOf(ours))
}

func (l *pageLine) missingIn(ours *pageLine) []string {
	var missing []string
	next := 0
	for _, line := range l.below {
		if line.text == "Type Reason Age From Message" {
			continue
		}
		if l.text == "Events:" {
			next = 0 // those of one second come in any order
		}
		at := next
		for at < len(ours.below) && !line.heldBy(ours.below[at]) {
			at++
		}
		if at == len(ours.below) {
			missing = append(missing, l.text+" > "+line.text)
			continue
		}
		next = at + 1
		missing = append(missing, line.missingIn(ours.below[at])...)
	}
	return missing
}

// heldBy says whether a line of ours says what kubectl's does: it may go on where kubectl's ends.
func (l *pageLine) heldBy(ours *pageLine) bool {
	if m := eventLine.FindStringSubmatch(l.text); m != nil {
		for _, want := range m[1:] {
			if !strings.Contains(ours.text, want) {
				return false
			}
		}
		return true
	}
	return strings.HasPrefix(ours.text, shortened.ReplaceAllString(l.text, ""))
}

// The control: a line that is missing, in another section or out of order must be noticed.
func TestNotHeldNoticesWhatIsMissing(t *testing.T) {
	const theirs = "Name:   x\nPod Template:\n  Labels:  a=b\n           c=d\n  Volumes:\n   v:\n    Type:  T\n    Medium:\nEvents:\n  Normal  Completed  3s  job-controller  Job completed\n"
	const ours = "Name: x\nMore: y\nPod Template:\n  Labels: a=b\n          c=d\n  Volumes:\n    v:\n      Type: T (more)\n      Medium:\nEvents:\n  Normal  Completed  3s  job-controller  job/x  Job completed\n"
	if got := notHeld(theirs, ours); len(got) != 0 {
		t.Errorf("missing: %q", got)
	}
	for what, change := range map[string][2]string{
		"an event":           {"Normal  Completed", "Normal  Created"},
		"a value":            {"Type: T", "Type: U"},
		"another section":    {"  Volumes:\n", "More:\n"},
		"another order":      {"      Type: T (more)\n      Medium:\n", "      Medium:\n      Type: T (more)\n"},
		"a line of a value":  {"          c=d\n", ""},
		"another place":      {"          c=d\n", "  c=d\n"},
		"the beginning only": {"Name: x", "Full Name: x"},
	} {
		if got := notHeld(theirs, strings.Replace(ours, change[0], change[1], 1)); len(got) == 0 {
			t.Errorf("%s was not noticed", what)
		}
	}
}
