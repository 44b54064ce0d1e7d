package jobstatus

import (
	"cmp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Bounds of what a snapshot keeps beside the Job and its pods. A Job of 10,000 pods makes ten thousand events of its
// own; the newest tell what goes on.
const (
	maxEvents = 1000
	maxEarly  = 20000
)

func (s *Snapshot) applyEvent(e *corev1.Event) {
	if s.Job == nil {
		s.memo.hold(Change{Event: e})
		return
	}
	if !s.concerns(e) {
		s.memo.holdEvent(e)
		return
	}
	if known := s.Events[e.UID]; known != nil && stale(known.ResourceVersion, e.ResourceVersion) {
		return
	}
	s.Events[e.UID] = e
	s.memo.noteEvent(e)
	if len(s.Events) > maxEvents+maxEvents/4 {
		s.trimEvents()
	}
}

// concerns says whether the event is about the Job or a pod of it that is or was known.
func (s *Snapshot) concerns(e *corev1.Event) bool {
	about := e.InvolvedObject.UID
	return about == s.Job.UID || s.memo.rows[about] != nil
}

// adoptEvents takes in the events that came before their pod.
func (s *Snapshot) adoptEvents(pod types.UID) {
	for _, e := range s.memo.claim(pod) {
		s.applyEvent(e)
	}
}

// adoptEarly takes in, now that the Job is known, what came before it.
func (s *Snapshot) adoptEarly() {
	early := s.memo.early
	s.memo.early = nil
	for _, c := range early {
		s.Apply(c)
	}
}

// trimEvents drops the oldest events.
func (s *Snapshot) trimEvents() {
	all := make([]*corev1.Event, 0, len(s.Events))
	for _, e := range s.Events {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *corev1.Event) int { return compareEvents(b, a) })
	for _, e := range all[maxEvents:] {
		delete(s.Events, e.UID)
	}
}

// compareEvents orders events by when they happened last; the UID makes the order a total one.
func compareEvents(a, b *corev1.Event) int {
	return cmp.Or(LastSeen(a).Compare(LastSeen(b)), cmp.Compare(a.UID, b.UID))
}

// LastSeen is when an event happened last, whichever of the API's fields says it.
func LastSeen(e *corev1.Event) time.Time {
	last := e.LastTimestamp.Time
	if e.Series != nil && e.Series.LastObservedTime.After(last) {
		last = e.Series.LastObservedTime.Time
	}
	if last.IsZero() {
		last = e.EventTime.Time
	}
	if last.IsZero() {
		last = firstSeen(e)
	}
	return last
}

// firstSeen is when an event happened first.
func firstSeen(e *corev1.Event) time.Time {
	switch {
	case !e.FirstTimestamp.IsZero():
		return e.FirstTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	default:
		return e.CreationTimestamp.Time
	}
}

// Times is how often an event happened.
func Times(e *corev1.Event) int32 {
	if e.Series != nil {
		return max(1, e.Series.Count)
	}
	return max(1, e.Count)
}
