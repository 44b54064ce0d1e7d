package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// suggestFor are the words that people type for a verb: other programs' names for it.
var suggestFor = map[string][]string{
	"get":      {"list", "ls", "jobs", "job", "cronjobs", "cronjob", "cj"},
	"describe": {"status", "show", "inspect", "desc", "info"},
	"pods":     {"ps", "pod", "po", "attempts"},
	"logs":     {"log", "tail", "output"},
	"watch":    {"follow", "progress", "monitor"},
	"wait":     {"await", "waitfor"},
	"why":      {"diagnose", "debug", "explain", "reason"},
	"scale":    {"parallelism", "resize"},
	"suspend":  {"stop", "pause", "hold", "cancel"},
	"resume":   {"unsuspend", "unpause", "continue", "start"},
	"delete":   {"rm", "remove", "del", "kill", "cancel", "clean", "prune"},
}

// kubectlHas are words for what kubectl does well enough.
var kubectlHas = map[string]string{
	"apply": "kubectl apply", "create": "kubectl create job", "edit": "kubectl edit job", "patch": "kubectl patch job",
	"label": "kubectl label job", "annotate": "kubectl annotate job", "exec": "kubectl exec",
	"run": "kubectl create job NAME --from=cronjob/NAME", "trigger": "kubectl create job NAME --from=cronjob/NAME",
	"top": "kubectl top pods -l batch.kubernetes.io/job-name=NAME", "events": "kubectl events --for job/NAME",
}

// unknownCommand refuses a first word that is no verb, with the verb that is likely meant.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("unknown command %+q", args[0])
	near := nearest(cmd, args[0])
	own, isKubectls := kubectlHas[strings.ToLower(args[0])]
	switch {
	case len(near) > 0:
		return errors.New(text + "\ndid you mean " + strings.Join(near, " or ") + "?")
	case isKubectls:
		return errors.New(text + "\nkubectl has it: " + own)
	case isReference(args[0]):
		return fmt.Errorf("%s\nput a command in front: %s describe %s", text, cmd.Root().CommandPath(), args[0])
	default:
		return fmt.Errorf("%s\n%s --help lists the commands", text, cmd.CommandPath())
	}
}

// nearest are the commands that a word may mean: those known by it, and those that it nearly spells. Two letters off is
// far for a word of four, so that the first letter must be right.
func nearest(cmd *cobra.Command, word string) []string {
	var near []string
	for _, name := range cmd.SuggestionsFor(word) {
		if word[:min(1, len(word))] == name[:1] || slices.Contains(suggestFor[name], strings.ToLower(word)) {
			near = append(near, name)
		}
	}
	slices.Sort(near)
	return slices.Compact(near)
}

// isReference says that a word is job/NAME or the like: the verb was forgotten.
func isReference(word string) bool {
	if !strings.Contains(word, "/") {
		return false
	}
	_, err := target.Parse([]string{word})
	return err == nil
}

// flagsFor are other programs' names for flags; for is kubectl wait's.
var flagsFor = map[string]string{
	"for": "until", "parallel": "parallelism", "propagation-policy": "cascade", "label": "selector", "labels": "selector", "lines": "tail",
}

// nearFlag is the flag of a command that a word is another name for, or nearly spells: one letter off, or its beginning, or two letters
// off where it is long. "": none.
func nearFlag(cmd *cobra.Command, word string) string {
	if own := flagsFor[word]; own != "" && cmd.Flags().Lookup(own) != nil {
		return own
	}
	near := &cobra.Command{} // what cobra counts letters for is commands
	beginning := ""
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		near.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		if beginning == "" && strings.HasPrefix(f.Name, word) {
			beginning = f.Name
		}
	})
	const short, long = 5, 6
	off := func(letters int) string {
		near.SuggestionsMinimumDistance = letters
		for _, name := range near.SuggestionsFor(word) {
			if name[0] == word[0] && !strings.HasPrefix(name, word+"-") {
				return name
			}
		}
		return ""
	}
	switch one := off(1); {
	case len(word) < short:
		return ""
	case beginning != "":
		return beginning
	case one != "" || len(word) < long:
		return one
	}
	return off(2)
}
