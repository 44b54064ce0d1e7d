package watch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
)

// Options is what was asked for.
type Options struct {
	observe.Subject
	Rule     observe.Rule
	Timeout  time.Duration // 0: none
	Interval time.Duration // between two lines of progress where there is no terminal; 0: none
	Events   bool
	Pods     int    // how many a frame shows at most; 0: as many as fit
	Output   string // "" or json
	Logs     int64  // lines of each log of what failed; 0: none
}

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	var o Options
	var common observe.Flags
	var interval, logs string
	cmd := &cobra.Command{
		Use:   "watch (NAME | job/NAME | cronjob/NAME | -l SELECTOR | --all) [flags]",
		Short: "Watch Jobs run toward their completion count, until they end",
		Long: `Watch Jobs run toward their completion count, until they end: complete, failed, or gone.

On a terminal a block is repainted in place; elsewhere there is a line per transition, and one of progress now and
then. A CronJob stands for its run that is under way, or else the newest.

The exit code is 0 when the Job completed, 2 when it failed, 3 when it was deleted or replaced before it finished, 124
when --timeout passed first, 130 when interrupted, and 1 for anything else; with several Jobs the worst of theirs.`,
		Example: `  # Watch a Job until it ends
  kubectl jobx watch example-job

  # In a pipeline: give up after ten minutes, and at once when the image cannot be pulled for a minute
  kubectl jobx watch job/example-job --timeout 10m --fail-fast=1m

  # If it fails, show the last 50 lines of every container that did
  kubectl jobx watch job/example-job --logs

  # Wait for a CronJob's next run and watch it
  kubectl jobx watch cronjob/hello --next

  # All Jobs with a label, as JSON, one object per transition
  kubectl jobx watch -l app=report -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(args, common, interval); err != nil {
				return err
			}
			var err error
			if o.Logs, err = observe.ParseLogs(cmd.Flags(), "logs"); err != nil {
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
	flags.BoolVar(&o.Next, "next", false, "With a CronJob: wait for its next run, and watch that")
	flags.StringVar(&interval, "interval", "30s", "How often a line of progress is printed where there is no terminal; 0s: never")
	flags.BoolVar(&o.Events, "events", true, "Show the latest events")
	flags.IntVar(&o.Pods, "pods", 0, "Show at most this many pods; 0 shows as many as fit, -1 none")
	observe.AddLogsFlag(flags, &logs, "logs")
	flags.StringVarP(&o.Output, "output", "o", "", "Output format: json, one object per transition")
	return cmd
}

func (o *Options) complete(args []string, common observe.Flags, interval string) error {
	var err error
	if err = o.Parse(args); err != nil {
		return err
	}
	if o.Rule, o.Timeout, err = common.Rule(); err != nil {
		return err
	}
	if o.Interval, err = observe.Duration("--interval", interval); err != nil {
		return err
	}
	switch o.Output {
	case "", "json":
	case "yaml":
		return errors.New("-o yaml: a stream of transitions is one document per line, which yaml is not\nuse -o json")
	default:
		return fmt.Errorf("-o %+q: want json", o.Output)
	}
	if o.Pods < -1 {
		return fmt.Errorf("--pods %d: want -1 (none), 0 (as many as fit) or more", o.Pods)
	}
	return nil
}
