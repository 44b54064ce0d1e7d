package cluster

import (
	"context"

	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Once reads the pods and the events of a Job that has been read, as they are now, both at the same time, and emits them,
// then Synced. A part that cannot be read is emitted as Unavailable; one whose reading only failed is read again until it
// can be. emit is called from one goroutine at a time. The error is the context's.
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
			return readPart(ctx, jobstatus.PodsPart, send, func() error {
				return c.EachPodOf(ctx, job, func(pod *corev1.Pod) error { return send(jobstatus.Change{Pod: pod}) })
			})
		})
	}
	if o.Events {
		group.Go(func() error {
			return readPart(ctx, jobstatus.EventsPart, send, func() error {
				return c.EachEvent(ctx, AboutUID(job.Namespace, job.UID), func(e *corev1.Event) error {
					return send(jobstatus.Change{Event: e})
				})
			})
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
		return err
	}
	emit(jobstatus.Change{Synced: true})
	return nil
}

// readPart reads a part until it has been read, or is sent as one that cannot be. What came before a failure comes again.
func readPart(ctx context.Context, part jobstatus.Part, send func(jobstatus.Change) error, read func() error) error {
	for failures := 1; ; failures++ {
		err := read()
		switch verdict := judge(err); {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case verdict == again, verdict == rejected && failures == 1:
			if err := sleep(ctx, backoff(failures, partLongest)); err != nil {
				return err
			}
		default:
			return send(jobstatus.Change{Unavailable: &jobstatus.Unavailable{Part: part, Why: why(string(part), err)}})
		}
	}
}
