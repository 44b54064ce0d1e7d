package logtail

import (
	"cmp"
	"context"
	"slices"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

const (
	// fewLogs is how many logs are enough to see why a Job failed.
	fewLogs = 10
	// readersAhead is how many logs are read at a time while a Job still runs.
	readersAhead = 4
)

// Failures gathers the ends of the logs of what fails in Jobs while they are followed: what watch and wait show when a
// Job fails. The log of a container that will be restarted is read at once, and that of one whose pod is being deleted is
// followed: they may be gone by the time of the verdict. Everything else is read when it is asked for.
type Failures struct {
	Open   Opener
	Lines  int64 // of each log
	Format func(logstream.Stream) logstream.Formatter

	mu       sync.Mutex
	jobs     map[types.UID]*failedJob
	pending  []logstream.Stream // to be read ahead, oldest first
	readers  int
	reading  sync.WaitGroup
	followed int
}

// failedJob is what is known of a Job's failures.
type failedJob struct {
	job     *batchv1.Job
	pods    map[types.UID]*corev1.Pod // those in which something failed, or was stopped; also deleted ones
	deleted map[types.UID]bool        // of them
	ends    map[logstream.Key]*End    // that have been read
	stops   map[logstream.Key]*stop   // that are being followed
}

// Report are the ends of a Job's failed logs, oldest first.
type Report struct {
	Ends    []*End
	LeftOut int  // failures, the older ones if there is nothing else to choose by
	There   int  // of them, those whose logs can still be had
	Stopped bool // nothing failed by itself: all of them were stopped with their pods
}

// See takes note of a change. ctx is for reading ahead: it should outlive the feed.
func (f *Failures) See(ctx context.Context, c jobstatus.Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case c.Job != nil:
		f.of(c.Job.UID).job = c.Job
	case c.Pod != nil:
		f.readAhead(ctx, c.Pod, f.see(c.Pod, false))
	case c.PodDeleted != nil:
		f.see(c.PodDeleted, true)
	}
}

func (f *Failures) of(job types.UID) *failedJob {
	if f.jobs == nil {
		f.jobs = map[types.UID]*failedJob{}
	}
	if f.jobs[job] == nil {
		f.jobs[job] = &failedJob{
			pods: map[types.UID]*corev1.Pod{}, deleted: map[types.UID]bool{},
			ends: map[logstream.Key]*End{}, stops: map[logstream.Key]*stop{},
		}
	}
	return f.jobs[job]
}

// see keeps a pod in which something failed, and returns what did.
func (f *Failures) see(pod *corev1.Pod, deleted bool) []logstream.Stream {
	j := f.of(owner(pod))
	pod = asFirstAsked(pod, j.pods[pod.UID])
	known := logstream.Planner{Select: logstream.Selection{All: true}}.Plan([]*corev1.Pod{pod}).Known
	streams := failedRuns(known)
	if len(streams) > 0 {
		j.pods[pod.UID] = pod
	}
	if deleted && j.pods[pod.UID] != nil {
		j.deleted[pod.UID] = true
	}
	for _, s := range known {
		if stop := j.stops[s.Key]; stop != nil {
			stop.see(s, deleted)
		}
	}
	return streams
}

// readAhead reads the logs of a pod that may be gone soon, unless they have been read in the state they are in now.
func (f *Failures) readAhead(ctx context.Context, pod *corev1.Pod, streams []logstream.Stream) {
	if !alive(pod) && pod.DeletionTimestamp == nil {
		return
	}
	j := f.of(owner(pod))
	for _, s := range streams {
		end := j.ends[s.Key]
		switch {
		case j.stops[s.Key] != nil, end != nil && !end.outdated(s):
		case s.Phase == logstream.Running && f.follow(ctx, j, s):
		default:
			f.queue(ctx, s)
		}
	}
}

// queue has a log read soon. When more fail than can be read only the newest are.
func (f *Failures) queue(ctx context.Context, s logstream.Stream) {
	f.pending = slices.DeleteFunc(f.pending, func(p logstream.Stream) bool { return p.Key == s.Key })
	f.pending = append(f.pending, s)
	f.pending = f.pending[max(0, len(f.pending)-fewLogs):]
	if f.readers == readersAhead {
		return
	}
	f.readers++
	f.reading.Go(func() {
		for {
			s, ok := f.next()
			if !ok {
				return
			}
			end := readEnd(ctx, f, s)
			f.mu.Lock()
			f.keep(end)
			f.mu.Unlock()
		}
	})
}

func (f *Failures) next() (logstream.Stream, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.pending)
	if n == 0 {
		f.readers--
		return logstream.Stream{}, false
	}
	s := f.pending[n-1]
	f.pending = f.pending[:n-1]
	return s, true
}

// keep remembers an end. One that has been read is not given up for one that could not be; only the newest are kept.
func (f *Failures) keep(end *End) {
	ends := f.of(owner(end.Stream.Object)).ends
	if known := ends[end.Stream.Key]; known != nil && end.Err != nil {
		known.Early = known.Early || known.mayGoOn()
		known.Stream = end.Stream
		return
	}
	ends[end.Stream.Key] = end
	for len(ends) > 2*fewLogs {
		worst := end
		for _, e := range ends {
			if cmp.Or(cmp.Compare(e.worth(), worst.worth()), e.when().Compare(worst.when())) < 0 {
				worst = e
			}
		}
		delete(ends, worst.Stream.Key)
	}
}

// Of returns the ends of the logs of what failed in a Job, reading those that have not been read. If nothing failed by
// itself they are those of what was stopped: what a Job was doing when its deadline passed. What is still being stopped is
// waited for, not for long.
func (f *Failures) Of(ctx context.Context, job types.UID) Report {
	patient, cancel := context.WithTimeout(ctx, endPatience)
	defer cancel()
	f.reading.Wait()
	report, streams := f.choose(job)
	f.awaitStops(patient, job, streams)
	report.Ends = make([]*End, len(streams))
	var reading sync.WaitGroup
	for i, s := range streams {
		known, outdated := f.known(job, s)
		report.Ends[i] = known
		reads, goesOn := ctx, false
		if known != nil && known.Err == nil {
			reads, goesOn = patient, known.mayGoOn() // there is something to show
			known.Stream = s
			if !outdated {
				continue
			}
		}
		reading.Go(func() {
			switch end := readEnd(reads, f, s); {
			case known == nil || end.Err == nil:
				report.Ends[i] = end
			default:
				known.Early = known.Early || goesOn
			}
		})
	}
	reading.Wait()
	return report
}

// known is a copy of the end that has been read of a run, if any. outdated says that there may be more to read by now.
func (f *Failures) known(job types.UID, s logstream.Stream) (_ *End, outdated bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	end := f.of(job).ends[s.Key]
	if end == nil {
		return nil, false
	}
	now := *end
	return &now, end.outdated(s) || end.mayGoOn()
}

// choose picks what is shown of what failed: the newest, but first what can be read.
func (f *Failures) choose(job types.UID) (Report, []logstream.Stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	streams, forgotten := f.failed(job)
	report := Report{Stopped: !slices.ContainsFunc(streams, func(s logstream.Stream) bool { return !stopped(s) })}
	if len(streams) <= fewLogs {
		return report, streams
	}
	j := f.of(job)
	there := func(s logstream.Stream) bool {
		return !forgotten[s.Key] && !j.deleted[s.Pod] && s.Object.DeletionTimestamp == nil
	}
	worth := func(s logstream.Stream) int {
		if j.stops[s.Key] != nil || there(s) {
			return best
		}
		return j.ends[s.Key].worth()
	}
	order := slices.Clone(streams)
	slices.Reverse(order)
	slices.SortStableFunc(order, func(a, b logstream.Stream) int { return cmp.Compare(worth(b), worth(a)) })
	left := map[logstream.Key]bool{}
	for _, s := range order[fewLogs:] {
		left[s.Key] = true
		if there(s) {
			report.There++
		}
	}
	report.LeftOut = len(left)
	return report, slices.DeleteFunc(streams, func(s logstream.Stream) bool { return left[s.Key] })
}

// failed are the runs that failed, oldest first; or, if none did, those that were stopped. Of some their node has forgotten the
// log meanwhile.
func (f *Failures) failed(job types.UID) (streams []logstream.Stream, forgotten map[logstream.Key]bool) {
	j := f.of(job)
	pods := make([]*corev1.Pod, 0, len(j.pods))
	for _, p := range j.pods {
		pods = append(pods, p)
	}
	known := logstream.Planner{Job: j.job, Select: logstream.Selection{All: true}}.Plan(pods).Known
	streams, forgotten = failedRuns(known), map[logstream.Key]bool{}
	for key, end := range j.ends {
		if !slices.ContainsFunc(known, func(s logstream.Stream) bool { return s.Key == key }) {
			streams, forgotten[key] = append(streams, end.Stream), true
		}
	}
	if slices.ContainsFunc(streams, func(s logstream.Stream) bool { return !stopped(s) }) {
		streams = slices.DeleteFunc(streams, stopped)
	}
	slices.SortStableFunc(streams, func(a, b logstream.Stream) int {
		return cmp.Or((&End{Stream: a}).when().Compare((&End{Stream: b}).when()), cmp.Compare(a.Attempt, b.Attempt))
	})
	return streams, forgotten
}

// failedRuns picks the runs that failed, and those that run in a pod that is being deleted, or came to whatever end there. Of a
// pod that failed though none of its containers did (an eviction) all count.
func failedRuns(streams []logstream.Stream) []logstream.Stream {
	culprits := map[types.UID]bool{}
	for _, s := range streams {
		if s.Phase == logstream.Ended && s.ExitCode != 0 {
			culprits[s.Pod] = true
		}
	}
	var out []logstream.Stream
	for _, s := range streams {
		ended := s.Phase == logstream.Ended
		halted := (ended || s.Phase == logstream.Running) && stopped(s)
		if halted || (ended && (s.ExitCode != 0 || s.PodFailed && !culprits[s.Pod])) {
			out = append(out, s)
		}
	}
	return out
}

// owner is the UID of the Job whose pod it is, or "".
func owner(pod *corev1.Pod) types.UID {
	for _, ref := range pod.OwnerReferences {
		if ref.Controller != nil && *ref.Controller {
			return ref.UID
		}
	}
	return ""
}
