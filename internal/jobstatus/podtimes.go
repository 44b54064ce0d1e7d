package jobstatus

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// finishedAt is when a pod ended, as the Job controller has it: getFinishedTime in
// pkg/controller/job/backoff_utils.go. It makes sense for a pod that ended or was deleted.
func finishedAt(pod *corev1.Pod) time.Time {
	if t := latestEnd(pod); !t.IsZero() {
		return t
	}
	if c := findPodCondition(pod, corev1.PodReady); c != nil && c.Status == corev1.ConditionFalse && !c.LastTransitionTime.IsZero() {
		return c.LastTransitionTime.Time
	}
	if pod.DeletionTimestamp != nil {
		return deletedAt(pod)
	}
	return pod.CreationTimestamp.Time
}

// deletedAt is when the deletion was asked for; the time stamp is that of the end of the grace period.
func deletedAt(pod *corev1.Pod) time.Time {
	var grace int64
	if pod.DeletionGracePeriodSeconds != nil {
		grace = *pod.DeletionGracePeriodSeconds
	}
	return pod.DeletionTimestamp.Add(-time.Duration(grace) * time.Second)
}

// latestEnd is when the last container ended; zero unless all have. Sidecars end after the others.
func latestEnd(pod *corev1.Pod) time.Time {
	var latest time.Time
	ended := func(c *corev1.ContainerStatus) bool {
		if c.State.Terminated == nil || c.State.Terminated.FinishedAt.IsZero() {
			return false
		}
		if t := c.State.Terminated.FinishedAt.Time; t.After(latest) {
			latest = t
		}
		return true
	}
	for i := range pod.Status.ContainerStatuses {
		if !ended(&pod.Status.ContainerStatuses[i]) {
			return time.Time{}
		}
	}
	for i := range pod.Status.InitContainerStatuses {
		c := &pod.Status.InitContainerStatuses[i]
		// While a sidecar runs the pod has not ended.
		if sidecar(pod, c.Name) && !ended(c) {
			return time.Time{}
		}
	}
	return latest
}

// startedAt is when the first container of the newest run started; zero: none has.
func startedAt(pod *corev1.Pod) time.Time {
	var first time.Time
	for i := range pod.Status.ContainerStatuses {
		if t := containerStart(&pod.Status.ContainerStatuses[i]); !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

func containerStart(c *corev1.ContainerStatus) time.Time {
	switch {
	case c.State.Running != nil:
		return c.State.Running.StartedAt.Time
	case c.State.Terminated != nil:
		return c.State.Terminated.StartedAt.Time
	case c.LastTerminationState.Terminated != nil:
		return c.LastTerminationState.Terminated.StartedAt.Time
	default:
		return time.Time{}
	}
}

func scheduledAt(pod *corev1.Pod) time.Time {
	if c := findPodCondition(pod, corev1.PodScheduled); c != nil && c.Status == corev1.ConditionTrue {
		return c.LastTransitionTime.Time
	}
	return time.Time{}
}
