package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// The width of help is the terminal's, within reason.
const (
	maxHelpWidth = 120
	minHelpWidth = 40
)

// setHelp gives the tree its help: kubectl's order (what it does, examples, options, usage), without the connection
// flags that every verb has, which "options" lists. Plain code rather than a template: it links less.
func setHelp(root *cobra.Command, f *factory.Factory) {
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { writeHelp(cmd.OutOrStdout(), cmd, helpWidth(f)) })
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := fmt.Fprintf(cmd.ErrOrStderr(), "Usage:\n  %s\n", cmd.UseLine())
		return err
	})
	root.SetHelpCommand(helpCommand())
}

func helpWidth(f *factory.Factory) int {
	width, _ := f.Terminal(f.Out).Size() // 80 where there is no terminal
	return min(max(width, minHelpWidth), maxHelpWidth)
}

func writeHelp(w io.Writer, cmd *cobra.Command, width int) {
	var b strings.Builder
	long := cmd.Long
	if long == "" {
		long = cmd.Short
	}
	b.WriteString(fill(long, width) + "\n")
	if cmd.HasExample() {
		b.WriteString("\nExamples:\n" + strings.TrimRight(cmd.Example, "\n") + "\n")
	}
	writeCommands(&b, cmd)
	if flags := ownFlags(cmd); flags.HasAvailableFlags() {
		b.WriteString("\nOptions:\n" + trimLines(flags.FlagUsagesWrapped(width)))
	}
	b.WriteString("\nUsage:\n")
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND [flags]\n", cmd.CommandPath())
	} else {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nUse \"%s COMMAND --help\" for more about a command.", cmd.CommandPath())
	}
	fmt.Fprintf(&b, "\nUse \"%s options\" for the options that every command takes.\n", cmd.Root().CommandPath())
	_, _ = io.WriteString(w, b.String())
}

// ownFlags are the flags of the command itself, without --help. Those of the root are nobody's own: all commands have them.
func ownFlags(cmd *cobra.Command) *pflag.FlagSet {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	if !cmd.HasParent() {
		return flags
	}
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "help" {
			flags.AddFlag(flag)
		}
	})
	return flags
}

func writeCommands(b *strings.Builder, cmd *cobra.Command) {
	list := func(title, group string) {
		shown := false
		for _, sub := range cmd.Commands() {
			if sub.GroupID != group || !sub.IsAvailableCommand() {
				continue
			}
			if !shown {
				fmt.Fprintf(b, "\n%s\n", title)
				shown = true
			}
			fmt.Fprintf(b, "  %-12s %s\n", sub.Name(), sub.Short)
		}
	}
	for _, group := range cmd.Groups() {
		list(group.Title, group.ID)
	}
	list("Commands:", "")
}

// fill sets paragraphs to a width. Lines that are indented stay as they are.
func fill(text string, width int) string {
	var out []string
	line := ""
	flush := func() {
		if line != "" {
			out = append(out, line)
		}
		line = ""
	}
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		if l == "" || strings.HasPrefix(l, " ") {
			flush()
			out = append(out, l)
			continue
		}
		for _, word := range strings.Fields(l) {
			switch {
			case line == "":
				line = word
			case safetext.Width(line)+1+safetext.Width(word) > width:
				flush()
				line = word
			default:
				line += " " + word
			}
		}
	}
	flush()
	return strings.Join(out, "\n")
}

func trimLines(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// helpCommand is "help COMMAND". cobra's own prints usage and exits 0 for a command that is not there.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Help about a command", GroupID: groupOther, DisableFlagsInUseLine: true,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			parent, _, err := cmd.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			for _, sub := range parent.Commands() {
				if sub.IsAvailableCommand() && strings.HasPrefix(sub.Name(), typed) {
					names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// optionsCommand lists the flags that every command takes, as "kubectl options" does.
func optionsCommand(f *factory.Factory) *cobra.Command {
	return &cobra.Command{
		Use: "options", Short: "List the options that every command takes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(f.Out, "The following options can be passed to any command:\n\n",
				trimLines(cmd.InheritedFlags().FlagUsagesWrapped(helpWidth(f))))
			return err
		},
	}
}
