package act

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// again tells of plans that had to be made anew, since what was said of the first one is not what will be done.
type again struct {
	flow   Flow
	f      *factory.Factory
	client *cluster.Client
	report *Report
	few    bool       // so few objects that the pods of each may be named
	mu     sync.Mutex // one question at a time
}

// told is what was said of an object, and asked.
type told struct {
	notes []string
	ask   string
}

// tell says what of a new plan has not been said before, and asks if more is lost by it. An error: it must not be done.
func (a *again) tell(ctx context.Context, before *told, item target.Item, p Plan) error {
	notes := p.Notes
	if a.few && a.flow.Forecast != nil && !p.Edit.Empty() {
		notes = slices.Concat(notes, a.flow.Forecast(ctx, a.client, item, p))
	}
	changed := func(text string) string { return a.flow.about(item, "it changed meanwhile: "+text) }
	for _, note := range notes {
		if !slices.Contains(before.notes, note) {
			a.report.Replanned(changed(note))
		}
	}
	before.notes = append(before.notes, notes...)
	if p.Ask == "" || p.Ask == before.ask {
		return nil
	}
	before.ask = p.Ask
	if a.flow.Yes || a.flow.DryRun != Really {
		a.report.Replanned(changed(p.Ask))
		return nil
	}
	q := Questioner{In: a.f.In, Out: a.f.ErrOut}
	if q.Obstacle() != "" {
		return fmt.Errorf("it changed meanwhile: %s\nit was not touched: run the command again, with --yes to do it without being asked", p.Ask)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() != nil { // at another's question
		return errNotTouched
	}
	err := q.Ask(ctx, changed(p.Ask)+". Go on?")
	if ctx.Err() != nil {
		return errNotTouched
	}
	return err
}
