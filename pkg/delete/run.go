package delete

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// command is one run of the verb.
type command struct {
	o      Options
	f      *factory.Factory
	client *cluster.Client
	tell   *ledger
}

func run(ctx context.Context, f *factory.Factory, o Options) error {
	client, err := f.Client()
	if err != nil {
		return err
	}
	if o.Deprecated != "" {
		f.Warn(o.Deprecated)
	}
	switch {
	case o.Orphans && o.Force:
		f.Warn("--force does not wait until what runs has ended: on a node that is out of reach it may run on")
	case !o.Orphans && o.Grace != nil && o.Cascade != metav1.DeletePropagationOrphan:
		// The garbage collector deletes the pods, with no word about their grace period.
		f.Warn("the grace period is not that of the pods: they are given their own (terminationGracePeriodSeconds)")
	}
	c := &command{o: o, f: f, client: client}
	found, err := c.find(ctx)
	if err != nil {
		return err
	}
	c.tell = newLedger(f, o, len(found.Items)+len(found.Failures))
	c.missing(found.Failures)
	if len(found.Items)+len(found.Failures) == 0 {
		c.tell.note("nothing is selected: nothing was deleted")
		return c.tell.end(nil)
	}
	if err := c.confirm(ctx, found.Items); err != nil {
		return err
	}
	gone := c.deleteAll(ctx, found.Items)
	if ctx.Err() != nil {
		c.tell.interrupted()
		return ctx.Err()
	}
	if o.Wait && o.DryRun == act.Really && len(gone) > 0 {
		err = c.wait(ctx, gone)
	}
	return c.tell.end(err)
}

// find reads what is to be deleted.
func (c *command) find(ctx context.Context) (target.Found, error) {
	finder, err := c.f.Finder(c.client, act.Rules())
	if err != nil {
		return target.Found{}, err
	}
	if c.o.Orphans {
		return c.orphans(ctx, finder)
	}
	return finder.Find(ctx, c.o.Query)
}

// missing tells of names that nothing has, unless that is all right.
func (c *command) missing(failures []target.Failure) {
	for _, f := range failures {
		if c.o.IgnoreNotFound && target.IsNotFound(f.Err) {
			continue
		}
		c.tell.failed(entryOf(f), f.Err)
	}
}

// confirm says what goes, and asks where somebody can answer.
func (c *command) confirm(ctx context.Context, items []target.Item) error {
	plans, about := make([]plan, len(items)), act.Subject(items)
	for i, item := range items {
		plans[i] = planOf(item, c.o.Cascade)
		if len(items) <= act.SpelledOut && plans[i].words != "" {
			c.tell.note(about(item, plans[i].words))
		}
	}
	if len(items) > act.SpelledOut {
		c.tell.note(summary(items, plans, c.o.Cascade))
	}
	if len(items) == 0 || c.o.Yes || c.o.DryRun != act.Really {
		return nil
	}
	q := act.Questioner{In: c.f.In, Out: c.f.ErrOut}
	switch text, obstacle := question(items, plans, c.o.Cascade, c.o.Interactive), q.Obstacle(); {
	case obstacle == "" && text != "":
		return q.Ask(ctx, text)
	case obstacle == "":
		return nil
	case c.o.Interactive:
		return fmt.Errorf("--interactive: %s, so nobody can answer\n--yes deletes without being asked", obstacle)
	case c.o.Query.Broad():
		return fmt.Errorf("refusing to delete %s%s without --yes: %s, so nobody can be asked\n--dry-run client lists them", act.Tally(items), act.Where(items), obstacle)
	}
	return nil
}

// deleteAll deletes, several at a time, and returns what the server agreed to delete. What went is told as it goes; what
// only would go can be told in order.
func (c *command) deleteAll(ctx context.Context, items []target.Item) []removed {
	gone, later := make([]removed, len(items)), make([]func(), len(items))
	c.tell.begin(len(items))
	begun := act.Each(ctx, len(items), func(ctx context.Context, i int) {
		pending, err := c.remove(ctx, items[i])
		later[i] = func() { gone[i] = c.report(items[i], pending, err) }
		if c.o.DryRun == act.Really {
			later[i]()
		}
	})
	if c.o.DryRun != act.Really {
		for _, tell := range later[:begun] {
			tell()
		}
	}
	kept := gone[:0]
	for _, r := range gone[:begun] {
		if r.ok {
			kept = append(kept, r)
		}
	}
	return kept
}

// removed is an object that the server agreed to delete.
type removed struct {
	item    target.Item
	ok      bool
	pending bool // it is still there
}

// remove asks the server to delete an object. A dry run of the client's asks nothing.
func (c *command) remove(ctx context.Context, item target.Item) (pending bool, err error) {
	if c.o.DryRun == act.Client {
		return false, nil
	}
	m := item.Meta()
	pending, err = c.client.Remove(ctx, resourceOf(item), m.Namespace, m.Name, cluster.Deletion{
		UID: m.UID, Propagation: c.o.Cascade, Grace: c.o.Grace, DryRun: c.o.DryRun == act.Server,
	})
	return pending && c.o.DryRun == act.Really, err
}

// report tells what the server said to it.
func (c *command) report(item target.Item, pending bool, err error) removed {
	switch {
	case apierrors.IsNotFound(err):
		c.tell.absent(item)
		return removed{item: item, ok: true} // whoever deleted it, its pods go with it
	case act.IsReplaced(err):
		c.tell.failed(entryFor(item), act.ErrReplaced)
		return removed{}
	case err != nil:
		c.tell.failed(entryFor(item), act.Unanswered(err))
		return removed{}
	}
	c.tell.deleted(item, pending)
	return removed{item, true, pending}
}

func resourceOf(item target.Item) string {
	switch {
	case item.CronJob != nil:
		return "cronjobs"
	case item.Pod != nil:
		return "pods"
	default:
		return "jobs"
	}
}
