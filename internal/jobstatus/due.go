package jobstatus

import "time"

// due is since when the controller should have done what comes next; zero: it has nothing to do, it waits for something, or
// what it waits for has not been read. A short look (a list's) leaves out the pods that succeeded: where it is not known
// when the last one did, nothing is.
func (v *view) due(st *Status) time.Time {
	c := st.Counts
	if v.stopped() || !v.snap.Synced || len(v.snap.Unavailable) > 0 || st.Obstacle != nil || v.terminating > 0 || c.Terminating > 0 {
		return time.Time{}
	}
	switch {
	case st.State == Finishing:
		return v.lastEnd
	case st.State == BackingOff && st.Retry == nil && len(v.failed) >= int(c.Failed):
		return v.overdue
	case st.State != Pending || st.Reason != noPods:
	case c.Active > 0:
		return v.uncounted()
	case c.Succeeded == 0 || !v.lastSuccess.IsZero():
		return later(later(later(st.Created, st.Start), v.lastEnd), v.overdue)
	}
	return time.Time{}
}

// uncounted is when the last pod ended that the controller has not counted; zero: it has counted all. With
// backoffLimitPerIndex it may wait with that for the next pod.
func (v *view) uncounted() time.Time {
	var last time.Time
	if v.job.Spec.BackoffLimitPerIndex != nil {
		return last
	}
	for _, r := range v.rows {
		if r.tracked && !r.departed {
			last = later(last, r.shown.Finished)
		}
	}
	return last
}
