//go:build !windows

package term

import (
	"context"
	"syscall"
	"testing"
)

func TestChanges(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	changes := Changes(ctx)
	for sent, want := range map[syscall.Signal]Change{syscall.SIGWINCH: Resized, syscall.SIGCONT: Resumed} {
		check(t, syscall.Kill(syscall.Getpid(), sent))
		if got := <-changes; got != want {
			t.Errorf("%v: got %v", sent, got)
		}
	}
}

func TestChangesAreFolded(t *testing.T) {
	var pending []Change
	for _, s := range []syscall.Signal{syscall.SIGWINCH, syscall.SIGCONT, syscall.SIGWINCH} {
		pending = fold(pending, s)
	}
	if len(pending) != 2 || pending[0] != Resized || pending[1] != Resumed {
		t.Errorf("got %v", pending)
	}
}
