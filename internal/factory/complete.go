package factory

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// completionPatience is how long the shell is kept waiting for the server. After it nothing is offered.
const completionPatience = 2 * time.Second

// none offers nothing, and no file names either.
const none = cobra.ShellCompDirectiveNoFileComp

// CompleteTargets completes NAME…, TYPE/NAME… and TYPE NAME… by what the server has: bare names of rules.Bare, and
// TYPE/NAME of rules.Kinds. What has been typed already is not offered again. Errors are silent.
func (f *Factory) CompleteTargets(rules target.Rules) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if given, err := cmd.Flags().GetBool("all-namespaces"); err == nil && given {
			return nil, none
		}
		if kind, ok := typeWord(args); ok {
			if !slices.Contains(rules.Kinds, kind) { // the verb refuses it
				return nil, none
			}
			return f.bareNames(cmd.Context(), kind, args[1:], typed), none
		}
		if word, name, slash := strings.Cut(typed, "/"); slash {
			return f.slashNames(cmd.Context(), rules, args, word, name), none
		}
		offers := f.bareNamesOf(cmd.Context(), rules.Bare, args, typed)
		if len(offers) > 0 && typed != "" {
			return offers, none
		}
		words := typeWords(rules, typed)
		if len(offers) == 0 && len(words) > 0 {
			return words, none | cobra.ShellCompDirectiveNoSpace
		}
		return append(offers, words...), none
	}
}

// CompleteTarget is CompleteTargets for a verb that takes one object.
func (f *Factory) CompleteTarget(rules target.Rules) cobra.CompletionFunc {
	several := f.CompleteTargets(rules)
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if _, ok := typeWord(args); len(args) > 1 || (len(args) == 1 && !ok) {
			return nil, none
		}
		return several(cmd, args, typed)
	}
}

// typeWord reads the TYPE of "TYPE NAME…", once a word stands after the verb.
func typeWord(args []string) (target.Kind, bool) {
	if len(args) == 0 || strings.Contains(args[0], "/") {
		return target.Any, false
	}
	return target.KindOf(args[0])
}

// typeWords are job/, cronjob/ … as far as they fit what was typed.
func typeWords(rules target.Rules, typed string) []string {
	var words []string
	for _, kind := range rules.Kinds {
		if word := string(kind) + "/"; strings.HasPrefix(word, typed) {
			words = append(words, word)
		}
	}
	return words
}

// bareNamesOf asks for all kinds side by side: the shell is kept waiting once, and not once for each.
func (f *Factory) bareNamesOf(ctx context.Context, kinds []target.Kind, args []string, typed string) []string {
	found := make([][]string, len(kinds))
	var wg sync.WaitGroup
	for i, kind := range kinds {
		wg.Go(func() { found[i] = f.bareNames(ctx, kind, args, typed) })
	}
	wg.Wait()
	return slices.Concat(found...)
}

func (f *Factory) bareNames(ctx context.Context, kind target.Kind, args []string, typed string) []string {
	return f.names(ctx, resources[kind], typed, func(n cluster.Entry) string {
		if slices.Contains(args, n.Name) || slices.Contains(args, string(kind)+"/"+n.Name) {
			return ""
		}
		return n.Name
	})
}

func (f *Factory) slashNames(ctx context.Context, rules target.Rules, args []string, word, name string) []string {
	kind, ok := target.KindOf(word)
	if !ok || !slices.Contains(rules.Kinds, kind) {
		return nil
	}
	return f.names(ctx, resources[kind], name, func(n cluster.Entry) string {
		if offer := word + "/" + n.Name; !slices.Contains(args, offer) {
			return offer
		}
		return ""
	})
}

var resources = map[target.Kind]cluster.Resource{
	target.Job: cluster.Jobs, target.CronJob: cluster.CronJobs, target.Pod: cluster.Pods,
}

// names asks for the names that begin as typed. spell makes an offer of one, or "" to leave it out.
func (f *Factory) names(ctx context.Context, r cluster.Resource, prefix string, spell func(cluster.Entry) string) []string {
	return f.ask(ctx, func(ctx context.Context, c *cluster.Client, namespace string) []string {
		q := cluster.NamesQuery{Resource: r, Namespace: namespace, Prefix: prefix}
		if r == cluster.Namespaces {
			q.Namespace = ""
		}
		found, err := c.Names(ctx, q)
		if err != nil {
			return nil
		}
		var offers []string
		for _, n := range found {
			if offer := spell(n); offer != "" {
				offers = append(offers, described(offer, r, n))
			}
		}
		return offers
	})
}

// described adds what a shell may show beside an offer.
func described(offer string, r cluster.Resource, n cluster.Entry) string {
	var words []string
	columns := map[cluster.Resource][]string{
		cluster.Jobs: {"Status", "Completions"}, cluster.CronJobs: {"Schedule"},
		cluster.Pods: {"Status"}, cluster.Namespaces: {"Status"},
	}
	for _, column := range columns[r] {
		if cell := n.Cells[column]; cell != "" {
			words = append(words, cell)
		}
	}
	return cobra.CompletionWithDesc(safetext.Cell(offer), safetext.Cell(strings.Join(words, " ")))
}

// ask lets a question have the client and the namespace, within the time that a shell is kept waiting. The question
// runs on its own, so that not even a credential plug-in that waits for somebody to log in can hold the shell.
func (f *Factory) ask(ctx context.Context, question func(context.Context, *cluster.Client, string) []string) []string {
	ctx, cancel := context.WithTimeout(ctx, completionPatience)
	defer cancel()
	answer := make(chan []string, 1)
	go func() {
		client, err := f.connect(f.unattended)
		if err != nil {
			answer <- nil
			return
		}
		namespace, _, err := f.Namespace()
		if err != nil {
			answer <- nil
			return
		}
		answer <- question(ctx, client, namespace)
	}()
	select {
	case offers := <-answer:
		return offers
	case <-ctx.Done():
		return nil
	}
}
