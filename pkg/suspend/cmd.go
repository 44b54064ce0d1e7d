package suspend

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/suspension"
)

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, suspension.Options) error) *cobra.Command {
	return suspension.Verb{
		Name: "suspend", Done: "suspended", Suspend: true,
		Short: "Stop a Job's pods, or a CronJob's next runs, until it is resumed",
		Long: `Suspend a Job: its pods are killed, which does not count as a failure, and no new ones are started until
kubectl jobx resume. The logs of the killed pods go with them; save them first with kubectl jobx logs --save. Completed
indexes and completions are kept.

Suspend a CronJob (cronjob/NAME): no new runs are started. Jobs that run are not touched.

A work queue with a worker that has succeeded is Complete once its other pods are gone, so that suspending it would end it
for good: that is asked first, and needs --yes where nobody can answer. A podFailurePolicy that fails the Job for the exit
code of killed containers (143 or 137) may end it as well: that is said first.

What is suspended already is left as it is. A Job that Kueue or another controller manages is refused: they set
spec.suspend themselves. Where Jobs are chosen by -l, --status or --all, such ones and finished ones are left out.`,
		Example: `  # stop a Job for now
  kubectl jobx suspend myjob

  # and come back when its pods are gone
  kubectl jobx suspend myjob --wait --timeout 2m

  # no nightly runs for now
  kubectl jobx suspend cronjob/nightly

  # everything of a team, after a look at what would be killed
  kubectl jobx suspend -l team=data --dry-run client`,
	}.NewCmd(f, runF)
}
