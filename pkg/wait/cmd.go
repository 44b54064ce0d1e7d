package wait

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
)

// Options is what was asked for.
type Options struct {
	observe.Subject
	Rule    observe.Rule
	Timeout time.Duration // 0: none
	Any     bool          // the first Job that ends is enough
	Logs    int64         // lines of each log of what failed; 0: none
}

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	var o Options
	var common observe.Flags
	var logs string
	cmd := &cobra.Command{
		Use:   "wait (NAME… | job/NAME… | cronjob/NAME | -l SELECTOR | --all) [flags]",
		Short: "Wait for Jobs to end, and say how they did by the exit code",
		Long: `Wait in silence until Jobs are complete, failed, or gone, and say in one line each how they ended. Unlike kubectl wait
it ends when a Job fails, when it is deleted, and when another Job takes its name.

The exit code is 0 when the Job completed, 2 when it failed, 3 when it was deleted or replaced before it finished, 124
when --timeout passed first, 130 when interrupted, and 1 for anything else; with several Jobs the worst of theirs.`,
		Example: `  # Wait until a Job has ended, however it ends
  kubectl jobx wait example-job --timeout 10m

  # In a pipeline: if it fails, show the last 50 lines of every container that did
  kubectl jobx wait example-job --timeout 10m --logs-on-fail

  # Wait for the first of several to end
  kubectl jobx wait job-a job-b --any

  # Wait until the outcome is certain, pods may still be stopping
  kubectl jobx wait example-job --until=decided`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(args, common); err != nil {
				return err
			}
			var err error
			if o.Logs, err = observe.ParseLogs(cmd.Flags(), logsFlag); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), f, o)
		},
	}
	flags := cmd.Flags()
	common.Add(flags)
	o.AddFlags(flags)
	observe.AddLogsFlag(flags, &logs, logsFlag)
	flags.BoolVar(&o.Any, "any", false, "End when the first of several Jobs ends, with its exit code")
	return cmd
}

// logsFlag asks for the logs of what failed.
const logsFlag = "logs-on-fail"

func (o *Options) complete(args []string, common observe.Flags) error {
	if o.Any && o.All && len(args) > 0 {
		o.All = false // --all beside names says the default in words: wait for all of them
		return errors.New("--any and --all exclude each other when Jobs are named")
	}
	if o.All && len(args) > 0 {
		o.All = false // "wait a b --all": all of the named, which is the default
	}
	if err := o.Parse(args); err != nil {
		return err
	}
	var err error
	o.Rule, o.Timeout, err = common.Rule()
	return err
}
