package get

import (
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

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
	owner  types.UID // of --owner
	style  render.Style
	table  render.Growing
}

// watch prints the Jobs, or the CronJobs, and then each that changes, until it is interrupted.
func watch(ctx context.Context, f *factory.Factory, o Options, client *cluster.Client, finder target.Finder, owner types.UID) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	st, restore := f.Style(f.Out)
	defer restore()
	w := &watcher{
		f: f, o: o, client: client, owner: owner, style: st, table: render.Growing{NoHeaders: o.Output.NoHeaders},
		chosen: cluster.Selection{Namespace: finder.Namespace, Labels: o.Query.Labels, Fields: o.Query.Fields},
	}
	if o.Query.AllNamespaces {
		w.chosen.Namespace = metav1.NamespaceAll
	}
	crons := o.onlyCron()
	if !o.Query.Broad() {
		object, err := finder.Resolve(ctx, o.Query.Refs[0])
		if err != nil {
			return err
		}
		crons = object.CronJob != nil
		w.chosen = cluster.Named(finder.Namespace, object.Ref().Name)
	}
	if crons {
		return w.watchCronJobs(ctx, cancel)
	}
	return w.watchJobs(ctx, cancel)
}

func (w *watcher) notice(text string) { _, _ = fmt.Fprintln(w.f.ErrOut, safetext.Line(text)) }

func (w *watcher) columns() render.ListColumns {
	return render.ListColumns{Namespace: w.o.Query.AllNamespaces, Wide: w.o.Output.Format() == wide}
}

// errOneOnly refuses to watch several names: kubectl does too.
var errOneOnly = errors.New("-w follows one object or a selection: give one name, or choose with -l or --field-selector")
