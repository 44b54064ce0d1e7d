package pods

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// runs prints the pods of the runs of a CronJob, those that come included.
func (w *watcher) runs(
	ctx context.Context, cancel context.CancelCauseFunc, client *cluster.Client, c *batchv1.CronJob, options cluster.FollowOptions,
) error {
	w.columns.Index = indexed(&c.Spec.JobTemplate.Spec)
	w.columns.Job = func(*jobstatus.Pod) string { return "" } // there is such a column
	r := &runWatch{watcher: w, owner: c.UID, jobs: map[types.UID]*followed{}}
	return client.FollowMany(ctx, cluster.Selection{Namespace: c.Namespace}, options, func(ref cluster.Ref, change jobstatus.Change) {
		if err := r.take(ref, change); err != nil {
			cancel(err)
		}
	})
}

// runWatch is what is known of the runs of a CronJob.
type runWatch struct {
	*watcher
	owner  types.UID
	jobs   map[types.UID]*followed
	order  []*followed // until they are synced
	synced bool
}

func (r *runWatch) take(ref cluster.Ref, change jobstatus.Change) error {
	switch {
	case ref.UID != "":
		return r.takeOf(ref, change)
	case !change.Synced:
		return nil
	}
	r.synced = true
	for _, j := range r.order {
		if _, err := r.print(j); err != nil {
			return err
		}
	}
	r.order = nil
	return nil
}

// takeOf takes in what is about one Job, if it is a run.
func (r *runWatch) takeOf(ref cluster.Ref, change jobstatus.Change) error {
	j := r.jobs[ref.UID]
	if j == nil {
		if change.Job == nil || !cluster.OwnedBy(change.Job, r.owner) {
			return nil
		}
		j = newFollowed(ref.Name)
		r.jobs[ref.UID] = j
		if !r.synced {
			r.order = append(r.order, j)
		}
	}
	j.snap.Apply(change)
	if change.JobDeleted != nil {
		delete(r.jobs, ref.UID)
	}
	if !r.synced || !j.snap.Synced {
		return nil
	}
	_, err := r.print(j)
	return err
}
