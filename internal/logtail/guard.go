package logtail

import (
	"context"
	"time"
)

const (
	// overdue is how long a stream may stay open after its container has ended.
	overdue = 3 * time.Second
	// silence is how long a followed stream may bring nothing before it is opened anew, doubling up to longSilence: a
	// connection that has died without a word looks like a program that writes nothing.
	silence     = 30 * time.Second
	longSilence = 4 * time.Minute
)

// guard watches over a followed stream and cuts it when it hangs. The function it returns ends the watch.
func (t *tail) guard(ctx context.Context, follow bool, cut func()) (stop func()) {
	if !follow {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.watch(ctx, cut)
	}()
	return func() { cancel(); <-done }
}

func (t *tail) watch(ctx context.Context, cut func()) {
	if t.quiet == 0 {
		t.quiet = silence
	}
	heard := t.heard.Load()
	for {
		now := t.state.get()
		if now.over() {
			if t.state.waitFor(ctx, now, overdue) == nil {
				cut()
			}
			return
		}
		if t.state.waitFor(ctx, now, t.quiet) != nil {
			return
		}
		if n := t.heard.Load(); n != heard || t.state.get() != now {
			heard, t.quiet = n, silence
			continue
		}
		t.quiet = min(2*t.quiet, longSilence)
		cut()
		return
	}
}
