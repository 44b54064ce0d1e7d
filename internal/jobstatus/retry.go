package jobstatus

import (
	"math"
	"time"

	batchv1 "k8s.io/api/batch/v1"
)

// The controller's back-off between pods: DefaultJobPodFailureBackOff and MaxJobPodFailureBackOff in
// pkg/controller/job/job_controller.go.
const (
	firstBackOff = 10 * time.Second
	maxBackOff   = 10 * time.Minute
)

// backOff is how long the controller waits after the n-th failure in a row: getRemainingTimeForFailuresCount in
// pkg/controller/job/backoff_utils.go.
func backOff(failures int32) time.Duration {
	if failures <= 0 {
		return 0
	}
	d := firstBackOff
	for i := int32(1); i < failures && d < maxBackOff; i++ {
		d *= 2
	}
	return min(d, maxBackOff)
}

// wanted is how many more pods the controller would create now: manageJob in job_controller.go.
func (v *view) wanted(c Counts) int32 {
	want := parallelismOf(v.job)
	if total, fixed := completionsOf(v.job); fixed {
		want = min(want, total-c.Succeeded)
	} else if c.Succeeded > 0 {
		want = c.Active
	}
	if v.onlyFailed() {
		want -= c.Terminating
	}
	return max(0, want-c.Active)
}

// stopped says whether the controller creates no pods whatever is missing.
func (v *view) stopped() bool {
	return v.snap.Gone || v.snap.Replaced || v.job.DeletionTimestamp != nil || or(v.job.Spec.Suspend, false) ||
		managedElsewhere(v.job) != "" || verdict(v.job) != nil ||
		condition(v.job, batchv1.JobFailureTarget) != nil || condition(v.job, batchv1.JobSuccessCriteriaMet) != nil
}

// setRetry reads the controller's back-off clocks: of the Job, or of each index.
func (v *view) setRetry(st *Status) {
	if v.stopped() {
		return
	}
	var next *Retry
	if st.Indexes != nil && st.Indexes.PerIndex != nil {
		st.Clocks = v.clocks(st.Indexes)
		next = soonest(st.Clocks)
	} else {
		next = v.retry(st.Counts)
	}
	if v.wanted(st.Counts) > 0 {
		st.Retry = next
	}
}

// retry is the back-off clock of the whole Job, nil unless it runs.
func (v *view) retry(c Counts) *Retry {
	// A success resets the count: newBackoffRecord in backoff_utils.go. Times there have whole seconds too.
	var n int32
	var last time.Time
	for _, r := range v.failed {
		if end := r.failedAt(v.onlyFailed()); v.lastSuccess.IsZero() || end.After(v.lastSuccess) {
			n++
			last = later(last, end)
		}
	}
	if c.Succeeded == 0 && v.lastSuccess.IsZero() {
		n = max(n, c.Failed) // of some the pods are gone
	}
	limit := or(v.job.Spec.BackoffLimit, defaultBackoffLimit)
	return v.clock(Retry{At: last, Delay: backOff(n), Attempt: sum(c.Failed, 1), Of: sum(limit, 1), Index: -1})
}

// sum adds numbers that may be as large as an API field can hold: no limit at all is written as the largest one.
func sum(list ...int32) int32 {
	var all int64
	for _, n := range list {
		all += int64(n)
	}
	return int32(min(all, math.MaxInt32))
}

// clocks are those of the indexes that are tried again, by index: getRemainingTimePerIndex in backoff_utils.go. The last
// failed pod of an index keeps its finalizer until it has a successor, and carries the number of failures before it. They
// run whether or not a pod is wanted now. An index that has no attempt left is about to fail for good (isIndexFailed in
// indexed_job_utils.go; a failure that the policy ignores takes none).
func (v *view) clocks(ix *Indexes) []Retry {
	var list []Retry
	for i := 0; i < len(v.rows); {
		last, end := v.lastFailure(i, ix)
		i = end
		if last == nil || last.loss.final {
			continue
		}
		r := v.clock(Retry{
			At: last.loss.finished, Delay: backOff(sum(last.failures, 1)), Attempt: sum(last.failures, 2),
			Of: sum(*ix.PerIndex, 1, last.loss.ignored), Index: last.shown.Index,
		})
		if r != nil && r.Attempt <= r.Of {
			list = append(list, *r)
		}
	}
	return list
}

// soonest is the clock that passes first, of several the one of the lowest index; nil: there is none.
func soonest(clocks []Retry) *Retry {
	var next *Retry
	for i := range clocks {
		if r := &clocks[i]; next == nil || r.At.Before(next.At) {
			next = r
		}
	}
	return next
}

// replaces says which of two failed pods of an index is the one to be replaced: getPodsWithDelayedDeletionPerIndex in
// indexed_job_utils.go, which looks at the pods as they are now.
func (r *row) replaces(other *row) bool {
	return r.failures >= other.failures && !r.loss.finished.Before(other.loss.finished)
}

// lastFailure looks at the rows of one index from i on. It returns the failed pod that the next one will replace, or
// nil, and where the next index begins.
func (v *view) lastFailure(i int, ix *Indexes) (last *row, end int) {
	index := v.rows[i].shown.Index
	active := false
	for end = i; end < len(v.rows) && v.rows[end].shown.Index == index; end++ {
		r := v.rows[end]
		active = active || r.active()
		if r.failed(v.onlyFailed()) && r.tracked && !r.departed && (last == nil || r.replaces(last)) {
			last = r
		}
	}
	if active || last == nil || index < 0 || index >= ix.Total || !ix.Retrying.Contains(index) {
		return nil, end
	}
	return last, end
}

// clock makes r.At, the last failure, the time of the next pod; nil when that has passed, which it notes, or when nothing
// is there that has failed.
func (v *view) clock(r Retry) *Retry {
	if r.At.IsZero() || r.Delay == 0 {
		return nil
	}
	r.At = r.At.Add(r.Delay)
	if !r.At.After(v.now) {
		v.overdue = later(v.overdue, r.At)
		return nil
	}
	return &r
}
