package jobstatus

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// stuckWaits are the reasons of a waiting container that stay until somebody mends something. They come from
// pkg/kubelet/images/types.go, pkg/kubelet/kuberuntime/kuberuntime_container.go and pkg/kubelet/container/sync_result.go.
// CrashLoopBackOff is none of them: the container runs again by itself, and the Job's backoffLimit ends it.
func stuckWait(reason string) bool {
	switch reason {
	case "ErrImageVolumeMountFailed", "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
		"PreCreateHookError", "PreStartHookError", "PostStartHookError",
		"CreatePodSandboxError", "ConfigPodSandboxError":
		return true
	default:
		return ImageWait(reason)
	}
}

// ImageWait says whether a container waits with this reason because its image cannot be had.
func ImageWait(reason string) bool {
	switch reason {
	case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError",
		"RegistryUnavailable", "SignatureValidationFailed":
		return true
	default:
		return false
	}
}

// imagesAwaited are the images that cannot be had, each once, in the order of the pod's containers.
func imagesAwaited(pod *corev1.Pod) []string {
	var images []string
	add := func(states []corev1.ContainerStatus, containers []corev1.Container) {
		for i := range states {
			w := states[i].State.Waiting
			if w == nil || !ImageWait(w.Reason) {
				continue
			}
			for k := range containers {
				if c := &containers[k]; c.Name == states[i].Name && !slices.Contains(images, c.Image) {
					images = append(images, c.Image)
				}
			}
		}
	}
	add(pod.Status.InitContainerStatuses, pod.Spec.InitContainers)
	add(pod.Status.ContainerStatuses, pod.Spec.Containers)
	return images
}

// partlyDone tells of a running pod whose work is done and of which other containers go on; nil: there are not both. Which
// container does the work nobody says: it is taken to be the one that kubectl reads the logs of.
func partlyDone(pod *corev1.Pod) *Partly {
	if pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil {
		return nil
	}
	var p Partly
	done, work := false, mainContainer(pod)
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		switch {
		case c.State.Terminated != nil && c.State.Terminated.ExitCode == 0:
			done = done || c.Name == work
			p.Since = later(p.Since, c.State.Terminated.FinishedAt.Time)
		case c.State.Running != nil:
			p.Running = append(p.Running, c.Name)
		}
	}
	if !done || p.Running == nil {
		return nil
	}
	return &p
}

// DefaultContainer is the annotation that names a pod's main container: DefaultContainerAnnotationName in
// k8s.io/kubectl/pkg/cmd/util/podcmd.
const DefaultContainer = "kubectl.kubernetes.io/default-container"

func mainContainer(pod *corev1.Pod) string {
	if name := pod.Annotations[DefaultContainer]; name != "" || len(pod.Spec.Containers) == 0 {
		return name
	}
	return pod.Spec.Containers[0].Name
}

// wait is why a pod does not run.
type wait struct {
	reason, message string
	since           time.Time
	stuck           bool
	scheduled       bool // as far as the pod tells
}

// waitOf says what a pod that has not ended waits for, by its own status; without a reason: nothing.
func waitOf(pod *corev1.Pod) wait {
	if c := findPodCondition(pod, corev1.PodScheduled); c != nil && c.Status == corev1.ConditionFalse {
		since := c.LastTransitionTime.Time
		if since.IsZero() {
			since = pod.CreationTimestamp.Time
		}
		stuck := c.Reason == corev1.PodReasonUnschedulable || c.Reason == corev1.PodReasonSchedulerError
		return wait{c.Reason, c.Message, since, stuck, false}
	}
	found := waitOfContainers(pod)
	found.scheduled = true
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
			found = wait{reason: w.Reason, message: w.Message, since: waitingSince(pod, &list[i]), stuck: stuck}
		}
	}
	return found
}

// waitingSince is the best that the status tells: no container says since when it waits. It is its turn when the init
// containers have ended, and a pod is not ready while it waits. An end that the kubelet did not see has no time
// (ContainerStatusUnknown in convertToAPIContainerStatuses, pkg/kubelet/kubelet_pods.go).
func waitingSince(pod *corev1.Pod, c *corev1.ContainerStatus) time.Time {
	if t := c.LastTerminationState.Terminated; t != nil && !t.FinishedAt.IsZero() {
		return t.FinishedAt.Time
	}
	since := later(pod.CreationTimestamp.Time, scheduledAt(pod))
	if ready := findPodCondition(pod, corev1.PodReady); ready != nil && ready.Status == corev1.ConditionFalse {
		since = later(since, ready.LastTransitionTime.Time)
	}
	for i := range pod.Status.InitContainerStatuses {
		if init := &pod.Status.InitContainerStatuses[i]; init.State.Terminated != nil && !sidecar(pod, init.Name) {
			since = later(since, init.State.Terminated.FinishedAt.Time)
		}
	}
	return since
}
