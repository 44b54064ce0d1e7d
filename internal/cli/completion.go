package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

const completionLong = `Completion of commands, flags, and the names of Jobs, CronJobs, pods, containers, namespaces and contexts.

kubectl completes "kubectl jobx" by itself once it finds the program kubectl_complete-jobx on PATH:

  kubectl jobx completion install

puts it beside kubectl-jobx. kubectl's own completion must be loaded in the shell (kubectl completion --help). The
other commands print a script that completes the program's plain name, kubectl-jobx.`

const completionExample = `  # Let kubectl complete "kubectl jobx" (once; krew and go install cannot do it)
  kubectl jobx completion install

  # Complete "kubectl-jobx" in this bash as well
  source <(kubectl jobx completion bash)

  # ... in every new zsh
  kubectl jobx completion zsh > "${fpath[1]}/_kubectl-jobx"

  # ... in fish
  kubectl jobx completion fish | source`

// completionCommand is "completion" with install and the shells.
func completionCommand(f *factory.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use: "completion", Short: "Complete kubectl jobx in your shell", Long: completionLong, Example: completionExample,
		Args: unknownCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(installCommand(f), uninstallCommand(f))
	for shell, generate := range map[string]func(root *cobra.Command) error{
		"bash":       func(root *cobra.Command) error { return root.GenBashCompletionV2(f.Out, true) },
		"zsh":        func(root *cobra.Command) error { return root.GenZshCompletion(f.Out) },
		"fish":       func(root *cobra.Command) error { return root.GenFishCompletion(f.Out, true) },
		"powershell": func(root *cobra.Command) error { return root.GenPowerShellCompletionWithDesc(f.Out) },
	} {
		cmd.AddCommand(&cobra.Command{
			Use: shell, Short: fmt.Sprintf("Print the completion script of kubectl-jobx for %s", shell),
			Args: cobra.NoArgs, DisableFlagsInUseLine: true,
			RunE: func(cmd *cobra.Command, _ []string) error { return generate(cmd.Root()) },
		})
	}
	return cmd
}
