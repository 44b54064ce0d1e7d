package jobstatus

import (
	"cmp"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tally is what one walk over the rows adds up.
type tally struct {
	pending, stuck, running, terminating int // pods that are there, by phase
	unclear                              int // pods whose fate is
	oldestWait                           *row
	oldestTerminating                    time.Time
	newestCreation                       time.Time // of any pod
	currentStart                         time.Time // earliest start among pods that run now
	firstStart                           time.Time // earliest start of all
	failed                               []*row    // in row order; departed ones too
	firstSuccess, lastSuccess            time.Time
	early                                int       // successes before the Job was resumed
	lastEnd                              time.Time // of any pod
	restarts                             int32     // of pods that run or wait
	crashing                             *row      // a pod whose container is started again and again
	recent                               window
}

// settled is what the rows add up to that no longer change.
type settled struct {
	newestCreation, firstStart, firstSuccess, lastEnd time.Time

	byEnd []*row // in the order of compareEnds
}

func (s *settled) take(rows []*row) {
	for _, r := range rows {
		s.newestCreation = later(s.newestCreation, r.shown.Created)
		s.firstStart = earlier(s.firstStart, r.shown.Started)
		s.firstSuccess = earlier(s.firstSuccess, r.shown.Finished)
		s.lastEnd = later(s.lastEnd, r.shown.Finished)
	}
	s.byEnd = inserted(s.byEnd, rows, compareEnds)
}

// tally is a tally of these rows alone, at the moment now of a Job that started at start.
func (s *settled) tally(now, start time.Time) tally {
	n := len(s.byEnd)
	early := fromEnd(s.byEnd, func(end time.Time) bool { return !end.Before(start) })
	old := fromEnd(s.byEnd, func(end time.Time) bool { return now.Sub(end) < recentTime })
	return tally{
		newestCreation: s.newestCreation, firstStart: s.firstStart, firstSuccess: s.firstSuccess, lastSuccess: s.lastEnd,
		lastEnd: s.lastEnd, early: early,
		recent: window{
			now: now, start: start, newest: slices.Clone(s.byEnd[max(0, n-recentPods):]), inMinute: n - max(old, early),
		},
	}
}

// fromEnd is the first of rows in the order of compareEnds for whose end is holds, as it does for all after it.
func fromEnd(rows []*row, is func(end time.Time) bool) int {
	i, _ := slices.BinarySearchFunc(rows, is, func(r *row, is func(time.Time) bool) int {
		if is(r.shown.Finished) {
			return 1
		}
		return -1
	})
	return i
}

// compareEnds orders rows by when their pods ended.
func compareEnds(a, b *row) int {
	return cmp.Or(a.shown.Finished.Compare(b.shown.Finished), compareRows(a, b))
}

func (v *view) count() {
	start := or(v.job.Status.StartTime, metav1.Time{}).Time
	v.tally = v.memo.settled.tally(v.now, start)
	onlyFailed, met := v.onlyFailed(), v.criteriaMet()
	for _, r := range v.rows {
		if !r.departed {
			r.explain(v.now)
			v.countPresent(r)
		}
		v.newestCreation = later(v.newestCreation, r.shown.Created)
		if !r.shown.Started.IsZero() {
			v.firstStart = earlier(v.firstStart, r.shown.Started)
		}
		if r.fate == unclear {
			v.unclear++
		}
		switch {
		case r.stoppedBySuccess(met):
		case r.succeeded():
			v.firstSuccess = earlier(v.firstSuccess, r.shown.Finished)
			v.lastSuccess = later(v.lastSuccess, r.shown.Finished)
			v.lastEnd = later(v.lastEnd, r.shown.Finished)
			if r.shown.Finished.Before(start) {
				v.early++
			}
			v.recent.add(r)
		case r.failed(onlyFailed):
			v.failed = append(v.failed, r)
			v.lastEnd = later(v.lastEnd, r.ended())
		}
	}
}

func (v *view) countPresent(r *row) {
	switch r.shown.Phase {
	case PodPending:
		v.pending++
	case PodStuck:
		v.stuck++
	case PodRunning:
		v.running++
		v.currentStart = earlier(v.currentStart, r.shown.Since)
		if r.shown.Status == "CrashLoopBackOff" && v.crashing == nil {
			v.crashing = r
		}
	case PodTerminating:
		v.terminating++
		v.oldestTerminating = earlier(v.oldestTerminating, r.shown.Since)
		return
	case PodSucceeded, PodFailed:
		return
	}
	v.restarts += r.restarts
	if r.shown.Phase != PodRunning && (v.oldestWait == nil || waitsLonger(r, v.oldestWait)) {
		v.oldestWait = r
	}
}

// waitsLonger puts a stuck pod before one that only waits, then the one that has waited longer.
func waitsLonger(a, b *row) bool {
	if a.shown.Phase != b.shown.Phase {
		return a.shown.Phase == PodStuck
	}
	return a.shown.Since.Before(b.shown.Since)
}

// earlier returns the earlier of two times; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
