package logtail

import (
	"context"
	"errors"
	"time"
)

const (
	// overdue is how long a stream may stay open after its container has ended, when nothing comes any more.
	overdue = 3 * time.Second
	// silence is how long a stream may bring nothing. One that is not followed is cut then. Of one that is, the node is
	// asked whether there is anything, doubling up to longSilence: a connection that has died without a word looks like a
	// program that writes nothing.
	silence     = 30 * time.Second
	longSilence = 4 * time.Minute
	// glance is how often a stream is looked at.
	glance = time.Second
	// muchAtOnce is from how many bytes on, in one stream, a second of silence is enough to ask: a kubelet that was still
	// busy reading when the log was rotated stays at the old file (see compare).
	muchAtOnce = 64 << 10
)

// errSilent is why a request is cut that hangs.
var errSilent = errors.New("the node did not go on with the log")

// guard watches over a request, from before it is answered, and cuts it when it hangs. The function it returns ends the watch.
func (t *tail) guard(ctx context.Context, follow bool, cut context.CancelCauseFunc) (stop func()) {
	t.level.stuck = false
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.watch(ctx, follow, cut)
	}()
	return func() { cancel(); <-done }
}

func (t *tail) watch(ctx context.Context, follow bool, cut context.CancelCauseFunc) {
	if t.level.quiet == 0 {
		t.level.quiet = silence
	}
	began := t.level.heard.Load()
	heard, asked, silent := began, began, time.Duration(0)
	for {
		now := t.state.get()
		if t.state.waitFor(ctx, now, glance) != nil {
			return
		}
		if n := t.level.heard.Load(); n != heard || t.state.get() != now || t.level.busy.Load() {
			switch {
			case n-asked >= muchAtOnce:
				t.level.quiet = glance
			case n != heard:
				t.level.quiet = silence
			}
			heard, silent = n, 0
			continue
		}
		silent += glance
		if heard == 0 {
			t.level.waited.Store(true)
		}
		switch {
		case follow && !now.over():
			if silent < t.level.quiet {
				continue
			}
			asked, silent = heard, 0
			if t.behind(ctx, now, heard, heard > began) {
				t.level.stuck = true
				cut(errSilent)
				return
			}
		case silent >= silence, follow && silent >= overdue:
			cut(errSilent)
			return
		}
	}
}

// behind asks the node whether there is something that the stream did not bring. A node that does not answer says nothing
// about the stream: an API server that is being stopped refuses requests and goes on with those it has.
func (t *tail) behind(ctx context.Context, now view, heard int64, brought bool) bool {
	switch t.compare(ctx, now, heard, brought) {
	case isBehind:
		t.level.quiet = min(2*t.level.quiet, longSilence)
		return true
	case unreachable:
		t.level.quiet = silence
	case isLevel:
		t.level.quiet = min(2*t.level.quiet, longSilence)
	}
	return false
}
