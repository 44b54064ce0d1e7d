package observe

import (
	"cmp"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// followed is what the loop keeps of a Job.
type followed struct {
	snapshot jobstatus.Snapshot
	job      Job
	dirty    bool
	seen     bool // Status has been computed before, so that transitions can be told
	whole    bool // and from all that there is to read
}

func (f *followed) apply(c jobstatus.Change) {
	f.snapshot.Apply(c)
	f.dirty = true
}

// read says whether the Job has been read as a whole.
func (f *followed) read() bool { return f.snapshot.Synced || f.snapshot.Gone }

func (f *followed) compute(rule Rule, now time.Time) {
	if !f.dirty {
		return
	}
	f.dirty = false
	next := f.status(now)
	if f.seen {
		f.job.Transitions = append(f.job.Transitions, jobstatus.Diff(f.before(&next), next)...)
	}
	f.job.Status, f.seen, f.whole = next, true, f.read()
	if f.job.End == nil {
		if end, met := rule.Judge(next, now); met {
			f.job.End = &end
		}
	}
}

// before is the status that next is compared with. What is there when the pods and events have been read at last has
// happened before anybody looked.
func (f *followed) before(next *jobstatus.Status) jobstatus.Status {
	before := f.job.Status
	if f.read() && !f.whole {
		before.Pods, before.Departed, before.Events = next.Pods, next.Departed, next.Events
	}
	return before
}

// status is what is told of the Job. Half of its pods would be told wrongly: as long as they are not all there it is what
// the Job says of itself, which is enough for a verdict.
func (f *followed) status(now time.Time) jobstatus.Status {
	if f.read() {
		return jobstatus.Compute(f.snapshot, now)
	}
	why := cmp.Or(f.snapshot.Unavailable[jobstatus.PodsPart], "not everything has been read yet")
	return jobstatus.Compute(jobstatus.Snapshot{
		Job: f.snapshot.Job, Unavailable: map[jobstatus.Part]string{jobstatus.PodsPart: why},
	}, now)
}

const (
	// silence is how long the feed may bring nothing before what has not been read is no longer waited for: pods and events
	// tell why a Job failed, but a server that does not give them must not hold back that it did.
	silence = 2 * time.Second
	// longestReading bounds the wait where something comes all the time, and not the rest.
	longestReading = 10 * time.Second
)

// reading is the wait for all of the Jobs to be read.
type reading struct {
	began, last time.Time // the first change and the last
	over        bool      // what has not been read is no longer waited for
}

func (r *reading) changed(now time.Time) {
	if r.began.IsZero() {
		r.began = now
	}
	r.last = now
}

// isOver says whether the wait is over, and remembers it.
func (r *reading) isOver(now time.Time) bool {
	r.over = r.over || now.Sub(r.last) >= silence || now.Sub(r.began) >= longestReading
	return r.over
}
