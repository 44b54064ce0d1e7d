package logtail

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

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
// Job fails. The log of a container that will be restarted, or whose pod is being deleted, is read at once, for it may
// be gone by the time of the verdict. Everything else is read when it is asked for.
type Failures struct {
	Open   Opener
	Lines  int64 // of each log
	Format func(logstream.Stream) logstream.Formatter

	mu      sync.Mutex
	jobs    map[types.UID]*failedJob
	pending []logstream.Stream // to be read ahead, oldest first
	readers int
	reading sync.WaitGroup
}

// failedJob is what is known of a Job's failures.
type failedJob struct {
	job  *batchv1.Job
	pods map[types.UID]*corev1.Pod // those in which something failed, or was stopped; also deleted ones
	ends map[logstream.Key]*End    // that have been read
}

// Report are the ends of a Job's failed logs, oldest first.
type Report struct {
	Ends    []*End
	LeftOut int // older failures
}

// See takes note of a change. ctx is for reading ahead: it should outlive the feed.
func (f *Failures) See(ctx context.Context, c jobstatus.Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case c.Job != nil:
		f.of(c.Job.UID).job = c.Job
	case c.Pod != nil:
		f.readAhead(ctx, c.Pod, f.see(c.Pod))
	case c.PodDeleted != nil:
		f.see(c.PodDeleted)
	}
}

func (f *Failures) of(job types.UID) *failedJob {
	if f.jobs == nil {
		f.jobs = map[types.UID]*failedJob{}
	}
	if f.jobs[job] == nil {
		f.jobs[job] = &failedJob{pods: map[types.UID]*corev1.Pod{}, ends: map[logstream.Key]*End{}}
	}
	return f.jobs[job]
}

// see keeps a pod in which something failed, and returns what did.
func (f *Failures) see(pod *corev1.Pod) []logstream.Stream {
	streams := failedRuns(logstream.Planner{Select: logstream.Selection{All: true}}.Plan([]*corev1.Pod{pod}).Known)
	if len(streams) > 0 {
		f.of(owner(pod)).pods[pod.UID] = pod
	}
	return streams
}

// readAhead reads the logs of a pod that may be gone soon, unless they have been read in the state they are in now.
func (f *Failures) readAhead(ctx context.Context, pod *corev1.Pod, streams []logstream.Stream) {
	if !alive(pod) {
		return
	}
	for _, s := range streams {
		if end := f.of(owner(pod)).ends[s.Key]; end == nil || end.Stream.Phase != s.Phase || end.Stream.Previous != s.Previous {
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
			f.keep(readEnd(ctx, f, s))
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
	f.mu.Lock()
	defer f.mu.Unlock()
	ends := f.of(owner(end.Stream.Object)).ends
	if known := ends[end.Stream.Key]; known != nil && end.Err != nil {
		known.Stream = end.Stream
		return
	}
	ends[end.Stream.Key] = end
	for len(ends) > 2*fewLogs {
		oldest := end
		for _, e := range ends {
			if e.when().Before(oldest.when()) {
				oldest = e
			}
		}
		delete(ends, oldest.Stream.Key)
	}
}

// Of returns the ends of the logs of what failed in a Job, reading those that have not been read. If nothing failed by
// itself they are those of what was stopped: what a Job was doing when its deadline passed.
func (f *Failures) Of(ctx context.Context, job types.UID) Report {
	f.reading.Wait()
	streams := f.failed(job)
	report := Report{LeftOut: max(0, len(streams)-fewLogs)}
	streams = streams[report.LeftOut:]
	report.Ends = make([]*End, len(streams))
	var reading sync.WaitGroup
	for i, s := range streams {
		f.mu.Lock()
		report.Ends[i] = f.of(job).ends[s.Key]
		f.mu.Unlock()
		if end := report.Ends[i]; end != nil && end.Err == nil {
			end.Stream.Attempt = s.Attempt
			continue
		}
		reading.Go(func() {
			if end := readEnd(ctx, f, s); report.Ends[i] == nil || end.Err == nil {
				report.Ends[i] = end
			}
		})
	}
	reading.Wait()
	return report
}

// failed are the runs that failed, oldest first; or, if none did, those that were stopped.
func (f *Failures) failed(job types.UID) []logstream.Stream {
	f.mu.Lock()
	defer f.mu.Unlock()
	j := f.of(job)
	pods := make([]*corev1.Pod, 0, len(j.pods))
	for _, p := range j.pods {
		pods = append(pods, p)
	}
	known := logstream.Planner{Job: j.job, Select: logstream.Selection{All: true}}.Plan(pods).Known
	streams := failedRuns(known)
	for key, end := range j.ends { // runs that their node has forgotten meanwhile
		if !slices.ContainsFunc(known, func(s logstream.Stream) bool { return s.Key == key }) {
			streams = append(streams, end.Stream)
		}
	}
	if slices.ContainsFunc(streams, func(s logstream.Stream) bool { return !stopped(s) }) {
		streams = slices.DeleteFunc(streams, stopped)
	}
	slices.SortStableFunc(streams, func(a, b logstream.Stream) int {
		return cmp.Or((&End{Stream: a}).when().Compare((&End{Stream: b}).when()), cmp.Compare(a.Attempt, b.Attempt))
	})
	return streams
}

// failedRuns picks the runs that failed, and those that run in a pod that is being deleted. Of a pod that failed though
// none of its containers did (an eviction) all count.
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
		running := s.Phase == logstream.Running && s.Object.DeletionTimestamp != nil
		if running || (ended && (s.ExitCode != 0 || s.PodFailed && !culprits[s.Pod])) {
			out = append(out, s)
		}
	}
	return out
}

// stopped says that a run did not fail by itself but ended, or is ending, because its pod was deleted.
func stopped(s logstream.Stream) bool {
	deleted := s.Object.DeletionTimestamp
	if deleted == nil {
		return false
	}
	asked := deleted.Time // the time by which the pod is to be gone
	if grace := s.Object.DeletionGracePeriodSeconds; grace != nil {
		asked = asked.Add(-time.Duration(*grace) * time.Second)
	}
	return s.Finished.IsZero() || !s.Finished.Before(asked)
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
