package jobstatus

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// TestTroublesPass: a warning tells why a pod waits only until something tells that it has got further, or until nothing
// more is heard of it.
func TestTroublesPass(t *testing.T) {
	creating := waiting("ContainerCreating")
	since := func(d time.Duration) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.CreationTimestamp = ago(d)
			for i := range p.Status.Conditions {
				p.Status.Conditions[i].LastTransitionTime = ago(d)
			}
		}
	}
	ready := func(status corev1.ConditionStatus, d time.Duration) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{
				Type: corev1.PodReadyToStartContainers, Status: status, LastTransitionTime: ago(d),
			})
		}
	}
	init := func(state, last corev1.ContainerState) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "init", State: state, LastTerminationState: last}}
		}
	}
	runs := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	has := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}
	waits := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "PodInitializing"}}
	for _, c := range []struct {
		name   string
		pod    []func(*corev1.Pod)
		reason string
		last   time.Duration // when it was last heard of, before noon
		stuck  bool
	}{
		{"the mount fails", nil, "FailedMount", 50 * time.Second, true},
		{"an init container runs", as(init(runs, corev1.ContainerState{})), "FailedMount", 50 * time.Second, false},
		{"an init container has run", as(init(has, corev1.ContainerState{})), "FailedMount", 50 * time.Second, false},
		{"an init container runs again soon", as(init(waits, has)), "FailedMount", 50 * time.Second, false},
		{"no init container has run", as(init(waits, corev1.ContainerState{})), "FailedMount", 50 * time.Second, true},
		{"the volumes are there", as(ready(corev1.ConditionTrue, 40*time.Second)), "FailedMount", 50 * time.Second, false},
		{"the volumes were there, and no longer are", as(ready(corev1.ConditionTrue, 55*time.Second)), "FailedMount", 50 * time.Second, true},
		{"the volumes are not there", as(ready(corev1.ConditionFalse, 40*time.Second)), "FailedMount", 50 * time.Second, true},
		{"once, at the start, and never again", as(since(95 * time.Second)), "FailedMount", 94 * time.Second, false},
		{"a volume is attached slowly", as(since(95 * time.Second)), "FailedAttachVolume", 94 * time.Second, true},
		{"and never heard of again", as(since(185 * time.Second)), "FailedAttachVolume", 184 * time.Second, false},
		{"the mount times out", as(since(260 * time.Second)), "FailedMount", 135 * time.Second, true},
		{"for long, and one hears little of it", as(since(time.Hour)), "FailedMount", 7 * time.Minute, true},
		{"a claim, which is tried ever more slowly", as(since(time.Hour)), "FailedResourceClaimCreation", 16 * time.Minute, true},
		{"for long, and no more", as(since(time.Hour)), "FailedMount", 8 * time.Minute, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Snapshot
			e := anEvent("e", c.reason, "pod-1", c.last)
			got := apply(&s, Change{Job: aJob()}, Change{Pod: aPod(1, append(as(creating), c.pod...)...)}, Change{Event: e}).Pods[0]
			if (got.Phase == PodStuck) != c.stuck || (got.Phase == PodPending) == c.stuck {
				t.Errorf("%s, %s: %s", got.Phase, got.Reason, got.Message)
			}
		})
	}
}

// TestATroublePassesWithTime: a look at another moment is another status, and the one before stays as it is.
func TestATroublePassesWithTime(t *testing.T) {
	var s Snapshot
	s.Apply(Change{Job: aJob()})
	s.Apply(Change{Pod: aPod(1, waiting("ContainerCreating"))})
	s.Apply(Change{Event: anEvent("e", "FailedMount", "pod-1", 50*time.Second)})
	stuck, passed, again := Compute(s, noon()), Compute(s, noon().Add(time.Minute)), Compute(s, noon())
	if stuck.Obstacle == nil || passed.Obstacle != nil || again.Obstacle == nil {
		t.Errorf("%+v, a minute later %+v, before that again %+v", stuck.Obstacle, passed.Obstacle, again.Obstacle)
	}
	if stuck.Pods[0].Phase != PodStuck || passed.Pods[0].Phase != PodPending {
		t.Errorf("%s, a minute later %s", stuck.Pods[0].Phase, passed.Pods[0].Phase)
	}
}
