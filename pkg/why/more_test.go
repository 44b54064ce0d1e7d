package why

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

// TestWhichRun: the run before is asked for only where that is the one that is told of.
func TestWhichRun(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	failed := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 3, FinishedAt: metav1.Now()}}
	runs := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	waits := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	for _, c := range []struct {
		name     string
		phase    corev1.PodPhase
		main     corev1.ContainerStatus
		previous bool
	}{
		{"a sidecar was restarted", corev1.PodFailed, corev1.ContainerStatus{State: failed}, false},
		{"it runs again", corev1.PodRunning, corev1.ContainerStatus{RestartCount: 1, State: runs, LastTerminationState: failed}, true},
		{"it waits", corev1.PodRunning, corev1.ContainerStatus{RestartCount: 1, State: waits, LastTerminationState: failed}, true},
		{"it has failed again", corev1.PodFailed, corev1.ContainerStatus{RestartCount: 1, State: failed, LastTerminationState: failed}, false},
	} {
		api := apistub.New()
		api.Logs("line of the log\n")
		job := aJob("crashing")
		c.main.Name = "c"
		pod := aPod(job, corev1.PodStatus{
			Phase: c.phase, ContainerStatuses: []corev1.ContainerStatus{c.main},
			InitContainerStatuses: []corev1.ContainerStatus{{Name: "side", RestartCount: 1, State: corev1.ContainerState{
				Terminated: &corev1.ContainerStateTerminated{FinishedAt: metav1.Now()},
			}}},
		})
		pod.Spec.InitContainers = []corev1.Container{{Name: "side", RestartPolicy: &always}}
		api.Put(job)
		api.Put(pod)
		got := verbtest.Run(t.Context(), t, NewCmd, api, "job/crashing")
		if !strings.Contains(got.Out, "line of the log") || got.Err != nil {
			t.Errorf("%s: %v, no log in\n%s", c.name, got.Err, got.Out)
		}
		for _, r := range api.Requests() {
			if r.Resource == "pods/log" && strings.Contains(r.Query, "previous=true") != c.previous {
				t.Errorf("%s: asked for %s", c.name, r.Query)
			}
		}
		api.Close()
	}
}

// TestLongLines: of lines that are too long to show it is the last one that is kept.
func TestLongLines(t *testing.T) {
	api := apistub.New()
	defer api.Close()
	api.Logs(strings.Repeat(strings.Repeat("ä", 5000)+"\n", 4) + "the last words\n")
	job := aJob("crashing")
	api.Put(job)
	api.Put(aPod(job, corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{
		Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 3, FinishedAt: metav1.Now()}},
	}}}))
	got := verbtest.Run(t.Context(), t, NewCmd, api, "job/crashing -o json")
	if !strings.Contains(got.Out, `the last words"`) || !strings.Contains(got.Out, "…ä") || len(got.Out) > 20<<10 {
		t.Errorf("%d bytes:\n%s", len(got.Out), got.Out)
	}
	for _, r := range api.Requests() {
		if r.Resource == "pods/log" && !strings.Contains(r.Query, "limitBytes=1048576") {
			t.Errorf("asked for %s", r.Query)
		}
	}
}
