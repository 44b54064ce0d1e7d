package jobstatus

import (
	"slices"
	"time"
)

const (
	recentPods   = 20 // how many of the newest successes the estimates look at
	recentTime   = time.Minute
	fewestForETA = 3
)

// window keeps the newest successes.
type window struct {
	now      time.Time
	start    time.Time // of the Job: that of its last resumption if it was suspended
	newest   []*row    // in the order of compareEnds; at most recentPods
	inMinute int       // successes within recentTime, and since start
}

func (w *window) add(r *row) {
	end := r.shown.Finished
	if w.now.Sub(end) < recentTime && !end.Before(w.start) {
		w.inMinute++
	}
	if len(w.newest) == recentPods {
		if compareEnds(r, w.newest[0]) <= 0 {
			return
		}
		w.newest = slices.Delete(w.newest, 0, 1)
	}
	at, _ := slices.BinarySearchFunc(w.newest, r, compareEnds)
	w.newest = slices.Insert(w.newest, at, r)
}

// perMinute is how many completions a minute brings: over the last minute when it brought many, else over the newest
// few successes, back to the start when there are not that many since. 0: none yet.
func (w *window) perMinute() float64 {
	newest := w.newest[fromEnd(w.newest, func(end time.Time) bool { return !end.Before(w.start) }):]
	n, since := len(newest), w.start
	switch {
	case n == 0:
		return 0
	case w.inMinute > recentPods:
		n, since = w.inMinute, later(w.start, w.now.Add(-recentTime))
	case n == recentPods:
		n, since = n-1, newest[0].shown.Finished
	}
	span := w.now.Sub(since)
	if since.IsZero() || span < time.Second {
		return 0
	}
	return float64(n) / span.Minutes()
}

// quartiles are of how long the newest successes took from creation to end, and false when there are too few.
func (w *window) quartiles() (low, high time.Duration, ok bool) {
	if len(w.newest) < fewestForETA {
		return 0, 0, false
	}
	took := make([]time.Duration, 0, len(w.newest))
	for _, r := range w.newest {
		took = append(took, r.shown.Finished.Sub(r.shown.Created))
	}
	slices.Sort(took)
	n := len(took)
	return took[(n-1)/4], took[(3*(n-1)+3)/4], true
}

// eta is the band of time that the remaining completions should take; nil where it would be a guess.
func (v *view) eta(st *Status) *Band {
	remaining := st.Progress.Total - st.Progress.Done
	if st.Indexes != nil && st.Progress.Unit == Completions {
		remaining -= st.Indexes.Failed.Len()
	}
	if st.State != Running || st.Kind == WorkQueue || remaining <= 0 || v.running == 0 {
		return nil
	}
	low, high, ok := v.recent.quartiles()
	if !ok {
		return nil
	}
	at := float64(v.running + v.pending)
	if float64(remaining) <= at {
		// The last wave: what is left of the pods that run now.
		passed := v.now.Sub(v.newestStart())
		low, high = max(0, low-passed), high-passed
		if high <= 0 {
			return nil // they take longer than the others did
		}
		return &Band{low, high}
	}
	waves := float64(remaining) / at
	return &Band{time.Duration(waves * float64(low)), time.Duration(waves * float64(high))}
}

// newestStart is when the youngest of the active pods was created.
func (v *view) newestStart() time.Time {
	var t time.Time
	for _, r := range v.rows {
		if r.active() {
			t = later(t, r.shown.Created)
		}
	}
	return t
}
