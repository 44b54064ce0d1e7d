package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	// pollEvery is how often a list is read when watching is forbidden.
	pollEvery = 2 * time.Second
	// deniedEvery is how often what is forbidden is tried again.
	deniedEvery = 30 * time.Second
	// deniedGrace is how long a refusal of what was allowed before is not believed: an API server that has just been
	// started refuses until it has read the roles.
	deniedGrace = 5 * time.Second
)

// api reads one kind of object of one selection.
type api struct {
	list  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
	// streams says that the server can be asked for a list as a stream of watch events.
	streams bool
}

// source is a kind of object as a reflector reads it (cache.ListerWatcherWithContext). It asks until it is answered,
// and lets through to the reflector only what changes its course: a resourceVersion that has expired, a request that
// this server does not understand.
type source struct {
	api
	what    string // as in "cannot list pods"
	where   string // "in namespace …" or "in all namespaces"
	line    *line
	longest time.Duration // the longest pause between two attempts
	trim    func(runtime.Object)
	store   *store // where what is read goes

	denied func(error)  // a refusal to list that is believed; nil error: allowed again
	fatal  func(error)  // nothing more can come
	notice func(string) // something the user should know

	// What follows is touched by one goroutine at a time: the reflector's, or the stream's that it reads from.
	failures int       // requests in a row without an answer
	rounds   int       // answers in a row that brought nothing: watches that ended at once, versions that had expired
	rejects  int       // 401s in a row
	broken   int       // streams in a row that broke off before all that exists had come
	read     bool      // something has been read
	refused  time.Time // since when listing is refused
	believed bool      // the refusal was passed on
	polling  time.Time // until then watching is taken to be forbidden

	mu   sync.Mutex
	seen time.Time // when the last frame came
	stop func()    // ends the connection of now
}

// ask sends a request until it is answered or the answer is definite.
func (s *source) ask(ctx context.Context, send func(context.Context) error) error {
	for {
		if err := s.line.turn(ctx, s); err != nil {
			return err
		}
		noted, reply := withReply(ctx)
		err := send(noted)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			s.failures, s.rejects = 0, 0
			s.line.through(s)
			return nil
		}
		if err := s.settle(err, reply.retryAfter); err != nil {
			return err
		}
	}
}

// settle decides what a failed request means: nil to ask again, after a pause that turn knows of.
func (s *source) settle(err error, retryAfter time.Duration) error {
	switch judge(err) {
	case untrusted:
		s.fatal(err)
		return err
	case definite:
		s.line.through(s)
		return err
	case rejected:
		if s.rejects++; s.rejects > 1 {
			s.fatal(rejectedTwice(err))
			return err
		}
		return nil
	case waitFor:
		if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
			retryAfter = max(retryAfter, time.Duration(seconds)*time.Second)
		}
		if retryAfter == 0 {
			retryAfter = busyDelay
		}
		s.line.hold(retryAfter)
		return nil
	case again:
	}
	if retryAfter > 0 {
		s.line.hold(retryAfter)
	}
	s.failures++
	s.line.failed(s, err)
	return nil
}

// ListWithContext reads one page. It asks for the newest state, never for what a cache may have had, because a verdict
// hangs on it.
func (s *source) ListWithContext(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
	o.ResourceVersion, o.ResourceVersionMatch = "", ""
	for {
		var page runtime.Object
		err := s.ask(ctx, func(ctx context.Context) (err error) {
			page, err = s.list(ctx, o)
			return err
		})
		switch {
		case err == nil:
			s.allowed()
			return s.identify(page)
		case ctx.Err() != nil:
			return nil, err
		case staleVersion(err):
			s.rounds++ // the reflector comes back at once
			return nil, err
		}
		if err := s.refusedToList(ctx, err); err != nil {
			return nil, err
		}
	}
}

func (s *source) allowed() {
	s.read, s.refused = true, time.Time{}
	if s.believed {
		s.believed = false
		s.denied(nil)
	}
}

// refusedToList passes a refusal on once it is to be believed, and waits before the next attempt.
func (s *source) refusedToList(ctx context.Context, err error) error {
	if s.refused.IsZero() {
		s.refused = time.Now()
	}
	if s.read && !s.believed && time.Since(s.refused) < deniedGrace {
		return sleep(ctx, deniedGrace/10)
	}
	if !s.believed {
		s.believed = true
		s.denied(fmt.Errorf("cannot list %s %s: %w", s.what, s.where, err))
	}
	return sleep(ctx, deniedEvery)
}

// WatchWithContext opens a watch that opens itself again.
func (s *source) WatchWithContext(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	initial := o.SendInitialEvents != nil && *o.SendInitialEvents
	if time.Now().Before(s.polling) {
		return s.poll(ctx, initial)
	}
	if initial && (!s.streams || s.broken >= 2) {
		return nil, errNoStream
	}
	ctx, cancel := context.WithCancel(ctx)
	st := &stream{source: s, options: o, initial: initial, cancel: cancel, result: make(chan watch.Event)}
	first, err := st.open(ctx)
	if err == nil {
		go st.run(ctx, first)
		return st, nil
	}
	cancel()
	if apierrors.IsForbidden(err) && !initial {
		if s.polling.IsZero() {
			s.notice(fmt.Sprintf("no permission to watch %s %s: asking every %v", s.what, s.where, pollEvery))
		}
		s.polling = time.Now().Add(deniedEvery)
		return s.poll(ctx, false)
	}
	switch {
	case !initial:
		s.rounds++
	case staleVersion(err):
		s.rounds++
		s.broken++
	default:
		s.streams = false // a server that does not know how, or must not
	}
	return nil, err
}

// errNoStream makes the reflector read a list, a page at a time.
var errNoStream = errors.New("the objects that exist are not read as a stream")

// poll stands in for a watch that is forbidden: after the interval it says that the list has expired, upon which the
// reflector reads it again.
func (s *source) poll(ctx context.Context, initial bool) (watch.Interface, error) {
	if initial {
		return nil, errNoStream
	}
	ctx, cancel := context.WithCancel(ctx)
	st := &stream{source: s, cancel: cancel, result: make(chan watch.Event)}
	go func() {
		defer close(st.result)
		if sleep(ctx, pollEvery) == nil {
			st.send(ctx, watch.Event{Type: watch.Error, Object: expired()})
		}
	}()
	return st, nil
}

func expired() *metav1.Status {
	status := apierrors.NewResourceExpired("time to ask again").Status()
	return &status
}

// touched notes that a frame came.
func (s *source) touched() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = time.Now()
}

// lastFrame returns when the last frame came.
func (s *source) lastFrame() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// reopen ends the connection of now, which the stream answers with a new one from where it stands.
func (s *source) reopen() {
	s.mu.Lock()
	stop := s.stop
	s.seen = time.Now()
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
}

func (s *source) connected(stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop, s.seen = stop, time.Now()
}
