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

// TestDescribeHoldsEveryLineOfKubectl applies every example and holds each line of kubectl describe against jobx's page.
// A line is held when it stands in ours, blanks and ages aside.
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

func notHeld(theirs, ours string) []string {
	page := make([]string, 0, 64)
	for _, line := range strings.Split(ours, "\n") {
		page = append(page, strings.TrimSpace(blanks.ReplaceAllString(line, " ")))
	}
	var missing []string
	for _, line := range strings.Split(theirs, "\n") {
		line = strings.TrimSpace(blanks.ReplaceAllString(line, " "))
		if line == "" || strings.HasPrefix(line, "----") || line == "Type Reason Age From Message" {
			continue
		}
		if !held(line, page) {
			missing = append(missing, line)
		}
	}
	return missing
}

func held(line string, page []string) bool {
	wanted := []string{shortened.ReplaceAllString(line, "")}
	if m := eventLine.FindStringSubmatch(line); m != nil {
		wanted = m[1:]
	}
	for _, ours := range page {
		all := true
		for _, want := range wanted {
			all = all && strings.Contains(ours, want)
		}
		if all {
			return true
		}
	}
	return false
}

// The control: a line that is missing must be noticed.
func TestNotHeldNoticesWhatIsMissing(t *testing.T) {
	if got := notHeld("Name:   x\nEvents:\n  Normal  Completed  3s  job-controller  Job completed\n", "Name: x\nEvents:\n"); len(got) != 1 {
		t.Errorf("missing: %q", got)
	}
}
