package logstream

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// container is a container of a pod and what is known about it.
type container struct {
	pod      *corev1.Pod
	spec     corev1.Container
	kind     Kind
	position int
	status   *corev1.ContainerStatus // nil: nothing is known yet
}

// Containers are the names of a pod's containers in the order in which they start.
func Containers(pod *corev1.Pod) []string {
	var names []string
	for _, c := range containers(pod) {
		names = append(names, c.spec.Name)
	}
	return names
}

func containers(pod *corev1.Pod) []container {
	var all []container
	add := func(spec corev1.Container, kind Kind, statuses []corev1.ContainerStatus) {
		c := container{pod: pod, spec: spec, kind: kind, position: len(all)}
		if i := slices.IndexFunc(statuses, func(s corev1.ContainerStatus) bool { return s.Name == spec.Name }); i >= 0 {
			c.status = &statuses[i]
		}
		all = append(all, c)
	}
	for _, spec := range pod.Spec.InitContainers {
		kind := Init
		if spec.RestartPolicy != nil && *spec.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			kind = Sidecar
		}
		add(spec, kind, pod.Status.InitContainerStatuses)
	}
	for _, spec := range pod.Spec.Containers {
		add(spec, App, pod.Status.ContainerStatuses)
	}
	for _, spec := range pod.Spec.EphemeralContainers {
		add(corev1.Container{Name: spec.Name}, Ephemeral, pod.Status.EphemeralContainerStatuses)
	}
	return all
}

// containers are those that are wanted of a pod.
func (p Planner) containers(pod *corev1.Pod) []container {
	sel, named := p.Select, pod.Annotations[jobstatus.DefaultContainer]
	all := containers(pod)
	if !slices.ContainsFunc(all, func(c container) bool { return c.spec.Name == named }) {
		named = ""
	}
	return slices.DeleteFunc(all, func(c container) bool {
		switch {
		case sel.All:
			return false
		case sel.Container != "":
			return c.spec.Name != sel.Container
		case c.kind == Init:
			return !sel.Init && c.spec.Name != named
		case c.kind == Sidecar:
			return !sel.Sidecars && c.spec.Name != named
		case c.kind == Ephemeral:
			return c.spec.Name != named
		default:
			return named != "" && c.spec.Name != named
		}
	})
}

func (c container) restarts() int32 {
	if c.status == nil {
		return 0
	}
	return c.status.RestartCount
}

// lost is how many runs the node has forgotten: it keeps the current one and the one before.
func (c container) lost() int32 {
	if c.status == nil {
		return 0
	}
	kept := int32(1)
	if _, previous := c.previous(); previous {
		kept = 2
	}
	return max(0, c.status.RestartCount+1-kept)
}

// previous is the run before the current one, if the node keeps it.
func (c container) previous() (*corev1.ContainerStateTerminated, bool) {
	if c.status == nil || c.status.RestartCount == 0 || c.betweenRuns() {
		return nil, false
	}
	last := c.status.LastTerminationState.Terminated
	return last, last != nil
}

// betweenRuns says that there is no container: it waits to be started again, or its pod ended while it did. Then its last
// run counts as the current one: that is the log the kubelet gives (validateContainerLogStatus in pkg/kubelet).
func (c container) betweenRuns() bool {
	s := c.status.State
	return s.Running == nil && (s.Terminated == nil || s.Terminated.ContainerID == "")
}

// waitsAgain says that the container has run and is between two runs.
func (c container) waitsAgain() bool {
	return c.status != nil && c.betweenRuns() && c.status.LastTerminationState.Terminated != nil
}

// runs are the runs of a container whose logs can be had, oldest first, and the one that is waited for.
func (c container) runs() []Stream {
	var runs []Stream
	if last, ok := c.previous(); ok {
		s := c.stream(c.status.RestartCount - 1)
		s.ended(last)
		s.Previous = true
		runs = append(runs, s)
	}
	s := c.stream(c.restarts())
	s.Previous = c.waitsAgain() // by that name it is the same run also when the next one has begun meanwhile
	switch state := c.state(); {
	case state.Running != nil:
		s.Phase, s.Started = Running, state.Running.StartedAt.Time
		if c.pod.Status.Phase == corev1.PodFailed || c.pod.Status.Phase == corev1.PodSucceeded {
			s.Phase = Ended // of a node that is lost nobody tells more: the control plane has marked its pods
		}
	case state.Terminated != nil:
		s.ended(state.Terminated)
	default:
		s.waits(state.Waiting)
	}
	return append(runs, s)
}

// state is the container's state; between two runs, how it ended.
func (c container) state() corev1.ContainerState {
	switch {
	case c.status == nil:
		return corev1.ContainerState{}
	case c.waitsAgain():
		return c.status.LastTerminationState
	default:
		return c.status.State
	}
}

func (c container) stream(run int32) Stream {
	return Stream{
		Key:       Key{Pod: c.pod.UID, Container: c.spec.Name, Run: run},
		Object:    c.pod,
		Kind:      c.kind,
		Position:  c.position,
		PodFailed: c.pod.Status.Phase == corev1.PodFailed,
	}
}

func (s *Stream) ended(t *corev1.ContainerStateTerminated) {
	s.Phase, s.ExitCode, s.Reason, s.Message = Ended, t.ExitCode, t.Reason, t.Message
	s.Started, s.Finished = t.StartedAt.Time, t.FinishedAt.Time
	if t.ContainerID == "" && t.StartedAt.IsZero() {
		s.Phase = Never // it could not even be created: there is no log
	}
}

// waits says why a container has not started, from the container or else from its pod.
func (s *Stream) waits(w *corev1.ContainerStateWaiting) {
	s.Phase = Waiting
	if w != nil {
		s.Reason, s.Message = w.Reason, w.Message
	}
	pod := s.Object
	if over := pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded; over {
		s.Phase, s.Reason, s.Message = Never, pod.Status.Reason, pod.Status.Message
		return
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			s.Reason, s.Message = c.Reason, c.Message
		}
	}
	if s.Reason == "" {
		s.Reason = "Pending"
	}
}
