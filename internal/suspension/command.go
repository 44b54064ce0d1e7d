package suspension

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Options is what was asked for.
type Options struct {
	Suspend bool
	Query   target.Query
	Wait    bool
	Timeout time.Duration // of the wait; 0: as long as it takes
	DryRun  act.DryRun
	Print   printers.ResourcePrinter
}

// Flags are the flags of both verbs as they were typed.
type Flags struct {
	selection     factory.SelectFlags
	output        *act.Output
	wait          bool
	timeout, mode string
}

// Add adds the flags to the command. word is what is printed behind an object: suspended, resumed.
func (g *Flags) Add(cmd *cobra.Command, word string) {
	f := cmd.Flags()
	g.output = act.NewOutput(word)
	g.selection.AddSelectors(f)
	g.selection.AddFiles(f)
	f.BoolVar(&g.wait, "wait", false, "Wait until the Job has no pods any more (suspend), or an active one (resume)")
	f.StringVar(&g.timeout, "timeout", "0s", "With --wait: give up after this long, with exit code 124; 0s: wait as long as it takes")
	act.AddDryRun(f, &g.mode)
	g.output.Add(cmd)
}

// Options checks what was typed, without a request.
func (g *Flags) Options(args []string, suspend bool) (Options, error) {
	o := Options{Suspend: suspend, Wait: g.wait}
	var err error
	if o.Query, err = g.selection.Query(args, act.Rules()); err != nil {
		return o, err
	}
	if o.Timeout, err = observe.Duration("--timeout", g.timeout); err != nil {
		return o, err
	}
	if o.Timeout > 0 && !o.Wait {
		return o, errors.New("--timeout goes with --wait")
	}
	if o.DryRun, err = act.ParseDryRun(g.mode); err != nil {
		return o, err
	}
	o.Print, err = g.output.Printer(o.DryRun)
	return o, err
}

// Run does it.
func Run(ctx context.Context, f *factory.Factory, o Options) error {
	word := "resumed"
	if o.Suspend {
		word = "suspended"
	}
	flow := act.Flow{
		Query: o.Query, DryRun: o.DryRun, Word: word, Print: o.Print,
		Plan: func(item target.Item) act.Plan { return Plan(item, o.Suspend, f.Now()) },
	}
	if o.Wait {
		flow.Wait = func(ctx context.Context, c *cluster.Client, item target.Item) error {
			return waitFor(ctx, c, item, waiting{o.Suspend, o.Timeout, word})
		}
	}
	return flow.Run(ctx, f)
}

type waiting struct {
	suspend bool
	timeout time.Duration
	word    string
}

var errTimeout = errors.New("the time is up")

// waitFor waits until the change has taken effect. A CronJob's has at once.
func waitFor(ctx context.Context, client *cluster.Client, item target.Item, w waiting) error {
	if item.Job == nil {
		return nil
	}
	if w.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, w.timeout, errTimeout)
		defer cancel()
	}
	uid := item.Job.UID
	gone := false
	one := cluster.Selection{Namespace: item.Job.Namespace, Fields: fields.OneTermEqualSelector("metadata.name", item.Job.Name)}
	err := client.UntilJobs(ctx, one, func(j *batchv1.Job) bool { return j.UID == uid },
		func(known cluster.Known[batchv1.Job]) bool {
			job := known[uid]
			gone = job == nil
			return gone || settled(job, w.suspend)
		})
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errTimeout):
		return &exit.Error{Code: exit.Timeout, Err: fmt.Errorf("%s, but after %s the controller has not got there", w.word, w.timeout)}
	case err != nil:
		return fmt.Errorf("%s, but the wait failed: %w", w.word, err)
	case gone:
		return &exit.Error{Code: exit.JobGone, Err: fmt.Errorf("%s, but it was deleted while waiting", w.word)}
	default:
		return nil
	}
}

// settled says whether the controller has done what spec.suspend asks for.
func settled(job *batchv1.Job, suspend bool) bool {
	if target.IsFinished(job) {
		return true
	}
	if !suspend {
		return target.StatusOf(job) != target.Suspended && job.Status.Active > 0
	}
	terminating := job.Status.Terminating != nil && *job.Status.Terminating > 0
	return target.StatusOf(job) == target.Suspended && job.Status.Active == 0 && !terminating
}
