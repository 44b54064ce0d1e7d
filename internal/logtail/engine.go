package logtail

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// Opener opens the log of a container. *cluster.Client is one.
type Opener interface {
	OpenLog(ctx context.Context, namespace, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error)
}

// Reading says what part of each log is read.
type Reading struct {
	Tail            int64            // only so many lines of what was there before; negative: all
	Since           func() time.Time // only lines from then on, the same each time it is asked; nil: all
	LimitBytes      int64            // only so many bytes of each log; 0: all
	Stamps          bool             // their times count, as the kubelet counts them where they are shown
	InsecureBackend bool
}

// Engine reads streams. Its fields are set before the first use.
type Engine struct {
	Open   Opener
	Out    io.Writer
	Format func(logstream.Stream) logstream.Formatter // how the lines of a stream are written
	Tell   func(Note)                                 // called by one goroutine at a time; nil: notes are dropped
	Read   Reading
	// Now is the clock by which is told how fast a log comes; nil: nobody is told what follows from that (Late).
	Now func() time.Time
	// Complete puts a line break between a log that ends without one and what follows it.
	Complete bool
	// Requests is how many logs are read at the same time; the others wait.
	Requests int

	follow  bool
	untold  bool // nobody may be there to tell that a container has ended: the clean end of its log, followed, says so
	tellMu  sync.Mutex
	written order
}

func (e *Engine) tell(n Note) {
	e.tellMu.Lock()
	defer e.tellMu.Unlock()
	if e.Tell != nil {
		e.Tell(n)
	}
}

// Fetch reads streams as they are now and writes each whole, in the order given, while the next ones are being read.
// Streams that cannot be read are told and counted. The error is that writing failed, or that ctx ended.
func (e *Engine) Fetch(ctx context.Context, streams []logstream.Stream) (Summary, error) {
	e.written = oneByOne
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, release := newOutput(ctx, e, e.written)
	defer release()
	lanes := out.make(len(streams))
	out.close()
	var sum Summary
	var mu sync.Mutex
	var running sync.WaitGroup
	running.Go(func() {
		e.each(streams, func(i int) {
			l := lanes[i]
			lanes[i] = nil
			if ctx.Err() != nil {
				out.finish(l)
				return
			}
			t := e.tail(streams[i], newState(streams[i], false), out, l)
			err := t.run(ctx)
			mu.Lock()
			defer mu.Unlock()
			sum.add(e, t, err)
		})
	})
	err := out.run()
	cancelled := ctx.Err()
	cancel()
	running.Wait()
	return sum, errors.Join(err, cancelled)
}

// toEnd reads one stream until its container ends, by what st tells or by the end of what is followed.
func (e *Engine) toEnd(ctx context.Context, s logstream.Stream, st *state) error {
	e.written, e.follow, e.untold = asTheyCome, true, true
	out, release := newOutput(ctx, e, e.written)
	defer release()
	written := make(chan error, 1)
	go func() { written <- out.run() }()
	err := e.tail(s, st, out, out.lane()).run(ctx)
	out.close()
	return errors.Join(err, <-written)
}

// each has streams read in their order, so many at a time. What reading one takes is let go of when it has been read.
func (e *Engine) each(streams []logstream.Stream, read func(i int)) {
	slots := make(chan struct{}, max(1, e.Requests))
	var running sync.WaitGroup
	for i := range streams {
		slots <- struct{}{}
		running.Go(func() {
			read(i)
			<-slots
		})
	}
	running.Wait()
}

// tail prepares the reading of a stream.
func (e *Engine) tail(s logstream.Stream, st *state, out *output, l *lane) *tail {
	t := &tail{
		engine: e, stream: s, state: st, cursor: logstream.NewCursor(), format: e.Format(s), lane: l, out: out, left: -1,
	}
	if e.Read.LimitBytes > 0 {
		t.left = e.Read.LimitBytes
	}
	if e.Read.Tail >= 0 {
		t.head = &head{want: e.Read.Tail, ask: e.Read.Tail + 1}
	}
	return t
}

// Forgotten tells that the node has forgotten runs of a container, and says whether lines are lost with them: what ended
// before the time from which on lines are wanted is no loss.
func (e *Engine) Forgotten(l logstream.Lost) bool {
	if started := l.Oldest.Started; e.Read.Since != nil && !started.IsZero() && started.Before(e.Read.Since()) {
		return false
	}
	e.tell(Note{Kind: Forgotten, Stream: l.Oldest})
	return true
}

// add counts how a stream ended, and tells if it was given up.
func (s *Summary) add(e *Engine, t *tail, err error) {
	s.Gaps += t.gaps
	var write *WriteError
	switch {
	case err == nil, errors.Is(err, errNoContainer):
		s.Streams++
	case errors.As(err, &write), errors.Is(err, context.Canceled):
	default:
		s.GaveUp++
		e.tell(Note{Kind: GaveUp, Stream: t.stream, Err: err})
	}
}
