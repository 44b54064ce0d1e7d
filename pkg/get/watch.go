package get

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// watcher prints objects as they change, a row each.
type watcher struct {
	f      *factory.Factory
	o      Options
	client *cluster.Client
	chosen cluster.Selection
	owner  *batchv1.CronJob // of --owner; nil: any
	check  bool             // whether the namespace is there, if it holds nothing: it was named
	style  render.Style

	mu      sync.Mutex      // Jobs and CronJobs may be followed at the same time
	table   *render.Growing // that was written to last
	noticed string          // the last notice
}

// watch prints Jobs, CronJobs or both, and then each that changes, until it is interrupted.
func watch(ctx context.Context, f *factory.Factory, o Options, client *cluster.Client, finder target.Finder, owner *batchv1.CronJob) error {
	if o.SortBy != byName {
		if _, err := fmt.Fprintln(f.ErrOut, "warning: --sort-by orders what is there at the beginning: changes are printed as they come"); err != nil {
			return err
		}
	}
	st, restore := f.Style(f.Out)
	defer restore()
	w := &watcher{
		f: f, o: o, client: client, owner: owner, style: st, check: finder.Explicit,
		chosen: cluster.Selection{Namespace: finder.Namespace, Labels: o.Query.Labels, Fields: o.Query.Fields},
	}
	if o.Query.AllNamespaces {
		w.chosen.Namespace, w.check = metav1.NamespaceAll, false
	}
	kinds := o.Query.Listed
	if !o.Query.Broad() {
		object, err := finder.Resolve(ctx, o.Query.Refs[0])
		if err != nil {
			return err
		}
		kinds = []target.Kind{object.Ref().Kind}
		w.chosen, w.check = cluster.Named(finder.Namespace, object.Ref().Name), false
	}
	if len(o.States) > 0 || owner != nil {
		if kinds[0] == target.CronJob && len(kinds) == 1 {
			return errAboutJobs
		}
		kinds = []target.Kind{target.Job}
	}
	return w.follow(ctx, kinds)
}

// follow follows kinds at the same time, until one of them cannot be followed any more.
func (w *watcher) follow(ctx context.Context, kinds []target.Kind) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, kind := range kinds {
		group.Go(func() error {
			ctx, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			if kind != target.CronJob {
				return w.watchJobs(ctx, cancel)
			}
			err := w.watchCronJobs(ctx, cancel)
			if why := cluster.Why("cronjobs", err); why != "" && len(kinds) > 1 {
				w.notice("CronJobs are not shown: " + why)
				return nil
			}
			return err
		})
	}
	return group.Wait()
}

// lookAgain is how often is looked for what no change tells: that a pod hangs, or that a slot passed without a run.
const lookAgain = 10 * time.Second

// ticking calls tick, in turn with what else takes the lock, until what it returns is called.
func ticking(ctx context.Context, cancel context.CancelCauseFunc, turn sync.Locker, tick func() error) (stop func()) {
	ctx, end := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(lookAgain)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			turn.Lock()
			err := tick()
			turn.Unlock()
			if err != nil {
				cancel(err)
				return
			}
		}
	})
	return func() {
		end()
		wg.Wait()
	}
}

// notice says what matters beside the rows, unless it was the last thing said: two that follow lose the server together.
func (w *watcher) notice(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if text == w.noticed {
		return
	}
	w.noticed = text
	_, _ = fmt.Fprintln(w.f.ErrOut, safetext.Line(text))
}

// write adds rows to a table. Where the one before was another its headers come again, as kubectl prints two kinds.
func (w *watcher) write(table *render.Growing, rows render.Table) error {
	if len(rows.Rows) == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.table != nil && w.table != table && !table.NoHeaders {
		if _, err := fmt.Fprintln(w.f.Out); err != nil {
			return err
		}
		table.Again()
	}
	w.table = table
	return table.Write(w.f.Out, rows, w.style)
}

// news says whether an object is to be printed that looks like this now, and keeps what was told of it. What is not asked for
// any more is printed once more: else what it has left would stay as the last word about it.
func news(told *string, look string, wanted bool) bool {
	printed := look != *told && (wanted || *told != "")
	*told = ""
	if wanted {
		*told = look
	}
	return printed
}

// synced is told when all there is has been read. Nothing at all in a namespace that was named may mean that it is not there.
func (w *watcher) synced(ctx context.Context, n int) error {
	if n > 0 || !w.check {
		return nil
	}
	if _, err := w.client.Namespace(ctx, w.chosen.Namespace); apierrors.IsNotFound(err) {
		return &target.NotFound{Namespace: w.chosen.Namespace, NamespaceAbsent: true}
	}
	return nil
}

func (w *watcher) columns() render.ListColumns {
	return render.ListColumns{Namespace: w.o.Query.AllNamespaces, Wide: w.o.Output.Format() == wide}
}

// errOneOnly refuses to watch several names: kubectl does too.
var errOneOnly = errors.New("-w follows one object or a selection: give one name, or choose with -l or --field-selector")

// errAboutJobs refuses choices that no CronJob can meet.
var errAboutJobs = errors.New("--status and --owner are about Jobs: leave out cronjobs")
