package cluster

import (
	"context"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	untilFirstPause = 100 * time.Millisecond
	untilLastPause  = 2 * time.Second
	untilSilent     = 30 * time.Second
)

// Known are the objects of a kind that a selection holds and that are cared about, by UID.
type Known[T any] map[types.UID]*T

// UntilJobs reads the Jobs of a selection that keep accepts, and follows them until done says that what is waited for
// has come. It outlasts broken watches and an API server that is away. The error is the context's, or a refusal to list.
func (c *Client) UntilJobs(ctx context.Context, s Selection, keep func(*batchv1.Job) bool, done func(Known[batchv1.Job]) bool) error {
	jobs := c.jobs(s.Namespace)
	return until(ctx, untilAPI[batchv1.Job]{
		keep: keep, done: done, watch: jobs.watch, options: s.options(),
		list: func(ctx context.Context, o metav1.ListOptions) (page[batchv1.Job], string, error) {
			l, err := jobs.list(ctx, o)
			if err != nil {
				return page[batchv1.Job]{}, "", err
			}
			return page[batchv1.Job]{l.Items, l.Continue}, l.ResourceVersion, nil
		},
	})
}

// UntilCronJobs is UntilJobs for CronJobs.
func (c *Client) UntilCronJobs(ctx context.Context, s Selection, keep func(*batchv1.CronJob) bool, done func(Known[batchv1.CronJob]) bool) error {
	cronJobs := c.cronJobs(s.Namespace)
	return until(ctx, untilAPI[batchv1.CronJob]{
		keep: keep, done: done, watch: cronJobs.watch, options: s.options(),
		list: func(ctx context.Context, o metav1.ListOptions) (page[batchv1.CronJob], string, error) {
			l, err := cronJobs.list(ctx, o)
			if err != nil {
				return page[batchv1.CronJob]{}, "", err
			}
			return page[batchv1.CronJob]{l.Items, l.Continue}, l.ResourceVersion, nil
		},
	})
}

// UntilPods is UntilJobs for pods.
func (c *Client) UntilPods(ctx context.Context, s Selection, keep func(*corev1.Pod) bool, done func(Known[corev1.Pod]) bool) error {
	pods := c.pods(s.Namespace)
	return until(ctx, untilAPI[corev1.Pod]{
		keep: keep, done: done, watch: pods.watch, options: s.options(),
		list: func(ctx context.Context, o metav1.ListOptions) (page[corev1.Pod], string, error) {
			l, err := pods.list(ctx, o)
			if err != nil {
				return page[corev1.Pod]{}, "", err
			}
			return page[corev1.Pod]{l.Items, l.Continue}, l.ResourceVersion, nil
		},
	})
}

// untilAPI is one kind of object as until reads it.
type untilAPI[T any] struct {
	options metav1.ListOptions
	list    func(context.Context, metav1.ListOptions) (page[T], string, error)
	watch   func(context.Context, metav1.ListOptions) (watch.Interface, error)
	keep    func(*T) bool
	done    func(Known[T]) bool
}

func until[T any, P interface {
	*T
	metav1.Object
}](ctx context.Context, a untilAPI[T]) error {
	pause, denied := untilFirstPause, false
	for {
		known, version, err := listKnown[T, P](ctx, a)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err) && denied:
			return err
		case apierrors.IsUnauthorized(err):
			denied = true // a credential plugin renews what has expired, and passes this answer on all the same
		case err == nil:
			denied = false
			if a.done(known) {
				return nil
			}
			came, finished := watchKnown[T, P](ctx, a, known, version)
			if finished {
				return nil
			}
			if came {
				pause = untilFirstPause
			}
		default:
			denied = false
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, untilLastPause)
	}
}

func listKnown[T any, P interface {
	*T
	metav1.Object
}](ctx context.Context, a untilAPI[T]) (known Known[T], version string, err error) {
	known = Known[T]{}
	o := a.options
	for {
		p, v, err := a.list(ctx, o)
		if err != nil {
			return nil, "", err
		}
		for i := range p.items {
			if a.keep(&p.items[i]) {
				item := p.items[i] // a copy, so that the page can be forgotten
				known[P(&item).GetUID()] = &item
			}
		}
		if p.next == "" {
			return known, v, nil
		}
		o.Continue = p.next
	}
}

// watchKnown follows until the watch ends: came says that it brought anything, finished that the wait is over.
func watchKnown[T any, P interface {
	*T
	metav1.Object
}](ctx context.Context, a untilAPI[T], known Known[T], version string) (came, finished bool) {
	o := a.options
	o.Limit, o.ResourceVersion, o.AllowWatchBookmarks = 0, version, true
	w, err := a.watch(ctx, o)
	if err != nil {
		return false, false
	}
	defer w.Stop()
	// A stream that brings nothing may be dead without a word, or have lost a deletion: the list tells.
	silent := time.AfterFunc(untilSilent, w.Stop)
	defer silent.Stop()
	for event := range w.ResultChan() {
		silent.Reset(untilSilent)
		item, ok := event.Object.(P)
		if !ok {
			return came, false // an error: read the list again
		}
		came = true
		switch event.Type {
		case watch.Deleted:
			delete(known, item.GetUID())
		case watch.Added, watch.Modified:
			if a.keep((*T)(item)) {
				known[item.GetUID()] = (*T)(item)
			} else {
				delete(known, item.GetUID())
			}
		case watch.Bookmark, watch.Error:
			continue
		}
		if a.done(known) {
			return came, true
		}
	}
	return came, false
}
