// Package cli is the command tree, built fresh for each run, and the edge between it and the shell: signals become a
// cancelled context, errors a message and an exit code.
package cli

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

// Process is what main gives: the only door to the outside that is not a server.
type Process struct {
	In        io.Reader
	Out, Err  io.Writer
	LookupEnv func(string) (string, bool)
	Now       func() time.Time
}

// grace is how long a verb has to tidy up after a signal before the program ends without it.
const grace = 2 * time.Second

// Main runs one command line (without the program's name) and returns the exit code.
func Main(ctx context.Context, args []string, p Process) int {
	ctx, caught, stop := notify(ctx)
	defer stop()
	f := factory.New(genericiooptions.IOStreams{In: p.In, Out: p.Out, ErrOut: p.Err}, p.LookupEnv, p.Now)
	root := NewRoot(f)
	root.SetArgs(switchSpelling(root, cascadeSpelling(args)))
	debug.SetTraceback("crash")
	done := make(chan error, 1)
	go func() { done <- execute(ctx, root) }()
	select {
	case err := <-done:
		return int(finish(p.Err, err, caught()))
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return int(finish(p.Err, err, caught()))
	case <-time.After(grace):
		return int(caught())
	}
}

// execute runs the command. A panic becomes an error: Go's own exit code for one is 2, which says here that the Job
// failed. One in another goroutine cannot be caught; the traceback that Main sets ends the program by SIGABRT then. The
// terminal needs nothing in either case: between two frames it is always as it was.
func execute(ctx context.Context, root *cobra.Command) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v: this is a bug in jobx\n%s", v, debug.Stack())
		}
	}()
	// cobra's help cannot fail: what it could not write is remembered here.
	help := &firstError{w: root.OutOrStdout()}
	root.SetOut(help)
	if err := root.ExecuteContext(ctx); err != nil {
		return err
	}
	return help.err
}

// firstError is a writer that remembers the first error of writing.
type firstError struct {
	w   io.Writer
	err error
}

// Write writes on.
func (f *firstError) Write(text []byte) (int, error) {
	n, err := f.w.Write(text)
	if f.err == nil {
		f.err = err
	}
	return n, err
}

// finish tells the error, once, and gives the exit code.
func finish(w io.Writer, err error, signalled exit.Code) exit.Code {
	code := exit.Of(err, signalled)
	if err == nil || (signalled != exit.OK && code == signalled) {
		return code
	}
	if text := Explain(err); text != "" {
		_, _ = fmt.Fprintln(w, text)
	}
	return code
}
