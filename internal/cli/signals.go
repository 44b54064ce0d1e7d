package cli

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
)

// notify cancels the context on the first signal that asks the program to end. caught gives the exit code it asks for,
// or exit.OK while none came.
func notify(ctx context.Context) (_ context.Context, caught func() exit.Code, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as under nohup, or behind a shell's & for SIGINT: whoever ignored it meant it
			signal.Notify(signals, s)
		}
	}
	var code atomic.Int32
	go func() {
		select {
		case s := <-signals:
			outliveReader() // Ctrl-C also ends what reads from a pipe: that must not cut off the words about where it stood
			code.Store(int32(codeOf(s)))
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() exit.Code { return exit.Code(code.Load()) }, func() { signal.Stop(signals); cancel() }
}

// outliveReader lets the program go on when the reader of its output ends: writing fails then.
func outliveReader() { signal.Ignore(syscall.SIGPIPE) }

func codeOf(s os.Signal) exit.Code {
	switch s {
	case os.Interrupt:
		return exit.Interrupted
	case syscall.SIGHUP:
		return exit.HungUp
	default:
		return exit.Terminated
	}
}
