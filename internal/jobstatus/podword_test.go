package jobstatus

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// TestPodWord holds the words against those that printPod gives for the same pods (TestPrintPod in printers_test.go).
func TestPodWord(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	init := func(statuses ...corev1.ContainerStatus) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Status.Phase, p.Status.ContainerStatuses = corev1.PodPending, nil
			p.Spec.InitContainers = []corev1.Container{{Name: "a"}, {Name: "b", RestartPolicy: &always}}
			p.Status.InitContainerStatuses = statuses
		}
	}
	done := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}
	runs := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	for _, tt := range []struct {
		name string
		edit func(*corev1.Pod)
		want string
	}{
		{"running", func(*corev1.Pod) {}, "Running"},
		{"succeeded", ended(0, time.Second), "Completed"},
		{"failed", ended(3, time.Second), "Error"},
		{"first init container", init(corev1.ContainerStatus{Name: "a", State: runs}), "Init:0/2"},
		{"sidecar does not run yet", init(corev1.ContainerStatus{Name: "a", State: done}, corev1.ContainerStatus{Name: "b"}), "Init:1/2"},
		{"sidecar runs", init(corev1.ContainerStatus{Name: "a", State: done}, corev1.ContainerStatus{Name: "b", State: runs, Started: ptr(true)}), "Pending"},
		{"init container failed", init(corev1.ContainerStatus{Name: "a", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 2}}}), "Init:ExitCode:2"},
		{"init container was killed", init(corev1.ContainerStatus{Name: "a", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Signal: 9}}}), "Init:Signal:9"},
		{"init image", init(corev1.ContainerStatus{Name: "a", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull"}}}), "Init:ErrImagePull"},
		{"creating", waiting("ContainerCreating"), "ContainerCreating"},
		{"crash loop", waiting("CrashLoopBackOff"), "CrashLoopBackOff"},
		{"being deleted", deletedPod, "Terminating"},
		{"deleted after its end", func(p *corev1.Pod) { ended(0, time.Second)(p); deletedPod(p) }, "Completed"},
		{"node lost", func(p *corev1.Pod) { deletedPod(p); p.Status.Reason = "NodeLost" }, "Unknown"},
		{"evicted", func(p *corev1.Pod) {
			p.Status.Phase, p.Status.Reason, p.Status.ContainerStatuses = corev1.PodFailed, "Evicted", nil
		}, "Evicted"},
		{"gated", func(p *corev1.Pod) {
			p.Status.Phase, p.Status.ContainerStatuses = corev1.PodPending, nil
			p.Status.Conditions[0].Reason = "SchedulingGated"
		}, "SchedulingGated"},
		{"one of two containers done", func(p *corev1.Pod) {
			p.Status.ContainerStatuses = append([]corev1.ContainerStatus{{Name: "first", State: done}}, p.Status.ContainerStatuses...)
		}, "Running"},
		{"and not ready", func(p *corev1.Pod) {
			p.Status.Conditions[1].Status = corev1.ConditionFalse
			p.Status.ContainerStatuses = append([]corev1.ContainerStatus{{Name: "first", State: done}}, p.Status.ContainerStatuses...)
		}, "NotReady"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := podWord(aPod(1, tt.edit)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestBackOff(t *testing.T) {
	for n, want := range map[int32]time.Duration{
		0: 0, 1: 10 * time.Second, 2: 20 * time.Second, 6: 320 * time.Second, 7: 10 * time.Minute, 1 << 30: 10 * time.Minute,
	} {
		if got := backOff(n); got != want {
			t.Errorf("after %d failures %s, want %s", n, got, want)
		}
	}
}

func TestMaskDigits(t *testing.T) {
	for in, want := range map[string]string{"": "", "no digits": "no digits", "10.0.0.7:80 x": "#.#.#.#:# x"} {
		if got := maskDigits(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
