package get

import (
	"context"
	"slices"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// job is what is kept of a Job: its status, and the object where that is still needed.
type job struct {
	render.JobRow
	owner  types.UID
	object *batchv1.Job // nil: not needed any more
}

// cron is what is kept of a CronJob.
type cron struct {
	status diagnosis.CronStatus
	object *batchv1.CronJob
}

// lister reads what the query means.
type lister struct {
	client *cluster.Client
	o      Options
	now    func() time.Time
	finder target.Finder

	jobs  []job
	crons []cron
	runs  map[types.UID][]*batchv1.Job // by the CronJob that owns them
	waits map[types.UID]bool           // Jobs that have a pod that does not run
}

func (l *lister) wants(kind target.Kind) bool { return slices.Contains(l.o.Query.Listed, kind) }

// keepObjects says whether the real objects are asked for, or something that only they hold.
func (l *lister) keepObjects() bool {
	return (!l.o.Output.Own() && !l.o.Output.NamesOnly()) || l.o.Path != nil
}

// list reads kinds: Jobs, CronJobs and the pods that wait, all at once.
func (l *lister) list(ctx context.Context) error {
	q := l.o.Query
	s := cluster.Selection{Namespace: l.finder.Namespace, Labels: q.Labels, Fields: q.Fields}
	if q.AllNamespaces {
		s.Namespace = metav1.NamespaceAll
	}
	var wg sync.WaitGroup
	var jobsErr, cronsErr error
	l.runs, l.waits = map[types.UID][]*batchv1.Job{}, map[types.UID]bool{}
	if l.wants(target.Job) {
		wg.Go(func() {
			s := s
			s.Lean, s.Ahead = !l.keepObjects(), true
			jobsErr = l.client.EachJob(ctx, s, l.takeJob)
		})
		wg.Go(func() { l.readWaiting(ctx, s.Namespace) })
	}
	if l.wants(target.CronJob) {
		wg.Go(func() {
			cronsErr = l.client.EachCronJob(ctx, s, func(c *batchv1.CronJob) error {
				kept := *c
				l.crons = append(l.crons, cron{object: &kept})
				return nil
			})
		})
	}
	wg.Wait()
	if jobsErr != nil {
		return jobsErr
	}
	if cronsErr != nil && (!l.wants(target.Job) || !apierrors.IsForbidden(cronsErr)) {
		return cronsErr
	}
	return l.readRuns(ctx, s)
}

// readRuns makes the runs of the CronJobs known where the Jobs that were listed do not tell: they were chosen by labels,
// or not listed.
func (l *lister) readRuns(ctx context.Context, s cluster.Selection) error {
	if len(l.crons) == 0 || (l.wants(target.Job) && s.Labels == nil && s.Fields == nil) {
		return nil
	}
	l.runs = map[types.UID][]*batchv1.Job{}
	err := l.client.EachJob(ctx, cluster.Selection{Namespace: s.Namespace}, func(j *batchv1.Job) error {
		if ref := metav1.GetControllerOf(j); ref != nil {
			kept := slimRun(j)
			l.runs[ref.UID] = append(l.runs[ref.UID], kept)
		}
		return nil
	})
	if apierrors.IsForbidden(err) {
		return nil // the CronJobs are shown without their runs
	}
	return err
}

// slimRun keeps of a run what its outcome needs.
func slimRun(j *batchv1.Job) *batchv1.Job {
	kept := *j
	kept.ManagedFields, kept.Spec.Template = nil, corev1.PodTemplateSpec{}
	return &kept
}

// named reads the objects that were named.
func (l *lister) named(ctx context.Context) ([]target.Failure, error) {
	found, err := l.finder.Find(ctx, l.o.Query)
	if err != nil {
		return nil, err
	}
	l.runs, l.waits = map[types.UID][]*batchv1.Job{}, map[types.UID]bool{}
	for _, item := range found.Items {
		switch {
		case item.Job != nil:
			if err := l.takeJob(item.Job); err != nil {
				return nil, err
			}
			l.waits[item.Job.UID] = true
		case item.CronJob != nil:
			l.crons = append(l.crons, cron{object: item.CronJob})
			runs, err := l.client.RunsOf(ctx, item.CronJob)
			if err != nil && !apierrors.IsForbidden(err) {
				return nil, err
			}
			l.runs[item.CronJob.UID] = runs
		}
	}
	return found.Failures, nil
}

// takeJob reduces a Job to its row.
func (l *lister) takeJob(j *batchv1.Job) error {
	row := job{JobRow: render.NewJobRow(j, l.status(j))}
	if ref := metav1.GetControllerOf(j); ref != nil {
		row.owner = ref.UID
		if l.wants(target.CronJob) && ref.Kind == "CronJob" {
			l.runs[ref.UID] = append(l.runs[ref.UID], slimRun(j))
		}
	}
	switch {
	case l.keepObjects():
		kept := *j
		row.object = &kept
	case row.Status.Outcome == jobstatus.Unfinished:
		kept := *j // the words of why need its spec
		row.object = &kept
	}
	l.jobs = append(l.jobs, row)
	return nil
}

// status is what a Job alone tells.
func (l *lister) status(j *batchv1.Job) jobstatus.Status {
	var snap jobstatus.Snapshot
	snap.Apply(jobstatus.Change{Job: j})
	return jobstatus.Compute(snap, l.now())
}

// mostWaiting bounds how many waiting pods are looked at.
const mostWaiting = 1000

// readWaiting notes which Jobs have pods that do not run: only those can be stuck. What cannot be read is left out: the
// Jobs are then told without their pods.
func (l *lister) readWaiting(ctx context.Context, namespace string) {
	ours, err := labels.NewRequirement(batchv1.JobNameLabel, selection.Exists, nil)
	if err != nil {
		return
	}
	enough := context.Canceled
	n := 0
	_ = l.client.EachPod(ctx, cluster.Selection{
		Namespace: namespace, Labels: labels.NewSelector().Add(*ours), Lean: true,
		Fields: fields.OneTermEqualSelector("status.phase", string(corev1.PodPending)),
	}, func(pod *corev1.Pod) error {
		if ref := metav1.GetControllerOf(pod); ref != nil {
			l.waits[ref.UID] = true
		}
		if n++; n >= mostWaiting {
			return enough
		}
		return nil
	})
}

// Bounds of the second look.
const (
	mostGlances = 32
	atOnce      = 8
)

// deepen looks again at the Jobs that may be stuck: those with pods that wait, or that have none though they want some.
func (l *lister) deepen(ctx context.Context) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	looked := 0
	for i := range l.jobs {
		j := &l.jobs[i]
		if j.object == nil || !l.doubtful(j) {
			continue
		}
		if looked++; looked > mostGlances {
			break
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			facts := diagnosis.FactsOf(l.client.Glance(ctx, j.object), l.now())
			j.Status, j.Headline = facts.Status, diagnosis.Headline(facts)
		})
	}
	wg.Wait()
}

func (l *lister) doubtful(j *job) bool {
	s := j.Status
	switch s.State {
	case jobstatus.Pending, jobstatus.BackingOff, jobstatus.Blocked:
		return true
	case jobstatus.Running:
		return l.waits[s.UID]
	default:
		return false
	}
}

// finishCrons computes the CronJobs when their runs are known.
func (l *lister) finishCrons() {
	for i := range l.crons {
		c := &l.crons[i]
		c.status = diagnosis.OfCron(c.object, l.runs[c.object.UID], l.now())
	}
}
