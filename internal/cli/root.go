package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/verbose"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/delete"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/describe"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/get"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/logs"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/pods"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/resume"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/scale"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/suspend"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/version"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/wait"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/watch"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/why"
)

// The groups that the verbs are shown in.
const (
	groupLook  = "look"
	groupAct   = "act"
	groupOther = "other"
)

// NewRoot builds the command tree.
func NewRoot(f *factory.Factory) *cobra.Command {
	var level int
	root := &cobra.Command{
		Use:   "kubectl-jobx",
		Short: "See, follow, scale and delete Kubernetes Jobs and CronJobs",
		Long: `kubectl jobx is one tool for the whole life of a Job and a CronJob: describe it, list its pods, watch it run toward
its completion count, read all its logs, scale it, suspend it, and delete it with an explicit cascade.`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl jobx"},
		SilenceErrors: true,
		SilenceUsage:  true,
		// cobra sets this only for its own check of the first word, which this tree replaces.
		SuggestionsMinimumDistance: 2,
		Args:                       unknownCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			verbose.Set(f.ErrOut, level)
			return f.Validate(cmd.Flags())
		},
	}
	root.SetIn(f.In)
	root.SetOut(f.Out)
	root.SetErr(f.ErrOut)
	root.SetFlagErrorFunc(flagError)
	f.AddFlags(root.PersistentFlags())
	root.PersistentFlags().IntVarP(&level, "v", "v", 0, "Log level of the client library, on stderr: 6 names each request")
	root.AddGroup(&cobra.Group{ID: groupLook, Title: "Look:"}, &cobra.Group{ID: groupAct, Title: "Act:"},
		&cobra.Group{ID: groupOther, Title: "Other:"})
	setHelp(root, f)
	add(root, groupLook, looks(f))
	add(root, groupAct, acts(f))
	add(root, groupOther, []*cobra.Command{version.NewCmd(f, nil), completionCommand(f), optionsCommand(f)})
	f.CompleteFlags(root)
	complete(root, f)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	return root
}

func add(root *cobra.Command, group string, verbs []*cobra.Command) {
	for _, verb := range verbs {
		verb.GroupID = group
		verb.DisableFlagsInUseLine = true
		verb.SuggestFor = suggestFor[verb.Name()]
		root.AddCommand(verb)
	}
}

// looks are the verbs that change nothing in the cluster.
func looks(f *factory.Factory) []*cobra.Command {
	read := logs.NewCmd(f, nil)
	read.PreRun = func(cmd *cobra.Command, _ []string) {
		if cmd.Flags().Changed("save") { // the files are wanted, whoever reads the rest
			outliveReader()
		}
	}
	return []*cobra.Command{
		get.NewCmd(f, nil),
		describe.NewCmd(f, nil),
		why.NewCmd(f, nil),
		read,
		pods.NewCmd(f, nil),
		watch.NewCmd(f, nil),
		wait.NewCmd(f, nil),
	}
}

// acts are the verbs that change things. They do all that was asked even if nobody reads what they print: the system's
// signal would end them somewhere in the middle, and nobody would know where.
func acts(f *factory.Factory) []*cobra.Command {
	verbs := []*cobra.Command{
		scale.NewCmd(f, nil),
		suspend.NewCmd(f, nil),
		resume.NewCmd(f, nil),
		delete.NewCmd(f, nil),
	}
	for _, verb := range verbs {
		verb.PreRun = func(*cobra.Command, []string) { outliveReader() }
	}
	return verbs
}

func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if near := nearFlag(cmd, unknown.GetSpecifiedName()); near != "" {
			return fmt.Errorf("%w\ndid you mean --%s? see %s --help", err, near, cmd.CommandPath())
		}
	}
	return fmt.Errorf("%w\nsee %s --help", err, cmd.CommandPath())
}
