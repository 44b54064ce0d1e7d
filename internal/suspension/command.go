package suspension

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Options is what was asked for.
type Options struct {
	Suspend bool
	Done    string // what is said of an object then: suspended
	Query   target.Query
	Wait    bool
	Timeout time.Duration // of the wait; 0: as long as it takes
	DryRun  act.DryRun
	Yes     bool // do not ask
	Print   act.Printer
}

// Verb is what sets suspend and resume apart.
type Verb struct {
	Suspend              bool
	Name, Done           string // suspend, suspended
	Short, Long, Example string
}

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func (v Verb) NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	var given flags
	cmd := &cobra.Command{
		Use:   v.Name + " (JOB…|cronjob/NAME|-f FILE|-l SELECTOR|--all) [flags]",
		Short: v.Short, Long: v.Long, Example: v.Example,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := given.options(args, v)
			if err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), f, o)
		},
	}
	given.add(cmd, v)
	return cmd
}

// flags are the flags of both verbs as they were typed.
type flags struct {
	selection     factory.SelectFlags
	output        *act.Output
	wait, yes     bool
	timeout, mode string
}

// add adds the flags to the command.
func (g *flags) add(cmd *cobra.Command, v Verb) {
	f := cmd.Flags()
	g.output = act.NewOutput(v.Done)
	g.selection.AddSelectors(f)
	g.selection.AddFiles(f)
	f.BoolVar(&g.wait, "wait", false, "Wait until the Job has no pods any more (suspend), or an active one (resume)")
	f.StringVar(&g.timeout, "timeout", "0s", "With --wait: give up after this long, with exit code 124; 0s: wait as long as it takes")
	if v.Suspend { // nothing is lost by going on
		f.BoolVarP(&g.yes, "yes", "y", false, "Do not ask before a Job is suspended that this would end")
	}
	act.AddDryRun(f, &g.mode)
	g.output.Add(cmd)
}

// options checks what was typed, without a request.
func (g *flags) options(args []string, v Verb) (Options, error) {
	o := Options{Suspend: v.Suspend, Done: v.Done, Wait: g.wait, Yes: g.yes}
	var err error
	rules := act.Rules()
	rules.Chosen = false // what is suspended can be resumed
	if o.Query, err = g.selection.Query(args, rules); err != nil {
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

func run(ctx context.Context, f *factory.Factory, o Options) error {
	flow := act.Flow{
		Query: o.Query, DryRun: o.DryRun, Yes: o.Yes, Word: o.Done, Print: o.Print,
		Plan: func(item target.Item) act.Plan { return Plan(item, o.Suspend, f.Now()) },
	}
	if o.Wait {
		flow.Wait = &act.Wait{
			Timeout: o.Timeout,
			Settled: func(job *batchv1.Job) bool { return settled(job, o.Suspend) },
			Missing: func(job *batchv1.Job) string { return missing(job, o.Suspend) },
			Lasting: o.Suspend,
		}
	}
	return flow.Run(ctx, f)
}

// settled says whether the controller has done what spec.suspend asks for.
func settled(job *batchv1.Job, suspend bool) bool {
	if target.IsFinished(job) {
		return true
	}
	if !suspend {
		none := act.Wanted(job, act.Parallelism(&job.Spec), nil) == 0 // no pod will come
		return target.StatusOf(job) != target.Suspended && (job.Status.Active > 0 || none)
	}
	return target.StatusOf(job) == target.Suspended && job.Status.Active+terminating(job) == 0
}

// missing says what keeps a Job from being settled.
func missing(job *batchv1.Job, suspend bool) string {
	n := job.Status.Active + terminating(job)
	switch {
	case suspend && n == 1:
		return "1 pod of it has not ended"
	case suspend && n > 0:
		return act.Plural(n, "pod") + " of it have not ended"
	case !suspend && target.StatusOf(job) != target.Suspended:
		return "no pod of it is active"
	default:
		return "the controller has not got there"
	}
}

func terminating(job *batchv1.Job) int32 {
	if job.Status.Terminating == nil {
		return 0
	}
	return *job.Status.Terminating
}
