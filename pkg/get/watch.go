package get

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// watched is where to look.
type watched struct {
	client    *cluster.Client
	namespace string
	owner     types.UID
}

// watch prints the Jobs and then each that changes, until it is interrupted.
func watch(ctx context.Context, f *factory.Factory, o Options, in watched) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	st, restore := f.Style(f.Out)
	defer restore()
	w := &watcher{f: f, o: o, owner: in.owner, style: st, jobs: map[types.UID]*followed{}}
	s := cluster.Selection{Namespace: in.namespace, Labels: o.Query.Labels, Fields: o.Query.Fields}
	if o.Query.AllNamespaces {
		s.Namespace = metav1.NamespaceAll
	}
	options := cluster.FollowOptions{
		Pods: true, Events: true, Notice: func(text string) { _, _ = fmt.Fprintln(f.ErrOut, safetext.Line(text)) },
	}
	return in.client.FollowMany(ctx, s, options, func(ref cluster.Ref, change jobstatus.Change) {
		if err := w.take(ref, change); err != nil {
			cancel(err)
		}
	})
}

// watcher prints Jobs as they change.
type watcher struct {
	f      *factory.Factory
	o      Options
	owner  types.UID
	style  render.Style
	jobs   map[types.UID]*followed
	order  []types.UID
	synced bool
	begun  bool // the headers are out
	widths []int
}

type followed struct {
	snap jobstatus.Snapshot
	told string
}

func (w *watcher) take(ref cluster.Ref, change jobstatus.Change) error {
	if ref.UID == "" {
		if change.Synced {
			w.synced = true
			return w.print(w.order)
		}
		for _, j := range w.jobs {
			j.snap.Apply(change)
		}
		return nil
	}
	j := w.jobs[ref.UID]
	if j == nil {
		j = &followed{}
		w.jobs[ref.UID] = j
		w.order = append(w.order, ref.UID)
	}
	j.snap.Apply(change)
	if !w.synced {
		return nil
	}
	return w.print([]types.UID{ref.UID})
}

// print writes the rows of the Jobs that look different from before.
func (w *watcher) print(uids []types.UID) error {
	now := w.f.Now()
	var rows []render.JobRow
	for _, uid := range uids {
		j := w.jobs[uid]
		if j.snap.Job == nil {
			continue
		}
		j.snap.Synced = true
		s := jobstatus.Compute(j.snap, now)
		if look := appearance(s); look != j.told && w.wanted(j, s, now) {
			j.told = look
			rows = append(rows, render.NewJobRow(j.snap.Job, s))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	columns := render.ListColumns{Namespace: w.o.Query.AllNamespaces, Wide: w.o.Output.Format() == wide}
	t := render.JobTable(rows, columns, now, w.style)
	lines := t.Rows
	if !w.begun && !w.o.Output.NoHeaders {
		lines = append([][]string{t.Headers}, lines...)
	}
	w.begun = true
	w.align(lines)
	return render.Table{Rows: lines}.Write(w.f.Out, w.style)
}

// align keeps the columns where they are, as long as nothing wider comes.
func (w *watcher) align(lines [][]string) {
	for _, row := range lines {
		for i, cell := range row {
			if i == len(w.widths) {
				w.widths = append(w.widths, 0)
			}
			w.widths[i] = max(w.widths[i], safetext.Width(cell))
		}
	}
	for _, row := range lines {
		for i := range row[:len(row)-1] {
			row[i] = safetext.Pad(row[i], w.widths[i])
		}
	}
}

// appearance is what of a status makes a new line.
func appearance(s jobstatus.Status) string {
	return fmt.Sprint(s.State, s.Counts, s.Progress.Done, s.Progress.Total, diagnosis.Headline(diagnosis.Facts{Status: s}))
}

func (w *watcher) wanted(j *followed, s jobstatus.Status, now time.Time) bool {
	ref := metav1.GetControllerOf(j.snap.Job)
	owned := w.owner == "" || (ref != nil && ref.UID == w.owner)
	return owned && w.o.hasState(s) && w.o.hasAge(s.Created, now)
}
