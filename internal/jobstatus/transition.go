package jobstatus

import (
	"fmt"
	"strconv"
	"time"
)

// Transition is one thing that has happened between two statuses.
type Transition struct {
	Kind    TransitionKind `json:"kind"`
	At      time.Time      `json:"at"` // when it happened, as far as the objects tell; else when it was seen
	Subject Subject        `json:"subject"`
	// From and To are the states of a StateChanged.
	From State `json:"from,omitempty"`
	To   State `json:"to,omitempty"`
	// Reason is one word, Detail untrusted text that goes with it.
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`

	Pod      *Pod      `json:"pod,omitempty"`      // the pod after the transition
	Indexes  IndexSet  `json:"indexes,omitempty"`  // of IndexFailed
	Retry    *Retry    `json:"retry,omitempty"`    // of RetryScheduled
	Progress *Progress `json:"progress,omitempty"` // of Progressed
	Event    *Event    `json:"event,omitempty"`    // of EventSeen

	// Message says it in one short line that stays the same from release to release; it may hold untrusted text.
	Message string `json:"message"`
}

// Subject is what a transition happened to.
type Subject struct {
	Kind string `json:"kind"` // "job", "pod" or "index"
	Name string `json:"name"` // an index set's String for indexes
}

// TransitionKind is what happened.
type TransitionKind string

// What can happen.
const (
	StateChanged   TransitionKind = "StateChanged"
	PodCreated     TransitionKind = "PodCreated"
	PodStarted     TransitionKind = "PodStarted"
	PodRestarted   TransitionKind = "PodRestarted" // a container of it (restartPolicy OnFailure)
	PodGotStuck    TransitionKind = "PodStuck"     // it is stuck
	PodGotUnstuck  TransitionKind = "PodUnstuck"
	PodDidSucceed  TransitionKind = "PodSucceeded"
	PodDidFail     TransitionKind = "PodFailed"
	PodEvicted     TransitionKind = "PodEvicted" // a disruption: its end follows
	PodStopping    TransitionKind = "PodStopping"
	PodDeleted     TransitionKind = "PodDeleted"
	IndexFailed    TransitionKind = "IndexFailed" // for good (backoffLimitPerIndex)
	RetryScheduled TransitionKind = "RetryScheduled"
	Obstructed     TransitionKind = "Obstructed" // pods cannot be created, while others run
	Scaled         TransitionKind = "Scaled"
	Progressed     TransitionKind = "Progress"
	EventSeen      TransitionKind = "Event"
	PartLost       TransitionKind = "PartUnavailable"
	PartRegained   TransitionKind = "PartAvailable"
)

// moment is when something happened that the objects tell to be at t: never after the status that shows it.
func (s *Status) moment(t time.Time) time.Time {
	if t.IsZero() || (t.After(s.AsOf) && !s.AsOf.IsZero()) {
		return s.AsOf
	}
	return t
}

func (s *Status) job() Subject { return Subject{"job", s.Name} }

// jobTransitions are those of the Job itself; its change of state comes last, so that a verdict is the last word.
func jobTransitions(prev, next *Status) []Transition {
	var out []Transition
	out = append(out, parts(prev, next)...)
	if prev.Parallelism != next.Parallelism || or(prev.Completions, -1) != or(next.Completions, -1) {
		text := fmt.Sprintf("parallelism %d", next.Parallelism)
		if next.Completions != nil {
			text += fmt.Sprintf(", completions %d", *next.Completions)
		}
		out = append(out, Transition{Kind: Scaled, At: next.AsOf, Subject: next.job(), Message: "scaled: " + text})
	}
	if next.Indexes != nil && prev.Indexes != nil {
		if failed := next.Indexes.Failed.Subtract(prev.Indexes.Failed); len(failed) > 0 {
			name := failed.String()
			out = append(out, Transition{
				Kind: IndexFailed, At: next.AsOf, Subject: Subject{"index", name}, Indexes: failed,
				Message: "index " + name + " failed for good",
			})
		}
	}
	if r := next.newClock(prev); r != nil {
		out = append(out, next.retryScheduled(*r))
	}
	if o := next.Obstacle; o != nil && o.Pods == 0 && next.State != Blocked && (prev.Obstacle == nil || prev.Obstacle.Pods > 0) {
		out = append(out, Transition{
			Kind: Obstructed, At: next.moment(o.Since), Subject: next.job(), Reason: o.Reason, Detail: o.Message,
			Message: "pods cannot be created: " + o.text(),
		})
	}
	if prev.Progress.Done != next.Progress.Done || prev.Progress.Total != next.Progress.Total {
		p := next.Progress
		out = append(out, Transition{Kind: Progressed, At: next.AsOf, Subject: next.job(), Progress: &p, Message: p.text()})
	}
	if prev.State != next.State {
		out = append(out, next.entered(prev.State))
	}
	return out
}

// entered is the change to the state of s.
func (s *Status) entered(from State) Transition {
	at := s.moment(s.Since)
	return Transition{
		Kind: StateChanged, At: at, Subject: s.job(), From: from, To: s.State, Reason: s.Reason, Detail: s.Message,
		Message: joined(string(s.State), joined(s.Reason, s.Message)),
	}
}

// newClock is the back-off clock that has begun to run since prev, of several the one that passes first; nil: none has.
func (s *Status) newClock(prev *Status) *Retry {
	if s.Indexes == nil || s.Indexes.PerIndex == nil {
		if r := s.Retry; r != nil && (prev.Retry == nil || !r.At.Equal(prev.Retry.At)) {
			return r
		}
		return nil
	}
	var begun []Retry
	for i, k := 0, 0; i < len(s.Clocks); i++ {
		for k < len(prev.Clocks) && prev.Clocks[k].Index < s.Clocks[i].Index {
			k++
		}
		if k == len(prev.Clocks) || prev.Clocks[k].Index != s.Clocks[i].Index || !prev.Clocks[k].At.Equal(s.Clocks[i].At) {
			begun = append(begun, s.Clocks[i])
		}
	}
	return soonest(begun)
}

func (s *Status) retryScheduled(r Retry) Transition {
	t := Transition{Kind: RetryScheduled, At: s.moment(r.At.Add(-r.Delay)), Subject: s.job(), Retry: &r}
	what := "the next pod"
	if r.Index >= 0 {
		t.Subject = Subject{"index", strconv.FormatInt(int64(r.Index), 10)}
		what = fmt.Sprintf("index %d", r.Index)
	}
	t.Message = fmt.Sprintf("%s is tried again in %s, attempt %d of %d", what, r.Delay, r.Attempt, r.Of)
	return t
}

func (p Progress) text() string {
	if p.Total == 0 {
		return fmt.Sprintf("%d %s", p.Done, p.Unit)
	}
	return fmt.Sprintf("%d/%d %s", p.Done, p.Total, p.Unit)
}

// parts tells what can no longer be read, or can again.
func parts(prev, next *Status) []Transition {
	var out []Transition
	for _, part := range []Part{PodsPart, EventsPart} {
		was, is := prev.Unavailable[part], next.Unavailable[part]
		switch {
		case is != "" && was == "":
			out = append(out, Transition{
				Kind: PartLost, At: next.AsOf, Subject: next.job(), Reason: string(part), Detail: is,
				Message: string(part) + " cannot be read: " + is,
			})
		case is == "" && was != "":
			out = append(out, Transition{
				Kind: PartRegained, At: next.AsOf, Subject: next.job(), Reason: string(part),
				Message: string(part) + " can be read again",
			})
		}
	}
	return out
}
