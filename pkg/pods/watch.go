package pods

import (
	"context"
	"errors"
	"fmt"
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

// watch prints the pods of a Job and then each that changes, until the Job is over.
func watch(ctx context.Context, f *factory.Factory, o Options, r target.Resolver) error {
	object, err := r.Resolve(ctx, o.Target)
	switch {
	case err != nil:
		return err
	case object.CronJob != nil:
		return fmt.Errorf("-w follows one Job: name a run of cronjob/%s", object.CronJob.Name)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	style, restore := f.Style(f.Out)
	defer restore()
	w := &watcher{
		f: f, o: o, job: object.Job, told: map[types.UID]*jobstatus.Pod{},
		style: style, table: render.Growing{NoHeaders: o.Output.NoHeaders},
	}
	ref := cluster.Ref{Namespace: object.Job.Namespace, Name: object.Job.Name, UID: object.Job.UID}
	options := cluster.FollowOptions{Pods: true, Notice: func(text string) { _, _ = fmt.Fprintln(f.ErrOut, safetext.Line(text)) }}
	err = r.Client.Follow(ctx, ref, options, func(change jobstatus.Change) {
		if err := w.take(change); err != nil {
			cancel(err)
		}
	})
	if errors.Is(err, errOver) || errors.Is(context.Cause(ctx), errOver) {
		return nil
	}
	return err
}

// watcher prints pods as they change.
type watcher struct {
	f     *factory.Factory
	o     Options
	job   *batchv1.Job
	style render.Style
	snap  jobstatus.Snapshot
	told  map[types.UID]*jobstatus.Pod
	table render.Growing
}

func (w *watcher) take(change jobstatus.Change) error {
	w.snap.Apply(change)
	if !w.snap.Synced {
		return nil
	}
	now := w.f.Now()
	s := jobstatus.Compute(w.snap, now)
	if why := s.Unavailable[jobstatus.PodsPart]; why != "" {
		return errors.New("the pods cannot be read: " + why)
	}
	var changed []*jobstatus.Pod
	for _, p := range append(s.Pods, s.Departed...) {
		if before := w.told[p.UID]; before == p || (before != nil && same(before, p)) {
			continue
		}
		w.told[p.UID] = p
		changed = append(changed, p)
	}
	if err := w.print(w.wanted(changed), now); err != nil {
		return err
	}
	if s.Outcome != jobstatus.Unfinished {
		return errOver
	}
	return nil
}

func same(a, b *jobstatus.Pod) bool {
	return a.Status == b.Status && a.Phase == b.Phase && a.Restarts == b.Restarts && a.Node == b.Node &&
		a.Reason == b.Reason && a.Attempt == b.Attempt && a.Started.Equal(b.Started)
}

func (w *watcher) wanted(pods []*jobstatus.Pod) []*jobstatus.Pod {
	g := group{}
	for _, p := range pods {
		g.entries = append(g.entries, entry{Pod: *p})
	}
	w.o.keep(&g)
	out := make([]*jobstatus.Pod, len(g.entries))
	for i := range g.entries {
		out[i] = &g.entries[i].Pod
	}
	return out
}

func (w *watcher) print(pods []*jobstatus.Pod, now time.Time) error {
	if len(pods) == 0 {
		return nil
	}
	columns := render.PodColumns{
		Index:   w.job.Spec.CompletionMode != nil && *w.job.Spec.CompletionMode == batchv1.IndexedCompletion,
		Attempt: true, Wide: w.o.Output.Format() == "wide",
	}
	t := render.PodTable(pods, columns, now, w.style)
	return w.table.Write(w.f.Out, t, w.style)
}
