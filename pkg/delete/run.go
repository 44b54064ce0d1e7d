package delete

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

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
	runs   map[types.UID][]types.UID // the Jobs of the CronJobs that are deleted with them and waited for
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
	missing := c.missing(found.Failures)
	c.tell = newLedger(f, o, len(found.Items)+len(missing))
	for _, failure := range missing {
		c.tell.failed(entryOf(failure), failure.Err)
	}
	if len(found.Items)+len(found.Failures) == 0 {
		c.tell.note("nothing is selected: nothing was deleted")
		return c.tell.end(nil)
	}
	if err := c.confirm(ctx, found.Items); err != nil {
		return err
	}
	c.readRuns(ctx, found.Items)
	gone := c.deleteAll(ctx, found.Items)
	if ctx.Err() != nil {
		c.tell.interrupted()
		return ctx.Err()
	}
	if o.Wait && o.DryRun == act.Really && len(gone) > 0 {
		err = c.wait(ctx, gone)
	}
	if errors.Is(err, context.Canceled) { // where it stood has been told
		return err
	}
	return c.tell.end(err)
}

// find reads what is to be deleted.
func (c *command) find(ctx context.Context) (target.Found, error) {
	finder, err := c.f.Finder(c.client, act.Rules())
	if err != nil {
		return target.Found{}, err
	}
	finder.Plain = c.o.IgnoreNotFound // nobody is told of a name that is not there, so none need be suggested
	if c.o.Orphans {
		return c.orphans(ctx, finder)
	}
	return finder.Find(ctx, c.o.Query)
}

// missing are the failures that are some: a name that nothing has may be all right.
func (c *command) missing(failures []target.Failure) []target.Failure {
	return slices.DeleteFunc(slices.Clone(failures), func(f target.Failure) bool {
		return c.o.IgnoreNotFound && target.IsNotFound(f.Err)
	})
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
	case text != "" && q.Unseen():
		// Who is asked on the terminal has come to count on it. In a pipe nobody is ever asked, and what is named is meant.
		return fmt.Errorf("refusing to %s: %s, so nobody can be asked\nto do it without being asked add --yes", strings.TrimSuffix(text, "?"), obstacle)
	}
	return nil
}

// readRuns remembers which Jobs go with CronJobs whose deletion is waited for. The collector is quick: once it has taken a
// Job, nothing tells whose its pods were, which take longer.
func (c *command) readRuns(ctx context.Context, items []target.Item) {
	if !c.o.Wait || c.o.DryRun != act.Really || c.o.Cascade == metav1.DeletePropagationOrphan {
		return
	}
	c.runs = map[types.UID][]types.UID{}
	namespaces := map[string]bool{}
	for _, item := range items {
		if item.CronJob != nil {
			namespaces[item.Meta().Namespace] = true
			c.runs[item.Meta().UID] = nil
		}
	}
	for namespace := range namespaces {
		// Whoever may delete need not be allowed to look: the wait then tells what it could not see.
		_ = c.client.EachJob(ctx, cluster.Selection{Namespace: namespace, Lean: true, Ahead: true}, func(j *batchv1.Job) error {
			if owner := metav1.GetControllerOf(j); owner != nil {
				if _, goes := c.runs[owner.UID]; goes {
					c.runs[owner.UID] = append(c.runs[owner.UID], j.UID)
				}
			}
			return nil
		})
	}
}

// deleteAll deletes, several at a time, and returns what the server agreed to delete. What went is told as it goes; what
// only would go can be told in order.
func (c *command) deleteAll(ctx context.Context, items []target.Item) []removed {
	gone, later := make([]removed, len(items)), make([]func(), len(items))
	c.tell.begin(len(items))
	begun := act.Each(ctx, len(items), func(ctx context.Context, i int) {
		left, err := c.remove(ctx, items[i])
		later[i] = func() { gone[i] = c.report(items[i], left, err) }
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
	item target.Item
	ok   bool
	left metav1.Object // what is still there of it, as the server said; nil: it is gone
	runs []types.UID   // of a CronJob: the Jobs that it had
}

// remove asks the server to delete an object. A dry run of the client's asks nothing.
func (c *command) remove(ctx context.Context, item target.Item) (left metav1.Object, err error) {
	if c.o.DryRun == act.Client {
		return nil, nil
	}
	m := item.Meta()
	left, err = c.client.Remove(ctx, resourceOf(item), m.Namespace, m.Name, cluster.Deletion{
		UID: m.UID, Propagation: c.o.Cascade, Grace: c.o.Grace, DryRun: c.o.DryRun == act.Server,
	})
	if c.o.DryRun == act.Server {
		return nil, err
	}
	return left, err
}

// report tells what the server said to it.
func (c *command) report(item target.Item, left metav1.Object, err error) removed {
	switch {
	case apierrors.IsNotFound(err):
		c.tell.absent(item)
		return removed{item: item, ok: true} // whoever deleted it, its pods go with it
	case act.IsReplaced(err):
		c.tell.failed(entryFor(item), act.ErrReplaced)
		return removed{}
	case err != nil:
		c.tell.failed(entryFor(item), act.Unanswered(err, c.o.DryRun))
		return removed{}
	}
	c.tell.deleted(item, left != nil)
	return removed{item: item, ok: true, left: left, runs: c.runs[item.Meta().UID]}
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
