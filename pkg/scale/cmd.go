package scale

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Options is what was asked for.
type Options struct {
	Query   target.Query
	Request Request
	Timeout time.Duration // how long to wait until the pods are as many as they should be; 0: no waiting
	DryRun  act.DryRun
	Yes     bool
	Print   act.Printer
}

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	given := flags{output: act.NewOutput("scaled")}
	cmd := &cobra.Command{
		Use:   "scale (JOB…|cronjob/NAME|-f FILE|-l SELECTOR|--all) --replicas N [flags]",
		Short: "Change how many pods of a Job run at once",
		Long: `Change the parallelism of a Job: how many of its pods run at once. --replicas is another name for --parallelism.

--completions changes how many completions an Indexed Job wants. The API server lets that number change only together
with the parallelism, and to the same number, so --completions N alone sets both. The completions of other Jobs cannot
be changed. A finished Job, and a work queue whose first worker has succeeded, would ignore a new size: that is refused,
with the reason. So is a Job that another controller manages. Where Jobs are chosen by -l, --status or --all, such ones
are left out.

Before an Indexed Job gets so small that completed indexes are dropped, or that nothing is left to be done and it ends, it
is asked; where nobody can answer that needs --yes.

Pods that are too many are deleted by the Job controller and not counted as failed: unscheduled ones first, then pending,
then those that are not ready, then the newest.

A CronJob's template is changed for its next runs; Jobs that run are not touched. A template that names neither completions
nor parallelism gets completions 1 with the parallelism, as its runs had: with a parallelism alone they would be work queues,
where each pod does all of the work.`,
		Example: `  # run five pods at once
  kubectl jobx scale myjob --replicas 5

  # only if there are three now, and wait until five are active
  kubectl jobx scale myjob --current-replicas 3 --replicas 5 --timeout 1m

  # make an Indexed Job larger: 20 completions, 20 at once
  kubectl jobx scale indexed --completions 20

  # pause every Job with a label, after looking at what would happen
  kubectl jobx scale -l team=data --replicas 0 --dry-run client

  # the next runs of a CronJob: 8 completions, 4 pods at once
  kubectl jobx scale cronjob/nightly --completions 8 --parallelism 4`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := given.options(args)
			if err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), f, o)
		},
	}
	given.add(cmd)
	return cmd
}

// flags are the flags as they were typed.
type flags struct {
	selection                      factory.SelectFlags
	output                         *act.Output
	replicas, parallelism          act.Count
	completions                    act.Count
	current                        currentCount
	resourceVersion, timeout, mode string
	yes                            bool
}

func (g *flags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	g.selection.AddSelectors(f)
	g.selection.AddFiles(f)
	f.Var(&g.replicas, "replicas", "How many pods run at once (the Job's spec.parallelism)")
	f.Var(&g.parallelism, "parallelism", "The same under the Job's own name for it")
	f.Var(&g.completions, "completions", "How many completions an Indexed Job wants; sets the parallelism to the same number")
	f.Var(&g.current, "current-replicas", "Only if this is the parallelism now; -1: whatever it is")
	f.StringVar(&g.resourceVersion, "resource-version", "", "Only if this is the object's resourceVersion now")
	f.StringVar(&g.timeout, "timeout", "0s", "Wait so long until as many pods are active as there should be, else exit with 124; 0s: do not wait")
	f.BoolVarP(&g.yes, "yes", "y", false, "Do not ask before completed indexes are dropped, or a new size ends the Job")
	act.AddDryRun(f, &g.mode)
	g.output.Add(cmd)
}

// currentCount also takes kubectl's -1 for no condition.
type currentCount struct{ act.Count }

// Set implements pflag.Value.
func (c *currentCount) Set(text string) error {
	if text == "-1" {
		c.Count = act.Count{}
		return nil
	}
	if c.Count.Set(text) != nil {
		return errors.New("want -1 (whatever it is), 0 or more")
	}
	return nil
}

func (g *flags) options(args []string) (Options, error) {
	var o Options
	var err error
	if o.Query, err = g.selection.Query(args, act.Rules()); err != nil {
		return o, err
	}
	o.Request = Request{
		Parallelism: g.replicas.Value(), Completions: g.completions.Value(),
		Current: g.current.Value(), ResourceVersion: g.resourceVersion,
	}
	switch {
	case g.replicas.Value() != nil && g.parallelism.Value() != nil:
		return o, errors.New("--replicas and --parallelism are two names for one thing: give one of them")
	case g.parallelism.Value() != nil:
		o.Request.Parallelism = g.parallelism.Value()
	}
	switch {
	case o.Request.Parallelism == nil && o.Request.Completions == nil:
		return o, errors.New("--replicas is required: how many pods are to run at once?")
	case g.resourceVersion != "" && (o.Query.Broad() || len(o.Query.Refs) > 1):
		return o, act.ErrPinnedSeveral
	}
	if o.Timeout, err = observe.Duration("--timeout", g.timeout); err != nil {
		return o, err
	}
	if o.DryRun, err = act.ParseDryRun(g.mode); err != nil {
		return o, err
	}
	o.Yes = g.yes
	o.Print, err = g.output.Printer(o.DryRun)
	return o, err
}
