package logstream

import (
	"cmp"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Key tells one stream from every other: a run of a container of a pod.
type Key struct {
	Pod       types.UID
	Container string
	Run       int32 // the restart count at which the container ran
}

// Kind is what a container is in its pod.
type Kind string

// The kinds.
const (
	App       Kind = "app"
	Init      Kind = "init"
	Sidecar   Kind = "sidecar" // an init container that is restarted always
	Ephemeral Kind = "ephemeral"
)

// Phase is how far a run has come.
type Phase string

// The phases.
const (
	Waiting Phase = "Waiting" // has not started
	Running Phase = "Running"
	Ended   Phase = "Ended"
	Never   Phase = "Never" // did not start and never will: the pod is over
)

// Stream is one run of one container, as its pod tells it.
type Stream struct {
	Key
	Object    *corev1.Pod // read only
	Kind      Kind
	Position  int   // of the container in its pod, in the order in which they start
	Index     int32 // completion index; -1: none
	Attempt   int32 // from 1: within the index, or within the Job if it runs one pod at a time
	Phase     Phase
	Previous  bool // the node gives it as the run before the current one, or the one that is waited for
	Reason    string
	Message   string    // why it waits, or how it ended; untrusted text
	Started   time.Time // zero: unknown
	Finished  time.Time // zero: has not
	ExitCode  int32
	PodFailed bool
}

// PodName is the name of the stream's pod.
func (s Stream) PodName() string { return s.Object.Name }

// JobName is the name of the Job whose pod the stream's is, or "".
func (s Stream) JobName() string {
	if ref := metav1.GetControllerOfNoCopy(s.Object); ref != nil && ref.Kind == "Job" {
		return ref.Name
	}
	return ""
}

// Over says that nothing more will be written.
func (s Stream) Over() bool { return s.Phase == Ended || s.Phase == Never }

// Failed says that the run, or the pod around it, failed.
func (s Stream) Failed() bool {
	return s.PodFailed || (s.Phase == Ended && s.ExitCode != 0)
}

// compare orders streams as they are shown: by index, attempt, pod, container.
func compare(a, b Stream) int {
	return cmp.Or(
		cmp.Compare(a.Index, b.Index),
		cmp.Compare(a.Attempt-a.Run, b.Attempt-b.Run),
		a.Object.CreationTimestamp.Compare(b.Object.CreationTimestamp.Time),
		cmp.Compare(a.Object.Name, b.Object.Name),
		cmp.Compare(a.Run, b.Run),
		cmp.Compare(a.Position, b.Position),
	)
}
