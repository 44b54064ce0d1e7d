package why

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Options is what was asked for.
type Options struct {
	Target     target.Ref
	Output     string // "", json or yaml
	ExitStatus bool
}

// The formats that print the report as data.
const (
	asJSON = "json"
	asYAML = "yaml"
)

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:   "why (NAME|job/NAME|cronjob/NAME) [flags]",
		Short: "Say why a Job or a CronJob is not done, with evidence and the next command",
		Long: `Say why a Job is not done, or what it failed of, and why a CronJob starts nothing: the causes, the most decisive first,
each with where it was seen and with what to do next. It also tells of Jobs that are gone, from the events they left.

-o json prints the report: kind, namespace, name, healthy, summary and causes, each with a code that does not change
between versions (QuotaExceeded, Unschedulable, ImagePull, OutOfMemory …), summary, since, evidence and next.`,
		Example: `  kubectl jobx why myjob
  kubectl jobx why cronjob/nightly
  kubectl jobx why myjob -o json | jq -r '.causes[0].code'
  kubectl jobx why myjob --exit-status || echo "something is wrong"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			refs, err := target.Parse(args, target.Job, target.CronJob)
			switch {
			case err != nil:
				return err
			case len(refs) == 0:
				return errors.New("why what? give the name of a Job, or cronjob/NAME\nkubectl jobx get lists those there are")
			case len(refs) > 1:
				return fmt.Errorf("one name at a time: %s or %s", refs[0], refs[1])
			case o.Output != "" && o.Output != asJSON && o.Output != asYAML:
				return fmt.Errorf("-o %+q: want json or yaml", o.Output)
			}
			o.Target = refs[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), f, o)
		},
	}
	cmd.Flags().StringVarP(&o.Output, "output", "o", "", "Output format: json or yaml")
	cmd.Flags().BoolVar(&o.ExitStatus, "exit-status", false, "Exit with 2 if a cause was found, with 1 if none was but not all could be read")
	return cmd
}
