package observe

import (
	"context"
	"fmt"
	"slices"
	"sync"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// NoRunYet says that a CronJob has no Job to follow.
type NoRunYet struct{ CronJob *batchv1.CronJob }

// Error names the CronJob, and what to do.
func (e *NoRunYet) Error() string {
	c := e.CronJob // the whole command, since wait has no --next
	return fmt.Sprintf("cronjob %q in namespace %q has no run\nkubectl jobx watch cronjob/%s -n %s --next waits for the next one",
		c.Name, c.Namespace, c.Name, c.Namespace)
}

// FeedOf returns the feed of named Jobs. A CronJob stands for the run that is under way, else for its newest; one that
// has none is a *NoRunYet. Nothing is followed before the feed is called.
func FeedOf(ctx context.Context, r target.Resolver, refs []target.Ref, o cluster.FollowOptions) (Feed, error) {
	feeds := make([]Feed, 0, len(refs))
	jobs := make([]*batchv1.Job, 0, len(refs))
	for _, ref := range refs {
		object, err := r.Resolve(ctx, ref)
		if err != nil {
			return nil, err
		}
		job := object.Job
		if object.CronJob != nil {
			if job, err = RunOf(ctx, r.Client, object.CronJob); err != nil {
				return nil, err
			}
		}
		if slices.ContainsFunc(jobs, func(j *batchv1.Job) bool { return j.UID == job.UID }) {
			continue // named twice, or as itself and as the run of its CronJob
		}
		jobs = append(jobs, job)
		feeds = append(feeds, feedOf(r.Client, job, o))
	}
	return announced(jobs, together(feeds)), nil
}

// feedOf follows a Job that has been read and told. One that has ended is not followed: its verdict cannot change.
func feedOf(client *cluster.Client, job *batchv1.Job, o cluster.FollowOptions) Feed {
	ref := refOf(job)
	if jobstatus.Finished(job) {
		return func(ctx context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
			if err := client.Once(ctx, job, o, func(c jobstatus.Change) { emit(ref, c) }); err != nil {
				return err
			}
			<-ctx.Done()
			return context.Cause(ctx)
		}
	}
	return func(ctx context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
		return client.Follow(ctx, ref, o, func(c jobstatus.Change) { emit(ref, c) })
	}
}

// FeedAll returns the feed of all Jobs of a selection, those that come later included.
func FeedAll(client *cluster.Client, s cluster.Selection, o cluster.FollowOptions) Feed {
	return func(ctx context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
		return client.FollowMany(ctx, s, o, emit)
	}
}

// announced tells of all Jobs before anything else is told of one: who waits for all must know how many they are, and what
// the Jobs were when nothing more is heard of them.
func announced(jobs []*batchv1.Job, feed Feed) Feed {
	return func(ctx context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
		for _, job := range jobs {
			emit(refOf(job), jobstatus.Change{Job: job})
		}
		return feed(ctx, emit)
	}
}

func refOf(job *batchv1.Job) cluster.Ref {
	return cluster.Ref{Namespace: job.Namespace, Name: job.Name, UID: job.UID}
}

// together runs feeds side by side; the first that cannot go on ends them all.
func together(feeds []Feed) Feed {
	return func(ctx context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, feed := range feeds {
			wg.Go(func() {
				cancel(feed(ctx, func(ref cluster.Ref, c jobstatus.Change) {
					mu.Lock()
					defer mu.Unlock()
					emit(ref, c)
				}))
			})
		}
		wg.Wait()
		return context.Cause(ctx)
	}
}

// RunOf returns the run of a CronJob that is under way, or else the newest. The Job's owner reference decides, so that
// runs that the CronJob has lost sight of count as well. Without a run the error is a *NoRunYet.
func RunOf(ctx context.Context, client *cluster.Client, cronJob *batchv1.CronJob) (*batchv1.Job, error) {
	runs, err := client.RunsOf(ctx, cronJob)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, &NoRunYet{cronJob}
	}
	best := runs[0]
	for _, run := range runs[1:] {
		if preferred(run, best) {
			best = run
		}
	}
	return best, nil
}

// preferred says whether a is the better run to look at: one that is under way before one that ended, then the newer.
func preferred(a, b *batchv1.Job) bool {
	if fa, fb := jobstatus.Finished(a), jobstatus.Finished(b); fa != fb {
		return fb
	}
	return b.CreationTimestamp.Before(&a.CreationTimestamp)
}
