package jobstatus

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// nodeLost is the reason on a pod whose node does not answer (NodeUnreachablePodReason in pkg/util/node).
const nodeLost = "NodeLost"

// podWord is the STATUS that kubectl prints of a pod. It mirrors the API server's printer: printPod in
// pkg/printers/internalversion/printers.go.
func podWord(pod *corev1.Pod) string {
	word := string(pod.Status.Phase)
	if pod.Status.Reason != "" {
		word = pod.Status.Reason
	}
	for i := range pod.Status.Conditions {
		c := &pod.Status.Conditions[i]
		if c.Type == corev1.PodScheduled && c.Reason == corev1.PodReasonSchedulingGated {
			word = corev1.PodReasonSchedulingGated
		}
	}
	init, initializing := initWord(pod)
	if initializing {
		word = init
	}
	if initialized(pod, initializing) {
		word = containersWord(pod, word)
	}
	switch {
	case pod.DeletionTimestamp == nil:
	case pod.Status.Reason == nodeLost:
		word = "Unknown"
	case !terminal(pod):
		word = "Terminating"
	}
	return word
}

func initialized(pod *corev1.Pod, initializing bool) bool {
	return !initializing || podCondition(pod, corev1.PodInitialized) == corev1.ConditionTrue
}

// podRestarts is how many restarts kubectl shows: while the pod initializes those of its init containers, and then those of
// its sidecars and its other containers (printPod in pkg/printers/internalversion/printers.go).
func podRestarts(pod *corev1.Pod) int32 {
	_, initializing := initWord(pod)
	ready := initialized(pod, initializing)
	n := int32(0)
	for i := range pod.Status.InitContainerStatuses {
		if c := &pod.Status.InitContainerStatuses[i]; !ready || sidecar(pod, c.Name) {
			n += c.RestartCount
		}
	}
	if !ready {
		return n
	}
	for i := range pod.Status.ContainerStatuses {
		n += pod.Status.ContainerStatuses[i].RestartCount
	}
	return n
}

// initWord is the word for a pod that is still initializing, and whether it is.
func initWord(pod *corev1.Pod) (string, bool) {
	for i := range pod.Status.InitContainerStatuses {
		c := &pod.Status.InitContainerStatuses[i]
		ended, waiting := c.State.Terminated, c.State.Waiting
		switch {
		case ended != nil && ended.ExitCode == 0:
			continue
		case sidecar(pod, c.Name) && c.Started != nil && *c.Started:
			continue
		case ended != nil:
			return "Init:" + endWord(ended), true
		case waiting != nil && waiting.Reason != "" && waiting.Reason != "PodInitializing":
			return "Init:" + waiting.Reason, true
		default:
			return fmt.Sprintf("Init:%d/%d", i, len(pod.Spec.InitContainers)), true
		}
	}
	return "", false
}

// containersWord is the word that the pod's containers give it; the first container has the last word.
func containersWord(pod *corev1.Pod, word string) string {
	running, failed := false, ""
	for i := len(pod.Status.ContainerStatuses) - 1; i >= 0; i-- {
		c := &pod.Status.ContainerStatuses[i]
		switch {
		case c.State.Waiting != nil && c.State.Waiting.Reason != "":
			word = c.State.Waiting.Reason
		case c.State.Terminated != nil:
			word = endWord(c.State.Terminated)
			if c.State.Terminated.ExitCode != 0 {
				failed = word
			}
		case c.Ready && c.State.Running != nil:
			running = true
		}
	}
	if word != "Completed" {
		return word
	}
	switch {
	case running && podCondition(pod, corev1.PodReady) == corev1.ConditionTrue:
		return "Running"
	case failed != "":
		return failed
	case running:
		return "NotReady"
	default:
		return word
	}
}

// endWord is the word for a container that ended.
func endWord(t *corev1.ContainerStateTerminated) string {
	switch {
	case t.Reason != "":
		return t.Reason
	case t.Signal != 0:
		return fmt.Sprintf("Signal:%d", t.Signal)
	default:
		return fmt.Sprintf("ExitCode:%d", t.ExitCode)
	}
}

// sidecar says whether the named init container is one that keeps running (restartPolicy Always).
func sidecar(pod *corev1.Pod, name string) bool {
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if c.Name == name {
			return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		}
	}
	return false
}

func podCondition(pod *corev1.Pod, kind corev1.PodConditionType) corev1.ConditionStatus {
	if c := findPodCondition(pod, kind); c != nil {
		return c.Status
	}
	return corev1.ConditionUnknown
}

func findPodCondition(pod *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == kind {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}

// terminal says whether the pod has ended for good.
func terminal(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}
