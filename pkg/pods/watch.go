package pods

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// errOver ends the following of a Job that is over.
var errOver = errors.New("over")

// watch prints the pods of a Job and then each that changes, until the Job is over; of a CronJob those of all its runs,
// until it is interrupted.
func watch(ctx context.Context, f *factory.Factory, o Options, r target.Resolver) error {
	object, err := r.Resolve(ctx, o.Target)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	style, restore := f.Style(f.Out)
	defer restore()
	w := &watcher{f: f, o: o, style: style, table: render.Growing{NoHeaders: o.Output.NoHeaders}}
	options := cluster.FollowOptions{Pods: true, Notice: func(text string) { _, _ = fmt.Fprintln(f.ErrOut, safetext.Line(text)) }}
	if object.CronJob != nil {
		return w.runs(ctx, cancel, r.Client, object.CronJob, options)
	}
	if (o.Attempt != 0 || o.Attempts) && !jobstatus.NumbersAttempts(object.Job) {
		return notNumbered(object.Job)
	}
	w.columns.Index = indexed(&object.Job.Spec)
	only := newFollowed(object.Job.Name)
	ref := cluster.Ref{Namespace: object.Job.Namespace, Name: object.Job.Name, UID: object.Job.UID}
	err = r.Client.Follow(ctx, ref, options, func(change jobstatus.Change) {
		if err := w.take(only, change); err != nil {
			cancel(err)
		}
	})
	if errors.Is(err, errOver) || errors.Is(context.Cause(ctx), errOver) {
		return nil
	}
	return err
}

func indexed(spec *batchv1.JobSpec) bool {
	return spec.CompletionMode != nil && *spec.CompletionMode == batchv1.IndexedCompletion
}

// watcher prints pods as they change.
type watcher struct {
	f       *factory.Factory
	o       Options
	style   render.Style
	columns render.PodColumns
	table   render.Growing
}

// followed is a Job and what was told of its pods.
type followed struct {
	name string
	snap jobstatus.Snapshot
	told map[types.UID]*jobstatus.Pod
}

func newFollowed(name string) *followed {
	return &followed{name: name, told: map[types.UID]*jobstatus.Pod{}}
}

func (w *watcher) take(j *followed, change jobstatus.Change) error {
	j.snap.Apply(change)
	if !j.snap.Synced {
		return nil
	}
	outcome, err := w.print(j)
	if err == nil && outcome != jobstatus.Unfinished {
		return errOver
	}
	return err
}

// print writes the pods of a Job that are asked for and look different from when they were printed last.
func (w *watcher) print(j *followed) (jobstatus.Outcome, error) {
	now := w.f.Now()
	s := jobstatus.Compute(j.snap, now)
	if why := s.Unavailable[jobstatus.PodsPart]; why != "" {
		return s.Outcome, errors.New("the pods cannot be read: " + why)
	}
	all := append(slices.Clone(s.Pods), s.Departed...)
	wanted := w.wanted(all)
	changed := j.left(all, wanted)
	for _, p := range wanted {
		if before := j.told[p.UID]; before == p || before != nil && same(before, p) {
			continue
		}
		j.told[p.UID] = p
		changed = append(changed, p)
	}
	return s.Outcome, w.write(j.name, changed, now)
}

// left forgets the pods that are not asked for any more, and returns those that look different from when they were printed
// last: that would stay as the last word about them.
func (j *followed) left(all, wanted []*jobstatus.Pod) []*jobstatus.Pod {
	if len(all) == len(wanted) {
		return nil
	}
	asked := make(map[types.UID]bool, len(wanted))
	for _, p := range wanted {
		asked[p.UID] = true
	}
	var changed []*jobstatus.Pod
	for _, p := range all {
		before := j.told[p.UID]
		if before == nil || asked[p.UID] {
			continue
		}
		delete(j.told, p.UID)
		if !same(before, p) {
			changed = append(changed, p)
		}
	}
	return changed
}

func same(a, b *jobstatus.Pod) bool {
	return a.Status == b.Status && a.Phase == b.Phase && a.Restarts == b.Restarts && a.Node == b.Node &&
		a.Reason == b.Reason && a.Attempt == b.Attempt && a.Started.Equal(b.Started)
}

// wanted are those of all pods of a Job that are asked for: which attempt is the last, only all of them tell.
func (w *watcher) wanted(pods []*jobstatus.Pod) []*jobstatus.Pod {
	if w.o.keepsAll() {
		return pods
	}
	g := group{entries: make([]entry, len(pods))}
	for i, p := range pods {
		g.entries[i] = entry{Pod: *p}
	}
	w.o.keep(&g)
	out := make([]*jobstatus.Pod, len(g.entries))
	for i := range g.entries {
		out[i] = &g.entries[i].Pod
	}
	return out
}

func (w *watcher) write(job string, pods []*jobstatus.Pod, now time.Time) error {
	columns := w.columns
	columns.Attempt, columns.Wide = true, w.o.Output.Format() == "wide"
	if columns.Job != nil {
		columns.Job = func(*jobstatus.Pod) string { return job }
	}
	return w.table.Write(w.f.Out, render.PodTable(pods, columns, now, w.style), w.style)
}
