package observe

import (
	"context"
	"errors"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
)

// NextRun waits for the first Job that a CronJob makes after the call. notice is told about the connection, changed the
// CronJob as it is now; both are called from one goroutine. The error is the context's, why the CronJob or its Jobs cannot
// be followed, or, with the exit code of what is gone, that no run can come any more.
func NextRun(
	ctx context.Context, client *cluster.Client, cronJob *batchv1.CronJob, notice func(string), changed func(*batchv1.CronJob),
) (*batchv1.Job, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n := nextRun{cronJob: cronJob, changed: changed, known: map[types.UID]bool{}}
	err := client.FollowCronJobs(ctx, cluster.Selection{
		Namespace: cronJob.Namespace, Fields: fields.OneTermEqualSelector(metav1.ObjectNameField, cronJob.Name),
	}, notice, func(c cluster.CronChange) {
		if n.run == nil && n.err == nil {
			n.take(c)
		}
		if n.run != nil || n.err != nil {
			cancel()
		}
	})
	switch {
	case n.run != nil:
		return n.run, nil
	case n.err != nil:
		return nil, n.err
	case err == nil:
		err = errors.New("the feed of Jobs ended")
	}
	return nil, err
}

// nextRun is the wait for a run, over once run or err is set.
type nextRun struct {
	cronJob *batchv1.CronJob
	changed func(*batchv1.CronJob)
	found   bool // the CronJob was still there
	synced  bool
	known   map[types.UID]bool // Jobs
	run     *batchv1.Job
	err     error
}

func (n *nextRun) take(c cluster.CronChange) {
	switch {
	case c.CronJob != nil:
		if c.CronJob.UID == n.cronJob.UID { // that another has its name is told beside its deletion
			n.takeCronJob(c.CronJob, c.Deleted)
		}
	case c.Synced:
		if n.synced = true; !n.found {
			n.err = n.gone("was deleted")
		}
	case c.Unavailable != nil && *c.Unavailable != "":
		n.err = fmt.Errorf("the runs of cronjob %q in namespace %q cannot be followed: %s", n.cronJob.Name, n.cronJob.Namespace, *c.Unavailable)
	case c.Job != nil:
		if n.synced && !c.Deleted && !n.known[c.Job.UID] && cluster.OwnedBy(c.Job, n.cronJob.UID) {
			n.run = c.Job
		}
		n.known[c.Job.UID] = true
	}
}

func (n *nextRun) takeCronJob(c *batchv1.CronJob, deleted bool) {
	switch {
	case deleted:
		n.err = n.gone("was deleted")
	case c.DeletionTimestamp != nil: // its runs may hold it, and it makes no more
		n.err = n.gone("is being deleted")
	default:
		n.found = true
		n.changed(c)
	}
}

func (n *nextRun) gone(how string) error {
	return &exit.Error{Code: exit.JobGone, Err: fmt.Errorf(
		"cronjob %q in namespace %q %s: its next run will not come", n.cronJob.Name, n.cronJob.Namespace, how,
	)}
}
