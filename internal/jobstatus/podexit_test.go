package jobstatus

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// withSidecar gives a pod a sidecar that was stopped by a signal when the others had ended, and had been restarted twice, and
// an init container that took four tries.
func withSidecar(p *corev1.Pod) {
	always := corev1.ContainerRestartPolicyAlways
	p.Spec.InitContainers = []corev1.Container{{Name: "init"}, {Name: "side", RestartPolicy: &always}}
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{
		{Name: "init", RestartCount: 3, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}},
		{Name: "side", RestartCount: 2, Started: ptr(true), State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 143, FinishedAt: ago(0)}}},
	}
}

// TestExit: of a pod that succeeded its own container tells the exit code, however its sidecars were stopped.
func TestExit(t *testing.T) {
	for name, c := range map[string]struct {
		pod       *corev1.Pod
		container string
		code      int32
	}{
		"succeeded":                     {aPod(1, ended(0, time.Second)), "main", 0},
		"succeeded, sidecar stopped":    {aPod(1, ended(0, time.Second), withSidecar), "main", 0},
		"failed":                        {aPod(1, ended(3, time.Second)), "main", 3},
		"failed, sidecar stopped":       {aPod(1, ended(3, time.Second), withSidecar), "main", 3},
		"failed, and only a sidecar is": {aPod(1, ended(0, time.Second), withSidecar, func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }), "side", 143},
	} {
		if e := exitOf(c.pod); e == nil || e.Container != c.container || e.Code != c.code {
			t.Errorf("%s: %+v, want %s %d", name, e, c.container, c.code)
		}
	}
}

// TestWhichRunEnded: the run that is told of is the present one or the one before, however often others were started.
func TestWhichRunEnded(t *testing.T) {
	failed := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 3, FinishedAt: ago(time.Second)}}
	waits := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	runs := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	for name, c := range map[string]struct {
		state, last corev1.ContainerState
		before      bool
	}{
		"it runs":             {runs, failed, true},
		"it waits":            {waits, failed, true},
		"it has failed again": {failed, failed, false},
		"it was never started again, and another container was": {failed, corev1.ContainerState{}, false},
	} {
		pod := aPod(1, func(p *corev1.Pod) {
			main := &p.Status.ContainerStatuses[0]
			main.State, main.LastTerminationState = c.state, c.last
			p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{Name: "other", RestartCount: 1, State: runs})
		})
		if e := exitOf(pod); e == nil || e.Container != "main" || e.Before != c.before {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestRestarts: the number is kubectl's. The controller's sum for backoffLimit has all of them.
func TestRestarts(t *testing.T) {
	running := func(p *corev1.Pod) { p.Status.ContainerStatuses[0].RestartCount = 1 }
	initializing := func(p *corev1.Pod) {
		p.Status.Phase, p.Status.Conditions = corev1.PodPending, nil
		p.Status.InitContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
		p.Status.InitContainerStatuses[1].RestartCount = 0
	}
	for name, c := range map[string]struct {
		pod        *corev1.Pod
		shown, all int32
	}{
		"one container": {aPod(1, running), 1, 1},
		"initialized":   {aPod(1, ended(0, time.Second), running, withSidecar), 3, 6},
		"initializing":  {aPod(1, withSidecar, initializing), 3, 3},
	} {
		r := makeRow(c.pod, nil)
		if r.shown.Restarts != c.shown || r.restarts != c.all {
			t.Errorf("%s: %d shown, %d in all, want %d and %d", name, r.shown.Restarts, r.restarts, c.shown, c.all)
		}
	}
}

// TestWhoseAttemptsAreNumbered: pods are attempts at an index, or at a Job's single success, and at nothing else.
func TestWhoseAttemptsAreNumbered(t *testing.T) {
	for name, c := range map[string]struct {
		parallelism, completions *int32
		want                     int32 // of the second pod
	}{
		"one":                         {nil, nil, 2},
		"one worker":                  {ptr(int32(1)), nil, 2},
		"five, one after the other":   {ptr(int32(1)), ptr(int32(5)), 0},
		"two workers for one success": {ptr(int32(2)), ptr(int32(1)), 0},
	} {
		job := aJob()
		job.Spec.CompletionMode, job.Spec.Parallelism, job.Spec.Completions = nil, c.parallelism, c.completions
		pods := []Pod{OnePod(aPod(1)), OnePod(aPod(2))}
		for i := range pods {
			pods[i].Index = -1
		}
		NumberAttempts(job, pods)
		if pods[1].Attempt != c.want || NumbersAttempts(job) != (c.want > 0) {
			t.Errorf("%s: %d, %v", name, pods[1].Attempt, NumbersAttempts(job))
		}
	}
}
