package watch

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/schedule"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// next returns a feed that waits for the CronJob's next run and follows it.
func (s *session) next(ctx context.Context, o cluster.FollowOptions) (observe.Feed, error) {
	object, err := s.resolver.Resolve(ctx, target.Ref{Kind: target.CronJob, Name: s.Refs[0].Name})
	if err != nil {
		return nil, err
	}
	cronJob := object.CronJob
	s.view.Notice(s.due(cronJob))
	return func(ctx context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
		job, err := s.awaitRun(ctx, cronJob)
		if err != nil {
			return err
		}
		s.view.Notice("")
		ref := cluster.Ref{Namespace: job.Namespace, Name: job.Name, UID: job.UID}
		emit(ref, jobstatus.Change{Job: job}) // it may have ended, and be gone before it is followed
		return s.client.Follow(ctx, ref, o, func(c jobstatus.Change) { emit(ref, c) })
	}, nil
}

// awaitRun waits for the run, telling when its CronJob is changed, and once a second where that can be seen, how long it
// still is.
func (s *session) awaitRun(ctx context.Context, cronJob *batchv1.CronJob) (*batchv1.Job, error) {
	ctx, cancel := context.WithCancel(ctx)
	var counting sync.WaitGroup
	defer counting.Wait() // its last word must not come after that of the caller
	defer cancel()
	var newest atomic.Pointer[batchv1.CronJob]
	newest.Store(cronJob)
	if live, ok := s.view.(*liveView); ok {
		counting.Go(func() {
			ticker := time.NewTicker(time.Second)
			defer ticker.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-ticker.C:
					live.Notice(s.due(newest.Load()))
				}
			}
		})
	}
	return observe.NextRun(ctx, s.client, cronJob, s.view.Notice, func(c *batchv1.CronJob) {
		if before := newest.Swap(c); before.Generation != c.Generation {
			s.view.Notice(s.due(c))
		}
	})
}

// due says when the next run is to start.
func (s *session) due(cronJob *batchv1.CronJob) string {
	name := fmt.Sprintf("cronjob %q: ", cronJob.Name)
	if cronJob.Spec.Suspend != nil && *cronJob.Spec.Suspend {
		return name + "suspended, so no run is due; waiting all the same"
	}
	plan, err := schedule.Of(cronJob)
	if err != nil {
		return name + err.Error()
	}
	now := s.now()
	slots := plan.Next(now, 1)
	if len(slots) == 0 {
		return name + "no run is due, ever"
	}
	return name + fmt.Sprintf("next run at %s, in %s", slots[0].Format(time.DateTime+" MST"), render.Duration(slots[0].Sub(now)))
}
