package jobstatus

import (
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
)

// Resuming is the reason of a Job whose condition still says Suspended though its spec no longer does.
const Resuming = "Resuming"

// situation is a state with its explanation.
type situation struct {
	state           State
	reason, message string
	since           time.Time
}

// setState decides the state: the server's words in the server's order (printJob in
// pkg/printers/internalversion/printers.go), a Job that is gone in between, and what is Running to the server refined.
func (v *view) setState(st *Status) {
	s, ok := v.said()
	if !ok {
		s = v.refined(st)
	}
	if s.since.IsZero() {
		s.since = later(st.Created, st.Start)
	}
	// The cluster's clock may be ahead of this one.
	st.State, st.Reason, st.Message, st.Since = s.state, s.reason, s.message, earlier(s.since, v.now)
	if st.Reason == "" {
		st.Reason = string(st.State)
	}
}

// said is the situation that the Job's conditions and its deletion tell.
func (v *view) said() (situation, bool) {
	job := v.job
	if s, ok := v.byCondition(batchv1.JobComplete, Complete, "every completion was reached"); ok {
		return s, true
	}
	if s, ok := v.byCondition(batchv1.JobFailed, Failed, "the Job failed"); ok {
		return s, true
	}
	switch {
	case v.snap.Replaced:
		s := situation{Replaced, "Replaced", "another Job with the same name has taken its place", time.Time{}}
		if by := v.snap.ReplacedBy; by != nil {
			s.message += " (UID " + string(by.UID) + ")"
			s.since = by.Created
		}
		return s, true
	case v.snap.Gone:
		s := situation{Gone, "Deleted", "the Job was deleted before it finished", time.Time{}}
		if job.DeletionTimestamp != nil {
			s.since = job.DeletionTimestamp.Time
		}
		return s, true
	case job.DeletionTimestamp != nil:
		return situation{Terminating, "Deleting", v.deleting(), job.DeletionTimestamp.Time}, true
	}
	if s, ok := v.byCondition(batchv1.JobSuspended, Suspended, "no pod is created until the Job is resumed"); ok {
		if !or(job.Spec.Suspend, false) {
			s.reason, s.message = Resuming, "the controller has not taken it up again yet"
		}
		return s, true
	}
	if s, ok := v.byCondition(batchv1.JobFailureTarget, FailureTarget, "it has failed"); ok {
		s.message += v.stopping()
		return s, true
	}
	if s, ok := v.byCondition(batchv1.JobSuccessCriteriaMet, SuccessCriteriaMet, "it has succeeded"); ok {
		s.message += v.stopping()
		return s, true
	}
	return situation{}, false
}

// byCondition is the situation of a true condition; message stands in for one that the condition lacks.
func (v *view) byCondition(kind batchv1.JobConditionType, state State, message string) (situation, bool) {
	c := condition(v.job, kind)
	if c == nil {
		return situation{}, false
	}
	if c.Message != "" {
		message = c.Message
	}
	return situation{state, c.Reason, message, c.LastTransitionTime.Time}, true
}

func (v *view) stopping() string {
	n := max(int(or(v.job.Status.Terminating, 0)+v.job.Status.Active), v.terminating)
	if n == 0 {
		return ""
	}
	return "; " + plural(n, "pod") + " still to stop"
}

// deleting says what the deletion of the Job waits for.
func (v *view) deleting() string {
	switch {
	case v.terminating > 0:
		return "it is being deleted; " + plural(v.terminating, "pod") + " still to stop"
	case len(v.job.Finalizers) > 0:
		return "it is being deleted; finalizers: " + strings.Join(v.job.Finalizers, ", ")
	default:
		return "it is being deleted"
	}
}

// refined splits what the server calls Running.
func (v *view) refined(st *Status) situation {
	c := st.Counts
	if managedElsewhere(v.job) != "" && c == (Counts{}) && v.job.Status.StartTime == nil {
		return v.managed()
	}
	if or(v.job.Spec.Suspend, false) {
		return situation{Suspended, "Suspending", "suspended; " + plural(int(c.Active), "pod") + " still to stop", time.Time{}}
	}
	if s, ok := v.ending(st); ok {
		return s
	}
	switch {
	case st.Parallelism == 0 && c.Active == 0 && v.active() == 0:
		s := situation{Paused, "ParallelismZero", "parallelism is 0: no pod is wanted", time.Time{}}
		if v.memo.deleted != nil {
			s.since = LastSeen(v.memo.deleted)
		}
		return s
	case v.runs(c):
		return v.runningSituation(st)
	case st.Retry != nil && v.active() == 0 && c.Active == 0:
		return v.backingOff(st)
	case st.Obstacle != nil && st.Obstacle.Pods == 0:
		return situation{Blocked, st.Obstacle.Reason, st.Obstacle.Message, st.Obstacle.Since}
	default:
		return v.pendingSituation(st)
	}
}

// managed is the situation of a Job of which no more is known than that another controller owns it.
func (v *view) managed() situation {
	message := "the controller " + managedElsewhere(v.job) + " owns it; the built-in one leaves it alone"
	return situation{Managed, "ManagedBy", message, time.Time{}}
}

// soon says what is so already, and what the controller does about it next. Of another controller nobody knows.
func (v *view) soon(what, next string) string {
	if by := managedElsewhere(v.job); by != "" {
		return what + "; the controller " + by + " has not said so yet"
	}
	return what + "; the controller is about to " + next
}

// ending is the situation of a Job whose work is done but for the verdict, or for workers that finish.
func (v *view) ending(st *Status) (situation, bool) {
	c, p := st.Counts, st.Progress
	if st.Kind == WorkQueue {
		switch {
		case c.Succeeded == 0:
			return situation{}, false
		case c.Active > 0:
			message := "one worker succeeded; no pod is created any more, " + plural(int(c.Active), "worker") + " still to finish"
			return situation{Draining, "FirstWorkerSucceeded", message, v.firstSuccess}, true
		default:
			return situation{Finishing, "WorkersDone", v.soon("every worker has ended", "say so"), v.lastEnd}, true
		}
	}
	if c.Active > 0 && p.Unit != Criteria {
		return situation{}, false
	}
	if st.Indexes == nil && c.Failed > st.BackoffLimit && v.active() == 0 {
		return situation{Finishing, "NoRetryLeft", v.soon("no retry is left", "say so"), v.lastEnd}, true
	}
	done := p.Done
	if st.Indexes != nil && p.Unit == Completions {
		done += st.Indexes.Failed.Len()
	}
	if done < p.Total {
		return situation{}, false
	}
	return situation{Finishing, "CompletionsReached", v.soon("the work is done", "say so"), v.lastEnd}, true
}

// active is how many pods are there that can still do work.
func (v *view) active() int { return v.pending + v.stuck + v.running }

// podsKnown says whether the pods have been read: a list of Jobs is told without them. Where the Job has active pods and
// not one is there, they cannot be seen from here: they are in another cluster (managedBy), or have no label of the
// Job's own (manualSelector), or are still to come.
func (v *view) podsKnown() bool {
	present := len(v.memo.order) - v.memo.departed
	return v.snap.Unavailable[PodsPart] == "" && (v.snap.Synced || len(v.memo.order) > 0) &&
		(present > 0 || v.job.Status.Active == 0)
}

func (v *view) runs(c Counts) bool { return v.running > 0 || c.Ready > 0 && v.others() }

// others says whether the active pods of the Job are others than those that have been read, which have ended and been counted: of
// a large Job not all are.
func (v *view) others() bool { return !v.podsKnown() || v.active() == 0 && v.uncounted().IsZero() }

func (v *view) runningSituation(st *Status) situation {
	n := v.running
	if n == 0 || !v.podsKnown() {
		n = int(st.Counts.Ready)
	}
	s := situation{Running, "PodsRunning", plural(n, "pod") + verb(n, " runs", " run"), later(v.firstStart, st.Start)}
	if st.Kind == NonParallel {
		s.since = v.currentStart
	}
	if waiting := v.pending + v.stuck; waiting > 0 {
		s.message += fmt.Sprintf(", %d %s", waiting, verb(waiting, "waits", "wait"))
	}
	if v.crashing != nil && v.running == 1 {
		p := v.crashing.shown
		s.reason, s.message, s.since = p.Reason, p.Message, p.Since
	}
	return s
}

func (v *view) backingOff(st *Status) situation {
	r := st.Retry
	what := "the next pod"
	if r.Index >= 0 {
		what = fmt.Sprintf("index %d", r.Index)
	}
	message := fmt.Sprintf("%s is tried again at %s, attempt %d of %d", what, r.At.UTC().Format("15:04:05Z"), r.Attempt, r.Of)
	return situation{BackingOff, "BackOff", message, r.At.Add(-r.Delay)}
}

// betweenPods is how long a Job whose pods have been running may be without one and still count as running: the
// controller batches what it does for a second, and a scheduler and a kubelet need some more.
const betweenPods = 10 * time.Second

// between says that pods have just ended and that the next ones are on their way, with nothing in theirs.
func (v *view) between(st *Status) bool {
	return !v.lastEnd.IsZero() && v.stuck == 0 && st.Obstacle == nil &&
		v.now.Sub(v.lastEnd) < betweenPods
}

func (v *view) pendingSituation(st *Status) situation {
	c := st.Counts
	switch {
	case v.between(st):
		message := "the next pods are being started"
		if c.Succeeded == 0 {
			message = v.soon("its pods have ended", "take note")
		}
		return situation{Running, "PodsRunning", message, later(v.firstStart, st.Start)}
	case v.oldestWait != nil:
		p := v.oldestWait.shown
		n := v.pending + v.stuck
		s := situation{Pending, p.Reason, p.Message, p.Since}
		if s.reason == "" {
			s.reason = "PodsPending"
		}
		if s.message == "" {
			s.message = plural(n, "pod") + verb(n, " waits", " wait") + " to start"
		}
		return s
	case v.terminating > 0 || (c.Active == 0 && c.Terminating > 0):
		n := max(v.terminating, int(c.Terminating))
		return situation{Pending, "PodsTerminating", plural(n, "pod") + " still to stop before the next", v.oldestTerminating}
	case c.Active > 0 && v.others(): // their news may come later than that of the Job
		return situation{Pending, "NoPodReady", plural(int(c.Active), "pod") + verb(int(c.Active), " is", " are") + " active, none is ready", time.Time{}}
	case managedElsewhere(v.job) != "":
		return v.managed()
	case c.Failed > 0 && c.Active == 0 && !v.overdue.IsZero():
		return situation{BackingOff, "BackOff", "the wait is over; the controller is about to create the next pod", v.lastEnd}
	case c.Failed > 0 && c.Active == 0:
		// Nobody can tell since when: the failed pods have been deleted, or not been read.
		return situation{BackingOff, "BackOff", "pods failed and none is active: the controller waits before the next", time.Time{}}
	case c.Active > 0:
		return situation{Pending, noPods, "its pods have ended, and the controller has not counted them", v.lastEnd}
	default:
		return situation{Pending, noPods, "the controller has created no pod yet", v.lastEnd}
	}
}

// noPods is the reason of a Job for which there is no pod though one is wanted.
const noPods = "NoPods"

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
