package jobstatus

import (
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

// retry is the controller's back-off clock, nil unless it runs.
func (v *view) retry(c Counts, ix *Indexes) *Retry {
	if v.stopped() || v.wanted(c) == 0 {
		return nil
	}
	if ix != nil && ix.PerIndex != nil {
		return v.retryOfIndexes(ix)
	}
	// A success resets the count: newBackoffRecord in backoff_utils.go. Times there have whole seconds too.
	var n int32
	var last time.Time
	for _, r := range v.failed {
		if end := r.ended(); v.lastSuccess.IsZero() || end.After(v.lastSuccess) {
			n++
			last = later(last, end)
		}
	}
	limit := or(v.job.Spec.BackoffLimit, defaultBackoffLimit)
	return v.clock(Retry{At: last, Delay: backOff(n), Attempt: c.Failed + 1, Of: limit + 1, Index: -1})
}

// retryOfIndexes is the clock of the index whose turn is next: getRemainingTimePerIndex in backoff_utils.go. The last
// failed pod of an index keeps its finalizer until it has a successor, and carries the number of failures before it.
func (v *view) retryOfIndexes(ix *Indexes) *Retry {
	var next *Retry
	for i := 0; i < len(v.rows); {
		last, end := v.lastFailure(i, ix)
		i = end
		if last == nil {
			continue
		}
		r := v.clock(Retry{
			At: last.ended(), Delay: backOff(last.failures + 1), Attempt: last.failures + 2, Of: *ix.PerIndex + 1,
			Index: last.shown.Index,
		})
		if r != nil && (next == nil || r.At.Before(next.At)) {
			next = r
		}
	}
	return next
}

// lastFailure looks at the rows of one index from i on. It returns the failed pod that the next one will replace, or
// nil, and where the next index begins.
func (v *view) lastFailure(i int, ix *Indexes) (last *row, end int) {
	index := v.rows[i].shown.Index
	active := false
	for end = i; end < len(v.rows) && v.rows[end].shown.Index == index; end++ {
		r := v.rows[end]
		active = active || r.active()
		if r.failed(v.onlyFailed()) && r.tracked && !r.departed && (last == nil || (r.failures >= last.failures && !r.ended().Before(last.ended()))) {
			last = r
		}
	}
	if active || last == nil || index < 0 || index >= ix.Total || !ix.Retrying.Contains(index) {
		return nil, end
	}
	return last, end
}

// clock makes r.At, the last failure, the time of the next pod; nil when that has passed or nothing has failed.
func (v *view) clock(r Retry) *Retry {
	if r.At.IsZero() || r.Delay == 0 {
		return nil
	}
	r.At = r.At.Add(r.Delay)
	if !r.At.After(v.now) {
		return nil
	}
	return &r
}
