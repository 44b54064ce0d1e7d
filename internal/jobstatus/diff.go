package jobstatus

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// Diff says what has happened to a Job between two statuses of it: its pods in order of time, then the Job itself, its
// change of state last. Nothing is lost when several things happened in between: a pod that came, failed and was
// deleted gives a transition for each. From the zero Status, or from one of another Job, it gives only the state of
// next: what was there before anybody looked has not happened now.
func Diff(prev, next Status) []Transition {
	if prev.UID != next.UID || prev.State == "" {
		return []Transition{next.entered("")}
	}
	out := podTransitions(&prev, &next)
	out = append(out, eventTransitions(&prev, &next)...)
	return append(out, jobTransitions(&prev, &next)...)
}

// podTransitions walks both lists of pods. They are in the same order, so most pods are found without a search, and a
// pod that has not changed costs one comparison.
func podTransitions(prev, next *Status) []Transition {
	w := podWalk{next: next}
	i := 0
	for i < len(prev.Pods) && i < len(next.Pods) && prev.Pods[i].UID == next.Pods[i].UID {
		w.compare(prev.Pods[i], next.Pods[i])
		i++
	}
	departed := next.Departed
	if len(departed) == len(prev.Departed) {
		departed = nil // a deletion is final: the same number means the same pods
	}
	if i < len(prev.Pods) || i < len(next.Pods) || departed != nil {
		w.known = make(map[types.UID]*Pod, len(prev.Pods)-i)
		for k := i; k < len(prev.Pods); k++ {
			w.known[prev.Pods[k].UID] = prev.Pods[k]
		}
		for k := i; k < len(next.Pods); k++ {
			w.compare(w.known[next.Pods[k].UID], next.Pods[k])
		}
		w.departures(prev.Departed, departed)
	}
	slices.SortStableFunc(w.out, func(a, b Transition) int { return a.At.Compare(b.At) })
	return w.out
}

// podWalk collects the transitions of pods.
type podWalk struct {
	next  *Status
	known map[types.UID]*Pod
	out   []Transition
}

func (w *podWalk) departures(before, now []*Pod) {
	if now == nil {
		return
	}
	gone := make(map[types.UID]struct{}, len(before))
	for _, p := range before {
		gone[p.UID] = struct{}{}
	}
	for _, p := range now {
		if _, ok := gone[p.UID]; ok {
			continue
		}
		w.compare(w.known[p.UID], p)
		w.add(PodDeleted, p, Transition{Message: "pod " + p.Name + " was deleted"})
	}
}

// add appends a transition of pod p; t holds what is particular to it.
func (w *podWalk) add(kind TransitionKind, p *Pod, t Transition) {
	t.Kind, t.Subject, t.Pod, t.At = kind, Subject{"pod", p.Name}, p, w.next.moment(t.At)
	w.out = append(w.out, t)
}

// compare appends what happened to a pod that was a, nil if it was not there, and is b.
func (w *podWalk) compare(a, b *Pod) {
	if a == b || (a != nil && same(a, b)) {
		return
	}
	if a == nil {
		w.add(PodCreated, b, Transition{At: b.Created, Message: "pod " + b.Name + " was created" + b.which()})
		a = &Pod{Phase: PodPending}
	}
	if a.Started.IsZero() && !b.Started.IsZero() {
		w.add(PodStarted, b, Transition{At: b.Started, Message: "pod " + b.Name + " started" + b.on()})
	}
	if b.Restarts > a.Restarts {
		t := Transition{At: cmp.Or(b.Since, b.Started), Reason: b.Reason, Message: fmt.Sprintf("pod %s restarted (%d×)", b.Name, b.Restarts)}
		if b.Exit != nil {
			t.Message += ": " + b.Exit.text()
		}
		w.add(PodRestarted, b, t)
	}
	w.wait(a, b)
	if a.Phase != b.Phase {
		w.end(b)
	}
}

// same says whether nothing that Diff tells of has changed.
func same(a, b *Pod) bool {
	return a.Phase == b.Phase && a.Restarts == b.Restarts && a.Reason == b.Reason && a.Started.Equal(b.Started)
}

// wait tells of a pod that has become stuck, is now stuck for another reason, or no longer is.
func (w *podWalk) wait(a, b *Pod) {
	switch {
	case b.Phase == PodStuck && (a.Phase != PodStuck || steady(a.Reason) != steady(b.Reason)):
		w.add(PodGotStuck, b, Transition{
			At: b.Since, Reason: b.Reason, Detail: b.Message, Message: "pod " + b.Name + " is stuck: " + joined(b.Reason, b.Message),
		})
	case a.Phase == PodStuck && (b.Phase == PodPending || b.Phase == PodRunning):
		w.add(PodGotUnstuck, b, Transition{Reason: a.Reason, Message: "pod " + b.Name + " is no longer stuck"})
	}
}

// end tells of a pod that has changed to a phase in which it does no more work.
func (w *podWalk) end(b *Pod) {
	switch b.Phase {
	case PodSucceeded:
		w.add(PodDidSucceed, b, Transition{At: b.Finished, Message: "pod " + b.Name + " succeeded"})
	case PodFailed:
		t := Transition{At: b.Finished, Reason: b.Reason, Detail: b.Message, Message: "pod " + b.Name + " failed"}
		if b.Exit != nil {
			t.Message = joined(t.Message, b.Exit.text())
		}
		w.add(PodDidFail, b, t)
	case PodTerminating:
		if b.Reason != "" {
			w.add(PodEvicted, b, Transition{
				At: b.Since, Reason: b.Reason, Detail: b.Message, Message: "pod " + b.Name + " is evicted: " + joined(b.Reason, b.Message),
			})
			return
		}
		w.add(PodStopping, b, Transition{At: b.Since, Message: "pod " + b.Name + " is being deleted"})
	case PodPending, PodStuck, PodRunning:
	}
}

// which says which attempt at which index a pod is, where there can be several.
func (p *Pod) which() string {
	switch {
	case p.Index >= 0 && p.Attempt > 1:
		return fmt.Sprintf(" (index %d, attempt %d)", p.Index, p.Attempt)
	case p.Index >= 0:
		return fmt.Sprintf(" (index %d)", p.Index)
	case p.Attempt > 1:
		return fmt.Sprintf(" (attempt %d)", p.Attempt)
	default:
		return ""
	}
}

func (p *Pod) on() string {
	if p.Node == "" {
		return ""
	}
	return " on " + p.Node
}

// text says how a container ended: "exit 137 in main, OOMKilled".
func (e *Exit) text() string {
	var words []string
	if e.Container != "" {
		words = append(words, fmt.Sprintf("exit %d in %s", e.Code, e.Container))
	}
	if e.Reason != "" && (e.Reason != "Error" || e.Container == "") {
		words = append(words, e.Reason)
	}
	return joined(strings.Join(words, ", "), e.Message)
}

// eventTransitions are the events that are new or have happened again. The list of a status is never changed, so the
// same list means the same events.
func eventTransitions(prev, next *Status) []Transition {
	if len(next.Events) == 0 || (len(prev.Events) == len(next.Events) && &prev.Events[0] == &next.Events[0]) {
		return nil
	}
	type key struct{ about, kind, reason, message string }
	seen := make(map[key]int32, len(prev.Events))
	for i := range prev.Events {
		e := &prev.Events[i]
		seen[key{e.About, e.Type, e.Reason, e.Message}] = e.Count
	}
	var out []Transition
	for i := range next.Events {
		e := next.Events[i]
		if before, ok := seen[key{e.About, e.Type, e.Reason, e.Message}]; ok && before >= e.Count {
			continue
		}
		kind, name, _ := strings.Cut(e.About, "/")
		out = append(out, Transition{
			Kind: EventSeen, At: next.moment(e.Last), Subject: Subject{kind, name}, Reason: e.Reason, Detail: e.Message,
			Event: &e, Message: e.Type + " " + e.Reason + ": " + e.Message,
		})
	}
	return out
}
