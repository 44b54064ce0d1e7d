package suspend

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/suspension"
)

// Options is what was asked for.
type Options = suspension.Options

// NewCmd returns the command. runF, if given, takes the place of the run: how a test sees the options.
func NewCmd(f *factory.Factory, runF func(context.Context, Options) error) *cobra.Command {
	var given suspension.Flags
	cmd := &cobra.Command{
		Use:     "suspend (JOB…|cronjob/NAME|-f FILE|-l SELECTOR|--all) [flags]",
		Short:   short,
		Long:    long,
		Example: example,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := given.Options(args, true)
			if err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return suspension.Run(cmd.Context(), f, o)
		},
	}
	given.Add(cmd, "suspended")
	return cmd
}
