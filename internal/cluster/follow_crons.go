package cluster

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
)

// CronChange is one thing learned about CronJobs and about the Jobs beside them. One of CronJob, Job and Synced is set.
type CronChange struct {
	CronJob *batchv1.CronJob
	Job     *batchv1.Job // of any owner
	Deleted bool         // it is gone, and this is the last that is known of it
	Synced  bool         // all there is has been emitted
	// Unavailable says why the Jobs cannot be read; empty again when they can be. The CronJobs are told without them.
	Unavailable *string
}

// FollowCronJobs reads the CronJobs of a selection, and the Jobs of its namespace, for as long as the context lives, and
// emits every change. The Jobs are read when the CronJobs are known: one that comes after Synced is newer than any that the
// CronJobs had at the start. It survives what Follow survives, calls emit and notice as that does, and returns the same errors:
// for CronJobs that may not be read, not for Jobs.
func (c *Client) FollowCronJobs(ctx context.Context, s Selection, notice func(string), emit func(CronChange)) error {
	f := newFeed(ctx, c)
	defer f.close()
	crons, jobs := f.cronJobs(s), f.runs(Selection{Namespace: s.Namespace})
	g := newGuard(f, crons, func(ctx context.Context) (bool, error) { return c.lookAtCronJobs(ctx, crons.store, s) })
	g.watching = true
	pending, synced := map[*reader]struct{}{crons: {}, jobs: {}}, false
	f.start(crons)
	return f.run(func(i item) error {
		switch o := i.object.(type) {
		case *batchv1.CronJob:
			emit(CronChange{CronJob: o, Deleted: i.deleted})
		case *batchv1.Job:
			emit(CronChange{Job: o, Deleted: i.deleted})
		}
		switch {
		case i.notice != "":
			notice(i.notice)
		case i.denied != nil:
			emit(CronChange{Unavailable: &i.denied.Why})
		case i.synced != nil:
			if i.synced == crons && g.parts == nil {
				g.parts = []*reader{jobs}
				f.start(jobs)
			}
			if delete(pending, i.synced); len(pending) == 0 && !synced {
				synced = true
				emit(CronChange{Synced: true})
			}
		}
		return nil
	}, g)
}

// lookAtCronJobs reads all CronJobs of a selection beside the watch.
func (c *Client) lookAtCronJobs(ctx context.Context, known *store, s Selection) (bool, error) {
	return lookAt(known, func(visit func(*batchv1.CronJob) error) error { return c.EachCronJob(ctx, s, visit) })
}
