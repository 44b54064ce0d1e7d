package cluster

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Once reads the pods and the events of a Job that has been read, as they are now, both at the same time, and emits them,
// then Synced. A part that may not be read is emitted as Unavailable. emit is called from one goroutine at a time.
func (c *Client) Once(ctx context.Context, job *batchv1.Job, o FollowOptions, emit func(jobstatus.Change)) error {
	changes := make(chan jobstatus.Change)
	group, ctx := errgroup.WithContext(ctx)
	send := func(change jobstatus.Change) error {
		select {
		case changes <- change:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	trim := newTrimmer()
	if o.Pods {
		group.Go(func() error {
			err := c.EachPodOf(ctx, job, func(pod *corev1.Pod) error { return send(jobstatus.Change{Pod: pod}) })
			return partial(err, jobstatus.PodsPart, send)
		})
	}
	if o.Events {
		group.Go(func() error {
			err := c.EachEvent(ctx, AboutUID(job.Namespace, job.UID), func(e *corev1.Event) error {
				return send(jobstatus.Change{Event: e})
			})
			return partial(err, jobstatus.EventsPart, send)
		})
	}
	done := make(chan error, 1)
	go func() { done <- group.Wait(); close(changes) }()
	for change := range changes {
		if change.Pod != nil {
			trim.trim(change.Pod)
		}
		emit(change)
	}
	if err := <-done; err != nil {
		return fmt.Errorf("job %q in namespace %q: %w", job.Name, job.Namespace, err)
	}
	emit(jobstatus.Change{Synced: true})
	return nil
}

// partial turns being forbidden to read a part into a change that says so.
func partial(err error, part jobstatus.Part, send func(jobstatus.Change) error) error {
	if apierrors.IsForbidden(err) {
		return send(jobstatus.Change{Unavailable: &jobstatus.Unavailable{Part: part, Why: why(string(part), err)}})
	}
	return err
}
