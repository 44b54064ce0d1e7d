package describe

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Options is what was asked for.
type Options struct {
	Query      target.Query
	ShowEvents bool
	Output     string // "", json or yaml
}

// The formats that print what was computed.
const (
	asJSON = "json"
	asYAML = "yaml"
)

func rules() target.Rules {
	both := []target.Kind{target.Job, target.CronJob}
	return target.Rules{Kinds: both, Bare: both, Listed: both, Typed: true}
}

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	var o Options
	var chunk int64
	var selected factory.SelectFlags
	cmd := &cobra.Command{
		Use:   "describe (NAME…|job/NAME|cronjob/NAME|jobs|cronjobs|-f FILE|-l SELECTOR|--all) [flags]",
		Short: "Show a Job or a CronJob on a page: status and reason, pods, failures, events",
		Long: `Show everything about Jobs and CronJobs: how they do and why, what they were asked to do, conditions, failures, pods, the
pod template, and the events of the Job and of its pods.

A name that nothing has stands for all names that begin with it. With -o json or yaml the page is data: the object itself,
the computed status, and for a CronJob its runs.`,
		Example: `  kubectl jobx describe myjob
  kubectl jobx describe cronjob/nightly
  kubectl jobx describe cronjobs
  kubectl jobx describe -f job.yaml
  kubectl jobx describe -l app=etl --show-events=false
  kubectl jobx describe myjob -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Query, err = selected.Query(args, rules()); err != nil {
				return err
			}
			switch o.Output {
			case "", asJSON, asYAML:
			default:
				return fmt.Errorf("-o %+q: want json or yaml", o.Output)
			}
			if chunk < 0 {
				return fmt.Errorf("--chunk-size %d: must not be negative", chunk)
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), f, o)
		},
	}
	fl := cmd.Flags()
	selected.AddSelectors(fl)
	selected.AddFiles(fl)
	fl.BoolVar(&o.ShowEvents, "show-events", true, "Show the events of the object and of its pods")
	fl.StringVarP(&o.Output, "output", "o", "", "Output format: json or yaml (the object and its computed status)")
	fl.Int64Var(&chunk, "chunk-size", 500, "Accepted as kubectl has it: lists are always read in pages")
	return cmd
}
