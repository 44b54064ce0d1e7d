//go:build !windows

package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/ptytest"
)

// hostile is text that acts on a terminal, turns around what stands beside it, and wants a line of its own.
const hostile = "x\x1b[31m\x1b]0;title\x07\u009b2J\u009d0;t\u009c\r\b\x7f\u202e\u2066\ufeff\u2028FORGED\u0085FORGED\vFORGED\fFORGED\nFORGED: yes"

// evil is a server whose objects say hostile things wherever they may say something.
func evil(t *testing.T) []string {
	t.Helper()
	server := apistub.New()
	t.Cleanup(server.Close)
	one, yes := int32(1), true
	start := metav1.NewTime(time.Now().Add(-time.Minute))
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "n", Name: "evil", UID: "u", CreationTimestamp: start, Annotations: map[string]string{"a": hostile}, Labels: map[string]string{"l": hostile},
		},
		Spec: batchv1.JobSpec{
			Completions: &one, Parallelism: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: "u"}},
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{
				Name: "c", Image: hostile, Command: []string{hostile}, Env: []corev1.EnvVar{{Name: "E", Value: hostile}},
			}}}},
		},
		Status: batchv1.JobStatus{StartTime: &start, Failed: 1, Conditions: []batchv1.JobCondition{{
			Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded", Message: hostile, LastTransitionTime: metav1.Now(),
		}}},
	}
	server.Put(job)
	server.Put(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "n", Name: "evil-p", UID: "p", CreationTimestamp: start, Annotations: map[string]string{"a": hostile},
			Labels:          map[string]string{batchv1.JobNameLabel: "evil", batchv1.ControllerUidLabel: "u"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "evil", UID: "u", Controller: &yes}},
		},
		Spec: corev1.PodSpec{NodeName: hostile, Containers: []corev1.Container{{Name: "c"}}},
		Status: corev1.PodStatus{Phase: corev1.PodFailed, Reason: hostile, Message: hostile, ContainerStatuses: []corev1.ContainerStatus{{
			Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: hostile, Message: hostile, FinishedAt: metav1.Now()}},
		}}},
	})
	server.Put(&corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "e", UID: "e"}, InvolvedObject: corev1.ObjectReference{Kind: "Job", Name: "evil", UID: "u"},
		Type: "Warning", Reason: hostile, Message: hostile, LastTimestamp: metav1.Now(), Source: corev1.EventSource{Component: hostile},
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
	return []string{"KUBECONFIG=" + file, asJobx + "=never"}
}

// T1, T2: on a terminal nothing that the cluster says acts on it, whatever the format; in pages and tables none of it begins a
// line.
func TestT1T2OnATerminal(t *testing.T) {
	env := evil(t)
	colour := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	const templated = "of a template the line breaks are the user's own"
	for line, note := range map[string]string{
		"get": "", "get jobs -o wide": "", "get job evil -o json": "", "get jobs -o yaml": "", "get jobs -o status-json": "", "get jobs -o csv": "",
		"get jobs -o custom-columns=A:.metadata.annotations.a": "", "get jobs -o jsonpath={.items[*].metadata.annotations}": templated,
		"get jobs -o go-template={{range.items}}{{.metadata.annotations.a}}{{end}}": templated,
		"describe evil": "", "describe evil -o json": "", "describe evil -o yaml": "", "why evil": "", "why evil -o json": "", "why evil -o yaml": "",
		"pods evil": "", "pods evil -o wide": "", "pods evil -o json": "", "pods evil -o yaml": "", "pods evil -o csv": "",
		"pods evil -o custom-columns=A:.status.message": "",
	} {
		s := ptytest.Start(t, env, append([]string{os.Args[0]}, strings.Fields(line)...)...)
		code, _ := s.End()
		written := strings.TrimRight(s.Written(), "\x00") // by which the session knows that it has read all
		if code != 0 || !regexp.MustCompile(`evil|x\\x1b|x\\u001b`).MatchString(written) {
			t.Errorf("%s: exit code %d\n%s", line, code, written)
		}
		text := strings.ReplaceAll(colour.ReplaceAllString(written, ""), "\r\n", "\n")
		for _, r := range strings.NewReplacer("\u2068", "", "\u2069", "").Replace(text) {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
				t.Errorf("%s: %U reaches the terminal", line, r)
				break
			}
		}
		for _, row := range strings.Split(text, "\n") {
			if strings.HasPrefix(row, "FORGED") && note == "" {
				t.Errorf("%s: a line is forged: %q", line, row)
			}
		}
		s.Unharmed()
	}
}
