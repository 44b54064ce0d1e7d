package jobstatus

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// stuckWaits are the reasons of a waiting container that stay until somebody mends something. They come from
// pkg/kubelet/images/types.go, pkg/kubelet/kuberuntime/kuberuntime_container.go and pkg/kubelet/container/sync_result.go.
// CrashLoopBackOff is none of them: the container runs again by itself, and the Job's backoffLimit ends it.
func stuckWait(reason string) bool {
	switch reason {
	case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError",
		"RegistryUnavailable", "SignatureValidationFailed", "ErrImageVolumeMountFailed",
		"CreateContainerConfigError", "CreateContainerError", "RunContainerError",
		"PreCreateHookError", "PreStartHookError", "PostStartHookError",
		"CreatePodSandboxError", "ConfigPodSandboxError":
		return true
	default:
		return false
	}
}

// stuckEvent says whether a warning about a pod that has no container yet tells why: nothing in the pod's own status
// does then.
func stuckEvent(reason string) bool {
	switch reason {
	case "FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "NetworkNotReady":
		return true
	default:
		return false
	}
}

// wait is why a pod does not run.
type wait struct {
	reason, message string
	since           time.Time
	stuck           bool
}

// waitOf says what a pod that has not ended waits for; the zero value: nothing. trouble is the newest warning about it.
func waitOf(pod *corev1.Pod, trouble *corev1.Event) wait {
	if c := findPodCondition(pod, corev1.PodScheduled); c != nil && c.Status == corev1.ConditionFalse {
		since := c.LastTransitionTime.Time
		if since.IsZero() {
			since = pod.CreationTimestamp.Time
		}
		return wait{c.Reason, c.Message, since, c.Reason == corev1.PodReasonUnschedulable}
	}
	found := waitOfContainers(pod)
	if found.stuck || pod.Status.Phase != corev1.PodPending {
		return found
	}
	if trouble != nil && stuckEvent(trouble.Reason) {
		return wait{trouble.Reason, trouble.Message, firstSeen(trouble), true}
	}
	return found
}

// waitOfContainers finds the wait that stands most in the way: a stuck one, else the first.
func waitOfContainers(pod *corev1.Pod) wait {
	var found wait
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range list {
			w := list[i].State.Waiting
			if w == nil || w.Reason == "" {
				continue
			}
			stuck := stuckWait(w.Reason)
			if found.reason != "" && (found.stuck || !stuck) {
				continue
			}
			found = wait{w.Reason, w.Message, waitingSince(pod, &list[i]), stuck}
		}
	}
	return found
}

// waitingSince is the best that the status tells: no container says since when it waits.
func waitingSince(pod *corev1.Pod, c *corev1.ContainerStatus) time.Time {
	if t := c.LastTerminationState.Terminated; t != nil {
		return t.FinishedAt.Time
	}
	if t := scheduledAt(pod); !t.IsZero() {
		return t
	}
	return pod.CreationTimestamp.Time
}
