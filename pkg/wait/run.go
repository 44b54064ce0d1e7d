package wait

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
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// every bounds how often a Job that changes fast is looked at.
const every = 20 * time.Millisecond

func run(ctx context.Context, f *factory.Factory, o Options) error {
	client, err := f.Client()
	if err != nil {
		return err
	}
	resolver, err := f.Resolver(client, target.Job, target.CronJob)
	if err != nil {
		return err
	}
	feed, err := o.feed(ctx, resolver, f.ErrOut)
	if err != nil {
		return err
	}
	terminal := f.Terminal(f.Out)
	defer terminal.Restore()
	v := &quiet{w: f.Out, style: render.Style{Color: terminal.Color, UTF8: terminal.UTF8}}
	logs := observe.NewFailureLogs(client, observe.LogsWanted{Lines: o.Logs, TTY: terminal.IsTTY, Style: v.style})
	jobs, err := observe.Run(ctx, observe.Options{
		Feed: logs.Feed(ctx, feed), Rule: o.Rule, Now: f.Now, Every: every, Any: o.Any, Timeout: o.Timeout,
	}, v)
	if err == nil || errors.Is(err, observe.ErrTimeout) {
		if printErr := logs.Print(ctx, f.Out, jobs); printErr != nil {
			return printErr
		}
	}
	return o.result(ctx, jobs, err, f.ErrOut, resolver)
}

func (o *Options) feed(ctx context.Context, r target.Resolver, notes io.Writer) (observe.Feed, error) {
	follow := cluster.FollowOptions{Pods: true, Events: o.Rule.FailFast != nil, Notice: func(text string) {
		_, _ = fmt.Fprintln(notes, safetext.Line(text))
	}}
	if o.Named() {
		return observe.FeedOf(ctx, r, o.Refs, follow)
	}
	return observe.FeedAll(r.Client, o.Selection(r.Namespace), follow), nil
}

func (o *Options) result(ctx context.Context, jobs []observe.Job, err error, notes io.Writer, r target.Resolver) error {
	switch {
	case errors.Is(err, observe.ErrTimeout):
		for _, j := range jobs {
			if j.End == nil {
				_, _ = fmt.Fprintf(notes, "timed out after %s: job %q in namespace %q %s\n",
					o.Timeout, j.Status.Name, j.Status.Namespace, observe.LeftAs(j))
			}
		}
		if len(jobs) == 0 {
			_, _ = fmt.Fprintf(notes, "timed out after %s: the Jobs could not be read\n", o.Timeout)
		}
		return exit.Silent(exit.Timeout)
	case errors.Is(err, observe.ErrNoJobs):
		return o.NoJobs(ctx, r)
	case err != nil:
		return err
	default:
		return exit.Silent(observe.Code(jobs, o.Any))
	}
}

// quiet says one line per Job, when it ends.
type quiet struct {
	w     io.Writer
	style render.Style
	told  map[string]bool
}

// Show implements observe.View.
func (q *quiet) Show(_ time.Time, jobs []observe.Job) error {
	for _, j := range jobs {
		key := string(j.Status.UID)
		if j.End == nil || q.told[key] {
			continue
		}
		if q.told == nil {
			q.told = map[string]bool{}
		}
		q.told[key] = true
		if _, err := fmt.Fprintln(q.w, observe.Verdict(j, q.style)); err != nil {
			return err
		}
	}
	return nil
}
