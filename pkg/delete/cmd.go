package delete

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	var given flags
	cmd := &cobra.Command{
		Use:   "delete (JOB…|cronjob/NAME|-f FILE|-k FOLDER|-l SELECTOR|--status STATUS|--all) [--cascade=background|foreground|orphan] [flags]",
		Short: "Delete Jobs and CronJobs, and say what becomes of their pods",
		Long: `Delete Jobs and CronJobs. A bare name is a Job's; type cronjob/NAME for a CronJob.

--cascade says what becomes of the pods (and of a CronJob's Jobs). The policy is always sent: a deletion that names none
leaves a Job's pods running.
  background  the object goes at once, its pods are deleted afterwards (the default)
  foreground  its pods are deleted first, then the object
  orphan      the pods are left alone and run to their end: kubectl jobx delete --orphans removes them later

Exactly the object that was read is deleted: one that takes the name meanwhile is not touched.

On a terminal it asks before more than one object, pods that are running, or a CronJob with its Jobs are deleted; where
stderr, which the question goes to, is redirected, that needs --yes. Elsewhere it never asks: what is chosen by a selector,
--status or --all then needs --yes.

With -f only what the files name is deleted, and a file that names anything but Jobs and CronJobs is refused as a whole
unless --jobs-only is given. CronJobs of batch/v1beta1 are taken for those of batch/v1.`,
		Example: `  # a Job and its pods
  kubectl jobx delete myjob

  # the Job, but leave its pods running
  kubectl jobx delete myjob --cascade=orphan

  # what a file names
  kubectl jobx delete -f examples/parallel.yaml

  # all finished Jobs of a namespace, without being asked
  kubectl jobx delete --status Finished -n batch --yes

  # what would go?
  kubectl jobx delete -l team=data --dry-run client

  # pods that were left behind
  kubectl jobx delete --orphans`,
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
