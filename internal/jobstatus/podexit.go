package jobstatus

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// exitOf is how the container that decided the pod's end ended: of a failed pod the first to fail, of one that
// succeeded the first container, of one that is restarted the last run. Nil: nothing has ended.
func exitOf(pod *corev1.Pod) *Exit {
	if pod.Status.Phase == corev1.PodSucceeded { // however its sidecars were stopped
		return firstEnd(pod)
	}
	if e := firstFailure(pod, currentEnd); e != nil {
		return e.because(pod)
	}
	if pod.Status.Phase == corev1.PodFailed {
		// Evicted, out of its deadline, or lost with its node: no container says why.
		return (&Exit{}).because(pod)
	}
	e := firstFailure(pod, lastEnd)
	if e != nil {
		e.Before = true
	}
	return e
}

func firstEnd(pod *corev1.Pod) *Exit {
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		if t := c.State.Terminated; t != nil {
			return newExit(c.Name, t)
		}
	}
	return nil
}

func currentEnd(c *corev1.ContainerStatus) *corev1.ContainerStateTerminated {
	return c.State.Terminated
}

func lastEnd(c *corev1.ContainerStatus) *corev1.ContainerStateTerminated {
	return c.LastTerminationState.Terminated
}

// firstFailure is the failed container that ended first: the others may have been stopped because of it. A sidecar
// counts only when no other container failed.
func firstFailure(pod *corev1.Pod, end func(*corev1.ContainerStatus) *corev1.ContainerStateTerminated) *Exit {
	var found *Exit
	var when time.Time
	look := func(c *corev1.ContainerStatus) {
		if t := end(c); t != nil && t.ExitCode != 0 && (found == nil || t.FinishedAt.Time.Before(when)) {
			found, when = newExit(c.Name, t), t.FinishedAt.Time
		}
	}
	var sidecars []*corev1.ContainerStatus
	for i := range pod.Status.InitContainerStatuses {
		c := &pod.Status.InitContainerStatuses[i]
		if sidecar(pod, c.Name) {
			sidecars = append(sidecars, c)
			continue
		}
		look(c)
	}
	for i := range pod.Status.ContainerStatuses {
		look(&pod.Status.ContainerStatuses[i])
	}
	if found == nil {
		for _, c := range sidecars {
			look(c)
		}
	}
	return found
}

func newExit(container string, t *corev1.ContainerStateTerminated) *Exit {
	e := &Exit{Container: container, Code: t.ExitCode, Signal: t.Signal, Reason: t.Reason, Message: t.Message}
	// Runtimes report a death by signal as 128+n, as a shell does, and leave the signal out.
	if e.Signal == 0 && e.Code > 128 && e.Code < 128+32 {
		e.Signal = e.Code - 128
	}
	return e
}

// because adds what the pod itself says about its end, which goes before what its containers say: a container that was
// killed because its pod was evicted says only that it was killed.
func (e *Exit) because(pod *corev1.Pod) *Exit {
	if pod.Status.Reason != "" {
		e.Reason = pod.Status.Reason
		if pod.Status.Message != "" {
			e.Message = pod.Status.Message
		}
	} else if c := findPodCondition(pod, corev1.DisruptionTarget); c != nil && c.Status == corev1.ConditionTrue {
		e.Reason = c.Reason
		if e.Message == "" {
			e.Message = c.Message
		}
	}
	return e
}
