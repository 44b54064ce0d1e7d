//go:build !windows

package term

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// Changes tells of changes to the terminal until ctx ends. A change that nobody waits for is kept, a second of the same
// kind is folded into it. On Windows nothing is told: Size is asked for at each repaint anyway.
func Changes(ctx context.Context) <-chan Change {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGCONT)
	out := make(chan Change)
	go func() {
		defer signal.Stop(signals)
		var pending []Change
		for {
			var ready chan<- Change
			var next Change
			if len(pending) > 0 {
				ready, next = out, pending[0]
			}
			select {
			case <-ctx.Done():
				return
			case s := <-signals:
				pending = fold(pending, s)
			case ready <- next:
				pending = pending[1:]
			}
		}
	}()
	return out
}

// fold adds the change that a signal tells of, unless it is there.
func fold(pending []Change, s os.Signal) []Change {
	c := Resized
	if s == syscall.SIGCONT {
		c = Resumed
	}
	if slices.Contains(pending, c) {
		return pending
	}
	return append(pending, c)
}
