package cluster

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// briefly is how short a connection that brought nothing counts as a failure.
const briefly = time.Second

var (
	errEmpty = errors.New("the connection broke before the watch began")
	empty    = reflect.TypeOf(watch.NewEmptyWatch())
)

// stream is a watch that outlives its connections: when one ends, for whatever reason but an expired resourceVersion,
// it opens the next from the last resourceVersion it passed on.
type stream struct {
	source  *source
	options metav1.ListOptions
	initial bool // the objects that exist are still coming: there is no resourceVersion to go on from yet
	cancel  context.CancelFunc
	result  chan watch.Event
	once    sync.Once
}

// ResultChan implements watch.Interface.
func (st *stream) ResultChan() <-chan watch.Event { return st.result }

// Stop implements watch.Interface.
func (st *stream) Stop() { st.once.Do(st.cancel) }

// open asks until a connection stands. client-go answers some broken connections with a watch that is empty.
func (st *stream) open(ctx context.Context) (watch.Interface, error) {
	var w watch.Interface
	err := st.source.ask(ctx, func(ctx context.Context) (err error) {
		w, err = st.source.watch(ctx, st.options)
		if err == nil && reflect.TypeOf(w) == empty {
			return errEmpty
		}
		return err
	})
	if err != nil && w != nil {
		w.Stop() // it came when nobody waited for it any more
	}
	return w, err
}

func (st *stream) run(ctx context.Context, w watch.Interface) {
	defer close(st.result)
	defer st.cancel()
	for {
		began := time.Now()
		st.source.connected(w.Stop)
		passed, err := st.pass(ctx, w)
		w.Stop()
		if err != nil || ctx.Err() != nil {
			st.fail(ctx, err)
			return
		}
		if st.initial && passed > 0 {
			st.source.broken++
			return // half of what exists cannot be gone on from: the reflector begins again
		}
		switch {
		case time.Since(began) >= briefly:
			st.source.rounds = 0
		case passed == 0:
			st.source.rounds++
		}
		if w, err = st.open(ctx); err != nil {
			st.fail(ctx, err)
			return
		}
	}
}

// fail tells the reflector what ended the watch for good.
func (st *stream) fail(ctx context.Context, err error) {
	var status apierrors.APIStatus
	if ctx.Err() != nil || !errors.As(err, &status) {
		return
	}
	object := status.Status()
	if !staleVersion(err) {
		// Whatever else it is, reading the list again will tell it better.
		object = *expired()
		st.source.rounds++
	}
	st.send(ctx, watch.Event{Type: watch.Error, Object: &object})
}

// pass hands on what one connection brings and returns how many events that were. An error is one that the reflector
// has to know; other errors in the stream end the connection like a cut.
func (st *stream) pass(ctx context.Context, w watch.Interface) (int, error) {
	passed := 0
	for event := range w.ResultChan() {
		st.source.touched()
		if event.Type == watch.Error {
			return passed, st.failure(apierrors.FromObject(event.Object))
		}
		object, err := meta.Accessor(event.Object)
		if err != nil {
			continue
		}
		if !st.send(ctx, watch.Event{Type: event.Type, Object: st.identify(event, object)}) {
			return passed, ctx.Err()
		}
		passed++
		if !st.initial {
			st.options.ResourceVersion = object.GetResourceVersion()
			if event.Type != watch.Bookmark {
				st.source.rounds = 0
			}
		}
	}
	return passed, nil
}

// identify says to the reflector whom an event is about.
func (st *stream) identify(event watch.Event, about metav1.Object) *identity {
	id := identityOf(about)
	if event.Type == watch.Bookmark {
		id.Annotations = about.GetAnnotations()
		if id.Annotations[metav1.InitialEventsAnnotationKey] == "true" { // which the reflector looks for too
			st.complete()
		}
		return id
	}
	o := event.Object.(object)
	st.source.trim(o)
	if st.initial && event.Type != watch.Deleted {
		st.source.store.exists(o)
	} else {
		id.object = o
	}
	return id
}

// complete notes that all that exists has come: from here on a connection that ends can be gone on from.
func (st *stream) complete() {
	st.initial = false
	st.options.SendInitialEvents, st.options.ResourceVersionMatch = nil, ""
	st.source.broken = 0
	st.source.allowed()
}

// failure sorts an ERROR event: only an expired resourceVersion goes on to the reflector.
func (st *stream) failure(err error) error {
	if staleVersion(err) {
		st.source.rounds++
		if st.initial {
			st.source.broken++
		}
		return err
	}
	if apierrors.IsTooManyRequests(err) {
		_ = st.source.settle(err, 0) // keeps the next attempt away as long as the server asked
	}
	return nil
}

func (st *stream) send(ctx context.Context, event watch.Event) bool {
	select {
	case <-ctx.Done():
		return false
	case st.result <- event:
		return true
	}
}
