package logstream

import (
	"slices"
	"strconv"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Selection says which streams are wanted. The zero value wants the app containers of every pod, every run that a node
// still keeps.
type Selection struct {
	Indexes   Indexes // nil: all
	Failed    bool    // those of failed pods and runs; with Succeeded: of either
	Succeeded bool
	Attempt   int32  // 0: all; LastAttempt: the newest; else this one
	Pod       string // "": all

	Container string // by name; "": by what follows
	All       bool   // every container of every kind
	Init      bool   // init containers that run to their end, as well
	Sidecars  bool   // native sidecars, as well
	Previous  bool   // only the run before the current one; between two runs, the last one
}

// LastAttempt selects the newest attempt.
const LastAttempt int32 = -1

// Planner turns pods into streams.
type Planner struct {
	Select Selection
	// Job is the Job whose pods they are; nil for pods of their own. It tells whether pods that follow each other are
	// attempts at the same thing.
	Job *batchv1.Job
	// Numbers remembers which attempt each pod was, so that pods which go do not change the numbers of those that come; nil:
	// the pods there are, are all.
	Numbers *Numbers
}

// Numbers are the attempts that pods were. The zero value knows none.
type Numbers struct {
	first map[types.UID]int32 // attempts before the pod's first
	next  map[string]int32    // attempts of a group that are taken
}

// before is how many attempts came before a pod's first: as the first time, or at least so many.
func (n *Numbers) before(pod types.UID, group string, atLeast int32) int32 {
	if n == nil {
		return atLeast
	}
	if known, ok := n.first[pod]; ok {
		return known
	}
	if n.first == nil {
		n.first, n.next = map[types.UID]int32{}, map[string]int32{}
	}
	n.first[pod] = max(atLeast, n.next[group])
	return n.first[pod]
}

func (n *Numbers) taken(group string, attempts int32) {
	if n != nil {
		n.next[group] = max(n.next[group], attempts)
	}
}

// Lost are runs of a container whose logs no node keeps any more, though they are wanted.
type Lost struct {
	Oldest Stream // that is kept
	Runs   int32  // before it
}

// Plan is what there is to be read.
type Plan struct {
	Streams []Stream // in the order in which they are shown
	Known   []Stream // all there are of the containers that are wanted: also those that the selection leaves out
	Lost    []Lost
}

// thing is what runs are attempts at: what a container does in the pods of a group. A container that is restarted leaves those
// beside it at the attempt that they are.
type thing struct{ group, container string }

// Plan returns the streams of pods. The same pods in any order give the same plan.
func (p Planner) Plan(pods []*corev1.Pod) Plan {
	pods = slices.Clone(pods)
	slices.SortFunc(pods, func(a, b *corev1.Pod) int {
		return compare(Stream{Object: a}, Stream{Object: b})
	})
	var plan Plan
	attempts := map[string]int32{}
	last := map[thing]int32{}
	things := map[Key]thing{}
	for _, pod := range pods {
		group := p.group(pod)
		base := p.Numbers.before(pod.UID, group, max(attempts[group], failuresBefore(pod)))
		restarts := int32(0)
		for _, c := range p.containers(pod) {
			restarts = max(restarts, c.restarts())
			runs := c.runs()
			for i := range runs {
				s := &runs[i]
				s.Index, s.Attempt = index(pod), base+s.Run+1
				of := thing{group, s.Container}
				last[of] = max(last[of], s.Attempt)
				things[s.Key] = of
				plan.Known = append(plan.Known, *s)
			}
			if n := c.lost(); n > 0 && p.wantsLost(runs[0], n) {
				plan.Lost = append(plan.Lost, Lost{Oldest: runs[0], Runs: n})
			}
		}
		attempts[group] = base + restarts + 1
		p.Numbers.taken(group, attempts[group])
	}
	slices.SortStableFunc(plan.Known, compare)
	for _, s := range plan.Known {
		if p.wants(s, last[things[s.Key]]) {
			plan.Streams = append(plan.Streams, s)
		}
	}
	return plan
}

// wants applies what the selection says about a stream; last is the newest attempt at the same thing.
func (p Planner) wants(s Stream, last int32) bool {
	sel := p.Select
	switch {
	case sel.Indexes != nil && !sel.Indexes.Has(s.Index),
		sel.Pod != "" && s.Object.Name != sel.Pod,
		sel.Previous && !s.Previous,
		sel.Attempt == LastAttempt && s.Attempt != last,
		sel.Attempt > 0 && s.Attempt != sel.Attempt:
		return false
	case sel.Failed || sel.Succeeded:
		succeeded := s.Phase == Ended && !s.Failed()
		return (sel.Failed && s.Failed()) || (sel.Succeeded && succeeded)
	default:
		return true
	}
}

// wantsLost says that one of the runs before the oldest that is kept would be shown. They failed: else there would have
// been no other after them.
func (p Planner) wantsLost(oldest Stream, runs int32) bool {
	sel := p.Select
	switch {
	case sel.Previous, sel.Attempt == LastAttempt, sel.Succeeded && !sel.Failed:
		return false
	case sel.Attempt > 0 && (sel.Attempt >= oldest.Attempt || sel.Attempt < oldest.Attempt-runs):
		return false
	}
	anyRun := Planner{Select: Selection{Indexes: sel.Indexes, Pod: sel.Pod}}
	return anyRun.wants(oldest, 0)
}

// group names what the pod is an attempt at: its index of its Job, the Job itself if it runs one pod at a time, or the pod
// alone. A selector may find the pods of several Jobs.
func (p Planner) group(pod *corev1.Pod) string {
	if i := index(pod); i >= 0 {
		var job types.UID
		if ref := metav1.GetControllerOfNoCopy(pod); ref != nil {
			job = ref.UID
		}
		return string(job) + "/" + strconv.Itoa(int(i))
	}
	if p.Job != nil && jobstatus.OneAtATime(p.Job) {
		return "job"
	}
	return string(types.UID("pod/") + pod.UID)
}

// index is the pod's completion index, or -1.
func index(pod *corev1.Pod) int32 {
	text, ok := pod.Annotations[batchv1.JobCompletionIndexAnnotation]
	if !ok {
		text, ok = pod.Labels[batchv1.JobCompletionIndexAnnotation]
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if !ok || err != nil || n < 0 {
		return -1
	}
	return int32(n)
}

// failuresBefore is how often the pod's index failed before it, where the controller keeps count (backoffLimitPerIndex).
func failuresBefore(pod *corev1.Pod) int32 {
	n, err := strconv.ParseInt(pod.Annotations[batchv1.JobIndexFailureCountAnnotation], 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return int32(min(n, mostFailures))
}

// mostFailures bounds what is believed of an annotation, which anybody can write: what is added to it stays a number.
const mostFailures = 1 << 30
