package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// complete attaches completion to the verbs: what they name, and the flags with a closed set of values. A test holds that
// every verb and every flag with a value is either completed or known to be free text.
func complete(root *cobra.Command, f *factory.Factory) {
	both := []target.Kind{target.Job, target.CronJob}
	several := f.CompleteTargets(target.Rules{Kinds: both, Bare: both})
	one := f.CompleteTarget(target.Rules{Kinds: both, Bare: both})
	jobs := f.CompleteTargets(act.Rules())
	names := map[string]cobra.CompletionFunc{
		"get": kindsThen(several), "describe": kindsThen(several), "why": one, "pods": one, "watch": one, "wait": several,
		"logs":  f.CompleteTarget(target.Rules{Kinds: append(both, target.Pod), Bare: both}),
		"scale": jobs, "suspend": jobs, "resume": jobs, "delete": jobs,
	}
	values := flagValues()
	for _, verb := range root.Commands() {
		if verb.ValidArgsFunction == nil {
			verb.ValidArgsFunction = names[verb.Name()]
		}
		completeFlags(verb, f, values)
	}
}

// flagValues are the closed sets, by "verb flag", or by "flag" where it means the same everywhere.
func flagValues() map[string][]string {
	until := map[observe.Until]string{
		observe.Finished: "complete or failed, every pod stopped", observe.Complete: "or failed: it never will be then",
		observe.Failed:  "or complete: it never will be then",
		observe.Decided: "the outcome is certain, pods may still be stopping", observe.Started: "a pod has started",
	}
	var untilWords []string
	for _, u := range []observe.Until{observe.Finished, observe.Complete, observe.Failed, observe.Decided, observe.Started} {
		untilWords = append(untilWords, string(u)+"\t"+until[u])
	}
	objectFormats := factory.ObjectFormats()
	columns := slices.Concat(objectFormats, []string{"custom-columns=", "custom-columns-file="})
	return map[string][]string{
		"get output":      append([]string{"wide", "csv", "status-json\tthe computed status"}, columns...),
		"pods output":     append([]string{"wide", "csv"}, columns...),
		"describe output": {"json", "yaml"},
		"why output":      {"json", "yaml"},
		"version output":  {"json", "yaml"},
		"watch output":    {"json\tone object per transition"},
		"delete output":   {"name", "json\twhat was deleted, and what failed and why"},
		"logs output":     {"text", "raw\tthe bytes, no prefix", "json\tone object per line"},
		"output":          objectFormats,
		"until":           untilWords,
		"dry-run":         {string(act.Really), string(act.Client) + "\tsay what would be done", string(act.Server) + "\tlet the server check it too"},
		"cascade": {
			"background\tdelete the Job at once, its pods after it", "foreground\tdelete the pods first",
			"orphan\tleave the pods running",
		},
		"sort-by": {"name", "age", "duration", "status", "progress"},
		"attempt": {"all", "last"},
		"get status": {
			"complete", "failed", "finished\tcomplete or failed", "unfinished", "running", "pending", "stuck", "blocked", "backingoff",
			"suspended", "paused", "terminating", "draining", "finishing", "managed",
		},
		"status": {
			string(target.Complete), string(target.Failed), string(target.Finished) + "\tcomplete or failed",
			string(target.Unfinished), string(target.Running), string(target.Suspended), string(target.Terminating),
		},
	}
}

// completeFlags looks at the verb's own flags alone: no flag of the root has come down to it yet.
func completeFlags(verb *cobra.Command, f *factory.Factory, values map[string][]string) {
	own := verb.Flags()
	has := func(flag string) bool { return own.Lookup(flag) != nil }
	own.VisitAll(func(flag *pflag.Flag) {
		offers, ok := values[verb.Name()+" "+flag.Name]
		if !ok {
			offers, ok = values[flag.Name]
		}
		if _, done := verb.GetFlagCompletionFunc(flag.Name); ok && !done {
			factory.Values(verb, flag.Name, offers...)
		}
	})
	if has("filename") {
		factory.Files(verb, "filename", "yaml", "yml", "json")
	}
	for _, flag := range []string{"kustomize", "save"} {
		if has(flag) {
			factory.Folder(verb, flag)
		}
	}
	if has("container") {
		f.CompleteContainers(verb, "container")
	}
	if has("pod") {
		f.CompletePods(verb, "pod")
	}
	if has("owner") {
		f.CompleteOwner(verb, "owner")
	}
}

// kindsThen offers the words of the kinds in front of names: get lists them.
func kindsThen(names cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		offers, directive := names(cmd, args, typed)
		if len(args) > 0 {
			return offers, directive
		}
		for _, word := range []string{"jobs", "cronjobs"} {
			if strings.HasPrefix(word, typed) {
				offers = append(offers, word)
				directive &^= cobra.ShellCompDirectiveNoSpace
			}
		}
		return offers, directive
	}
}
