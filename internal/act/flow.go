package act

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/cli-runtime/pkg/printers"

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
	Print  printers.ResourcePrinter
	// Forecast adds what can be said about a plan by asking the server more; nil: nothing.
	Forecast func(ctx context.Context, client *cluster.Client, item target.Item, p Plan) []string
	// Wait waits until what was changed has taken effect; nil: no waiting.
	Wait func(ctx context.Context, client *cluster.Client, item target.Item) error
}

// planned is an object and what is to be done about it.
type planned struct {
	item  target.Item
	plan  Plan
	after target.Item
	err   error
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
	report := &Report{
		Out: f.Out, Err: f.ErrOut, Print: w.Print, Done: w.Word, Alone: len(found.Items)+len(found.Failures) == 1,
	}
	report.Missing(found.Failures)
	if len(found.Items)+len(found.Failures) == 0 {
		report.Note("nothing is selected: nothing was done")
		return nil
	}
	plans := w.planAll(ctx, client, found.Items, report)
	if err := w.ask(ctx, f, plans, report); err != nil {
		return err
	}
	w.apply(ctx, client, plans, report)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return report.End()
}

// about is a sentence with the object that it is about in front.
func about(item target.Item, text string) string {
	return fmt.Sprintf("%s %q: %s", item.Ref().Kind, item.Meta().Name, text)
}

// planAll works all plans out and says what they will do.
func (w Flow) planAll(ctx context.Context, client *cluster.Client, items []target.Item, report *Report) []planned {
	var plans []planned
	for _, item := range items {
		p := w.Plan(item)
		if p.Err != nil {
			report.Failed(Name(item), p.Err)
			continue
		}
		for _, note := range p.Notes {
			report.Note(about(item, note))
		}
		if w.Forecast != nil && !p.Edit.Empty() {
			for _, note := range w.Forecast(ctx, client, item, p) {
				report.Note(note)
			}
		}
		if p.Edit.Empty() {
			report.Unchanged()
			continue
		}
		plans = append(plans, planned{item: item, plan: p})
	}
	return plans
}

// ask puts one question for all plans that lose something. Where none is put, what is lost is said.
func (w Flow) ask(ctx context.Context, f *factory.Factory, plans []planned, report *Report) error {
	var losses []string
	for _, p := range plans {
		if p.plan.Ask != "" {
			losses = append(losses, about(p.item, p.plan.Ask))
		}
	}
	if w.Yes || w.DryRun != Really {
		for _, text := range losses {
			report.Note(text)
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
	if !q.CanAsk() {
		return errors.New(what + "\nto do it without being asked add --yes")
	}
	return q.Ask(ctx, what+". Go on?")
}

// apply makes the edits and tells of them in the order of the targets.
func (w Flow) apply(ctx context.Context, client *cluster.Client, plans []planned, report *Report) {
	changer := Changer{Client: client, DryRun: w.DryRun, Plan: w.Plan, Pinned: w.Pinned}
	begun := Each(ctx, len(plans), func(ctx context.Context, i int) {
		plans[i].after, plans[i].err = changer.Make(ctx, plans[i].item, plans[i].plan)
	})
	for _, p := range plans[:begun] {
		if p.err != nil {
			report.Failed(Name(p.item), p.err)
			continue
		}
		report.Succeeded(p.after)
	}
	if begun < len(plans) {
		report.Note(fmt.Sprintf("interrupted: %d of %d were handled, the rest was not touched", begun, len(plans)))
		return
	}
	if w.Wait == nil || w.DryRun != Really {
		return
	}
	for _, p := range plans {
		if p.err != nil {
			continue
		}
		if err := w.Wait(ctx, client, p.after); err != nil {
			report.Failed(Name(p.after), err)
		}
	}
}
