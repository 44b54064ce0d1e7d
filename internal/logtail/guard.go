package logtail

import (
	"context"
	"time"
)

const (
	// overdue is how long a stream may stay open after its container has ended.
	overdue = 3 * time.Second
	// silence is how long a followed stream may bring nothing before the node is asked whether there is anything, doubling
	// up to longSilence: a connection that has died without a word looks like a program that writes nothing.
	silence     = 30 * time.Second
	longSilence = 4 * time.Minute
	// glance is how often a stream is looked at.
	glance = time.Second
	// muchAtOnce is from how many bytes on, in one stream, a second of silence is enough to ask: a kubelet that was still
	// busy reading when the log was rotated stays at the old file (see behind).
	muchAtOnce = 64 << 10
)

// guard watches over a followed stream and cuts it when it hangs. The function it returns ends the watch.
func (t *tail) guard(ctx context.Context, follow bool, cut func()) (stop func()) {
	t.stuck = false
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
	began := t.heard.Load()
	heard, asked, silent := began, began, time.Duration(0)
	for {
		now := t.state.get()
		if now.over() {
			if t.state.waitFor(ctx, now, overdue) == nil {
				cut()
			}
			return
		}
		if t.state.waitFor(ctx, now, glance) != nil {
			return
		}
		if n := t.heard.Load(); n != heard || t.state.get() != now || t.busy.Load() {
			switch {
			case n-asked >= muchAtOnce:
				t.quiet = glance
			case n != heard:
				t.quiet = silence
			}
			heard, silent = n, 0
			continue
		}
		if silent += glance; silent < t.quiet {
			continue
		}
		asked, silent, t.quiet = heard, 0, min(2*t.quiet, longSilence)
		switch t.compare(ctx, now, heard, heard > began) {
		case isLevel:
		case isBehind:
			t.stuck = true
			cut()
			return
		case unreachable:
			cut()
			return
		}
	}
}
