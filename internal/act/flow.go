package act

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Rules are what the verbs that change things take: a bare name is a Job, because what is changed should be named; a
// CronJob is typed cronjob/NAME.
func Rules() target.Rules {
	return target.Rules{
		Kinds:  []target.Kind{target.Job, target.CronJob},
		Bare:   []target.Kind{target.Job},
		Listed: []target.Kind{target.Job},
		Chosen: true, Changes: true,
	}
}

// Flow edits what a query selects: read, plan, ask, patch, tell, wait.
type Flow struct {
	Query  target.Query
	Plan   Planner
	DryRun DryRun
	Pinned bool // see Changer
	Yes    bool // the question is answered
	Word   string
	Print  Printer
	// Forecast adds sentences that can be said about a plan by asking the server more; nil: none.
	Forecast func(ctx context.Context, client *cluster.Client, item target.Item, p Plan) []string
	// Wait is what is waited for in the end; nil: nothing.
	Wait *Wait

	about func(target.Item, string) string // a sentence with the object that it is about in front
}

// ErrPinnedSeveral says that several objects cannot have one resourceVersion: some would be changed, and the rest refused.
var ErrPinnedSeveral = errors.New("--resource-version goes with one object")

// planned is an object and what is to be done about it.
type planned struct {
	item     target.Item
	plan     Plan // with an empty edit: it is left as it is
	forecast []string
	after    target.Item
	err      error
}

// Run does it. Every target is tried; the error says what sets the exit code.
func (w Flow) Run(ctx context.Context, f *factory.Factory) error {
	client, err := f.Client()
	if err != nil {
		return err
	}
	finder, err := f.Finder(client, Rules())
	if err != nil {
		return err
	}
	found, err := finder.Find(ctx, w.Query)
	if err != nil {
		return err
	}
	if w.Pinned && len(found.Items)+len(found.Failures) > 1 { // which only the files tell
		return ErrPinnedSeveral
	}
	report := newReport(f, w.Print, w.Word, w.DryRun, len(found.Items)+len(found.Failures))
	report.Missing(found.Failures)
	if len(found.Items)+len(found.Failures) == 0 {
		report.Note("nothing is selected: nothing was done")
		return nil
	}
	w.about = Subject(found.Items)
	plans := w.planAll(ctx, client, found.Items, report)
	if err := w.ask(ctx, f, plans, report); err != nil {
		return err
	}
	if w.apply(ctx, f, client, plans, report) && w.Wait != nil && w.DryRun == Really {
		w.wait(ctx, client, plans, report)
	}
	if ctx.Err() != nil {
		report.Interrupted()
		return ctx.Err()
	}
	return report.End()
}

// Subject returns how a sentence about one of the objects begins: with the name, and with the namespace where there are
// several, since two objects may have one name then.
func Subject(items []target.Item) func(item target.Item, text string) string {
	name := func(item target.Item) string { return fmt.Sprintf("%s %q", item.Ref().Kind, item.Meta().Name) }
	if len(Namespaces(items)) > 1 {
		name = Name
	}
	return func(item target.Item, text string) string { return name(item) + ": " + text }
}

// Namespaces are those of the objects, in order.
func Namespaces(items []target.Item) []string {
	all := map[string]bool{}
	for _, i := range items {
		all[i.Meta().Namespace] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// SpelledOut is how many objects are told of one by one, and not in sum.
const SpelledOut = 20

// planAll works all plans out, says what they will do, and returns those that can be carried out.
func (w Flow) planAll(ctx context.Context, client *cluster.Client, items []target.Item, report *Report) []planned {
	all := make([]planned, len(items))
	changes := 0
	for i, item := range items {
		all[i] = planned{item: item, after: item, plan: w.Plan(item)}
		if all[i].changes() {
			changes++
		}
	}
	if w.Forecast != nil && changes <= SpelledOut {
		Each(ctx, len(all), func(ctx context.Context, i int) {
			if p := &all[i]; p.changes() {
				p.forecast = w.Forecast(ctx, client, p.item, p.plan)
			}
		})
	}
	plans := all[:0]
	for _, p := range all {
		switch {
		case p.plan.Err != nil:
			w.refused(p.item, p.plan.Err, report)
			continue
		case p.plan.Edit.Empty():
			for _, note := range p.plan.Notes {
				report.SoAlready(w.about(p.item, note))
			}
		case changes <= SpelledOut:
			for _, note := range slices.Concat(p.plan.Notes, p.forecast) {
				report.Note(w.about(p.item, note))
			}
		}
		plans = append(plans, p)
	}
	if changes > SpelledOut {
		report.Note(w.summary(plans))
	}
	return plans
}

// changes says whether something is to be changed.
func (p planned) changes() bool { return p.plan.Err == nil && !p.plan.Edit.Empty() }

// summary says what will become of many.
func (w Flow) summary(plans []planned) string {
	var items []target.Item
	var ends, starts int32
	for _, p := range plans {
		if p.changes() {
			items = append(items, p.item)
			ends, starts = ends+p.plan.Ends, starts+p.plan.Starts
		}
	}
	var pods []string
	if ends > 0 {
		pods = append(pods, Plural(ends, "active pod")+" will be killed, with the logs")
	}
	if starts > 0 {
		pods = append(pods, "up to "+Plural(starts, "pod")+" will be started")
	}
	text := fmt.Sprintf("%s%s to be %s", Tally(items), Where(items), w.Word)
	if len(pods) == 0 {
		return text
	}
	return text + ": " + strings.Join(pods, "; ")
}

// refused tells why nothing is done about an object. Who chose by what objects are like did not ask for this one, so that
// what does not fit is left out of the choice.
func (w Flow) refused(item target.Item, err error, report *Report) {
	var unfit Unfit
	if w.Query.Broad() && errors.As(err, &unfit) {
		reason, _, _ := strings.Cut(err.Error(), "\n")
		report.LeftOut(w.about(item, "left alone: "+reason))
		return
	}
	report.Failed(Name(item), err)
}

// ask puts one question for all plans that lose something. Where none is put, what is lost is said.
func (w Flow) ask(ctx context.Context, f *factory.Factory, plans []planned, report *Report) error {
	var losses []string
	for _, p := range plans {
		if p.plan.Ask != "" {
			losses = append(losses, w.about(p.item, p.plan.Ask))
		}
	}
	if w.Yes || w.DryRun != Really {
		for _, text := range losses[:min(len(losses), shown)] {
			report.Note(text)
		}
		if more := len(losses) - shown; more > 0 {
			report.Note(fmt.Sprintf("and the like for %d more", more))
		}
		return nil
	}
	if len(losses) == 0 {
		return nil
	}
	what := losses[0]
	if n := len(losses) - 1; n > 0 {
		what += fmt.Sprintf(" (and the like for %d more)", n)
	}
	q := Questioner{In: f.In, Out: f.ErrOut}
	if q.Obstacle() != "" {
		return errors.New(what + "\nto do it without being asked add --yes")
	}
	return q.Ask(ctx, what+". Go on?")
}

// apply makes the edits and tells of them in the order of the targets. false: it was interrupted.
func (w Flow) apply(ctx context.Context, f *factory.Factory, client *cluster.Client, plans []planned, report *Report) bool {
	anew := &again{flow: w, f: f, client: client, report: report, few: len(plans) <= SpelledOut}
	begun := Each(ctx, len(plans), func(ctx context.Context, i int) {
		p := &plans[i]
		if p.plan.Edit.Empty() {
			return
		}
		before := &told{notes: slices.Concat(p.plan.Notes, p.forecast), ask: p.plan.Ask}
		changer := Changer{Client: client, DryRun: w.DryRun, Plan: w.Plan, Pinned: w.Pinned,
			Again: func(ctx context.Context, item target.Item, p Plan) error { return anew.tell(ctx, before, item, p) }}
		var edited bool
		if p.after, edited, p.err = changer.Make(ctx, p.item, p.plan); p.err == nil && !edited {
			p.plan.Edit = Edit{} // somebody else has done it: it was left as it is
		}
	})
	for _, p := range plans[:begun] {
		switch {
		case p.err != nil:
			w.refused(p.item, p.err, report)
		case p.plan.Edit.Empty():
			report.Unchanged(p.after)
		default:
			report.Succeeded(p.after)
		}
	}
	if begun < len(plans) {
		report.Note(fmt.Sprintf("interrupted: %d of %d were handled, the rest was not touched", begun, len(plans)))
	}
	return begun == len(plans)
}
