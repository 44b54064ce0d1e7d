package resume

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/suspension"
)

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, suspension.Options) error) *cobra.Command {
	return suspension.Verb{
		Name: "resume", Done: "resumed",
		Short: "Let a suspended Job or CronJob go on",
		Long: `Resume a suspended Job: pods are started again, for the completions and indexes that are still missing. The clock of its
activeDeadlineSeconds starts anew.

Resume a CronJob (cronjob/NAME): its runs start on schedule again. Of the runs missed meanwhile the newest starts at once,
unless it is later than startingDeadlineSeconds allows; which it will be is told.

What is not suspended is left as it is. A Job that Kueue or another controller manages is refused. Where Jobs are chosen
by -l, --status or --all, such ones and finished ones are left out.`,
		Example: `  # go on
  kubectl jobx resume myjob

  # and come back when a pod is active
  kubectl jobx resume myjob --wait

  # every suspended Job of the namespace
  kubectl jobx resume --status Suspended`,
	}.NewCmd(f, runF)
}
