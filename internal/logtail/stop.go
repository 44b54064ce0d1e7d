package logtail

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

const (
	// mostFollowed is how many logs are followed at a time of pods that are being deleted, of all Jobs; of one it is fewLogs.
	mostFollowed = 50
	// usualGrace is a pod's grace period that does not say any.
	usualGrace = corev1.DefaultTerminationGracePeriodSeconds * time.Second
	// lastMoments is how long after its grace period the log of a container is still followed.
	lastMoments = 10 * time.Second
)

// stop is a run whose pod is being deleted. Its log is followed, for the kubelet removes the pod with it within moments of the
// container's end: what a program writes on SIGTERM could not be read any more.
type stop struct {
	stream logstream.Stream // as it is known now
	state  *state
	cancel context.CancelFunc
	done   chan struct{} // closed when the end is kept
}

// see takes note of what is known of the run.
func (p *stop) see(s logstream.Stream, deleted bool) {
	v := p.state.get()
	if s.Phase == logstream.Running || s.Phase == logstream.Ended { // else its node has forgotten it
		p.stream, v = s, viewOf(s)
	}
	v.alive, v.gone = alive(s.Object), deleted
	p.state.set(v)
}

// follow follows the log of a run to its end, unless that is done for enough others.
func (f *Failures) follow(ctx context.Context, j *failedJob, s logstream.Stream) bool {
	if len(j.stops) >= fewLogs || f.followed >= mostFollowed {
		return false
	}
	grace := usualGrace
	if seconds := s.Object.DeletionGracePeriodSeconds; seconds != nil {
		grace = time.Duration(*seconds) * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, grace+lastMoments)
	p := &stop{stream: s, state: newState(s, false), cancel: cancel, done: make(chan struct{})}
	j.stops[s.Key] = p
	f.followed++
	go func() {
		defer close(p.done) // when what is deferred below has been done
		defer cancel()
		end := followEnd(ctx, f, s, p.state)
		f.mu.Lock()
		defer f.mu.Unlock()
		end.Stream = p.stream
		delete(j.stops, s.Key)
		f.followed--
		f.keep(end)
	}()
	return true
}

// awaitStops waits for the logs of some runs that are being followed, and lets go of those of the Job that are not wanted.
func (f *Failures) awaitStops(ctx context.Context, job types.UID, wanted []logstream.Stream) {
	f.mu.Lock()
	stops := f.of(job).stops
	left := make(map[logstream.Key]*stop, len(stops))
	for key, p := range stops {
		left[key] = p
	}
	f.mu.Unlock()
	var wait []*stop
	for _, s := range wanted {
		if p := left[s.Key]; p != nil {
			wait = append(wait, p)
			delete(left, s.Key)
		}
	}
	for _, p := range left {
		p.cancel()
	}
	for _, p := range wait {
		select {
		case <-p.done:
		case <-ctx.Done():
			p.cancel()
			<-p.done
		}
	}
}

// What an end is worth that has been read.
const (
	nothing = iota
	some    // the container went on since
	best
)

func (e *End) worth() int {
	switch {
	case e == nil || e.Err != nil:
		return nothing
	case e.whole || e.Stream.Phase == logstream.Ended && !e.Early:
		return best
	}
	return some
}

// stopped says that a run did not fail by itself but ended, or is ending, because its pod was deleted.
func stopped(s logstream.Stream) bool {
	return s.Object.DeletionTimestamp != nil && (s.Finished.IsZero() || !s.Finished.Before(asked(s.Object)))
}

// asked is when a pod that is being deleted was asked to stop.
func asked(pod *corev1.Pod) time.Time {
	at := pod.DeletionTimestamp.Time // by when it is to be gone
	if grace := pod.DeletionGracePeriodSeconds; grace != nil {
		at = at.Add(-time.Duration(*grace) * time.Second)
	}
	return at
}

// asFirstAsked is a pod that was asked to stop when it was first known to have been. Once its containers have ended the kubelet
// deletes it again, without grace: by that alone they would have ended before they were asked.
func asFirstAsked(pod, known *corev1.Pod) *corev1.Pod {
	if known == nil || known.DeletionTimestamp == nil || pod.DeletionTimestamp == nil || !asked(known).Before(asked(pod)) {
		return pod
	}
	same := *pod
	same.DeletionTimestamp, same.DeletionGracePeriodSeconds = known.DeletionTimestamp, known.DeletionGracePeriodSeconds
	return &same
}
