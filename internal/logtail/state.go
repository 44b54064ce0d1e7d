package logtail

import (
	"context"
	"sync"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// view is what is known about a stream at one moment.
type view struct {
	phase    logstream.Phase
	previous bool  // it is read as the run before the current one
	gone     bool  // its pod is not there any more
	lost     bool  // the node does not keep its log any more
	alive    bool  // its pod is: the container may be started again
	finished int64 // in nanoseconds since 1970; 0: it has not, or it is not known when
	version  int
}

func viewOf(s logstream.Stream) view {
	v := view{phase: s.Phase, previous: s.Previous}
	if !s.Finished.IsZero() {
		v.finished = s.Finished.UnixNano()
	}
	return v
}

// over says that nothing more will be written.
func (v view) over() bool { return v.phase == logstream.Ended || v.gone || v.lost }

// state is what is known about a stream, told by whoever follows the pods.
type state struct {
	live bool // somebody does

	mu      sync.Mutex
	view    view
	changed chan struct{} // closed at the next change
}

func newState(s logstream.Stream, live bool) *state {
	v := viewOf(s)
	v.alive = alive(s.Object)
	return &state{live: live, view: v, changed: make(chan struct{})}
}

func (s *state) get() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view
}

// set says what is known now.
func (s *state) set(v view) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.version = s.view.version
	if v == s.view {
		return
	}
	v.version++
	s.view = v
	close(s.changed)
	s.changed = make(chan struct{})
}

// wait waits until something else is known than what was seen.
func (s *state) wait(ctx context.Context, seen view) error { return s.waitFor(ctx, seen, -1) }

// waitFor is wait for some time at most; negative: for ever.
func (s *state) waitFor(ctx context.Context, seen view, limit time.Duration) error {
	s.mu.Lock()
	now, changed := s.view, s.changed
	s.mu.Unlock()
	if now.version != seen.version || limit == 0 {
		return ctx.Err()
	}
	var timeout <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-timeout:
	}
	return nil
}

// patience is how long to wait for the news of what a stream has shown already.
const patience = 3 * time.Second

// anotherRun waits a little for the news that the container has been restarted since its log was asked for, or will be: then a
// log that does not go on where it stopped may be another run's. What was known when it was asked for is no news.
func (s *state) anotherRun(ctx context.Context, asked view) bool {
	return s.live && s.until(ctx, func(v view) bool {
		return v.previous && !asked.previous || v.lost && !asked.lost || v.gone && !asked.gone
	})
}

// goneSoon waits a little for the news that a pod which is not found has been deleted, if there is somebody to tell it.
func (s *state) goneSoon(ctx context.Context) (done bool, err error) {
	if s.live {
		s.until(ctx, func(v view) bool { return v.gone })
	}
	return false, ctx.Err()
}

// until waits a little until something holds, and says whether it does.
func (s *state) until(ctx context.Context, holds func(view) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		now := s.get()
		if holds(now) {
			return true
		}
		if s.wait(ctx, now) != nil {
			return false
		}
	}
}
