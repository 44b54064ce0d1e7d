package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term"
)

// frameEvery is the least time between two frames, and between two looks at a Job that changes fast.
const frameEvery = 100 * time.Millisecond

// linesEvery is the same without a terminal: a line follows its cause at once, a burst is taken together.
const linesEvery = 20 * time.Millisecond

// view is what shows the Jobs, and says what else is to be known.
type view interface {
	observe.View
	// Notice tells about the connection, or about waiting; the text may be untrusted.
	Notice(text string)
	// Close ends the showing with the verdicts.
	Close(jobs []observe.Job) error
}

func run(ctx context.Context, f *factory.Factory, o Options) error {
	client, err := f.Client()
	if err != nil {
		return err
	}
	resolver, err := f.Resolver(client, target.Job, target.CronJob)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	terminal := f.Terminal(f.Out)
	defer terminal.Restore()
	v, every := newView(f, terminal, o)
	s := session{Options: o, client: client, view: v, now: f.Now, resolver: resolver}
	feed, err := s.feed(ctx)
	if err != nil {
		return err
	}
	logs := observe.NewFailureLogs(client, observe.LogsWanted{
		Lines: o.Logs, TTY: terminal.IsTTY, JSON: o.Output == "json", Style: render.Style{Color: terminal.Color, UTF8: terminal.UTF8},
	})
	jobs, err := observe.Run(ctx, observe.Options{
		Feed: logs.Feed(ctx, feed), Rule: o.Rule, Now: f.Now, Every: every, Timeout: o.Timeout, Wake: wake(ctx, v),
	}, v)
	if closeErr := v.Close(jobs); closeErr != nil && err == nil {
		err = closeErr
	}
	if err == nil || errors.Is(err, observe.ErrTimeout) {
		if printErr := logs.Print(ctx, f.Out, jobs); printErr != nil {
			return printErr
		}
	}
	return s.result(ctx, jobs, err, f.ErrOut)
}

// session is one run of the command.
type session struct {
	Options
	client   *cluster.Client
	view     view
	now      func() time.Time
	resolver target.Resolver
}

func (s *session) feed(ctx context.Context) (observe.Feed, error) {
	o := cluster.FollowOptions{Pods: true, Events: s.Events, Notice: s.view.Notice}
	switch {
	case !s.Named():
		o.Events = false // a board has no room for them
		return observe.FeedAll(s.client, s.Selection(s.resolver.Namespace), o), nil
	case s.Next:
		return s.next(ctx, o)
	default:
		return observe.FeedOf(ctx, s.resolver, s.Refs, o)
	}
}

// result words how the run ended, and gives the exit code.
func (s *session) result(ctx context.Context, jobs []observe.Job, err error, w io.Writer) error {
	switch {
	case errors.Is(err, observe.ErrTimeout):
		left := observe.Left(jobs)
		switch {
		case len(jobs) == 0 && s.Next:
			left = "no run has started"
		case len(jobs) == 0:
			left = "the Jobs could not be read"
		}
		_, _ = fmt.Fprintf(w, "timed out after %s: %s\n", s.Timeout, left)
		return exit.Silent(exit.Timeout)
	case errors.Is(err, context.Canceled) && len(jobs) > 0:
		_, _ = fmt.Fprintf(w, "stopped watching: %s\n", observe.Left(jobs))
		return err
	case errors.Is(err, observe.ErrNoJobs):
		return s.NoJobs(ctx, s.resolver)
	case err != nil:
		return err
	default:
		return exit.Silent(observe.Code(jobs, false))
	}
}

// newView chooses how to show: JSON when asked for, a block where the cursor may be moved, else lines.
func newView(f *factory.Factory, t *term.Terminal, o Options) (view, time.Duration) {
	switch {
	case o.Output == "json":
		return &jsonView{w: f.Out, notes: f.ErrOut}, linesEvery
	case t.IsTTY && t.Live:
		return newLiveView(f, t, o), frameEvery
	default:
		return &lineView{w: f.Out, notes: f.ErrOut, style: render.Style{UTF8: t.UTF8, Color: t.Color}, interval: o.Interval}, linesEvery
	}
}

// wake passes on that the terminal changed, for a view that cares.
func wake(ctx context.Context, v view) <-chan struct{} {
	live, ok := v.(*liveView)
	if !ok {
		return nil
	}
	woken := make(chan struct{})
	go func() {
		changes := term.Changes(ctx)
		for {
			select {
			case <-ctx.Done():
				return
			case c, more := <-changes:
				if !more {
					return
				}
				live.changed(c)
				select {
				case woken <- struct{}{}:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return woken
}
