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
	key    any          // what the JSONPath of --sort-by finds
}

// cron is what is kept of a CronJob.
type cron struct {
	status diagnosis.CronStatus
	object *batchv1.CronJob
	key    any // as of job
}

// lister reads what the query means.
type lister struct {
	client *cluster.Client
	o      Options
	now    func() time.Time
	finder target.Finder
	owner  *batchv1.CronJob // of --owner; nil: any

	jobs  []*job
	crons []cron
	runs  map[types.UID][]*batchv1.Job // by the CronJob that owns them
	alone bool                         // one object was asked for, and no list
	notes []string                     // what could not be read

	choice string // what there was before the options chose among it, in words
}

func (l *lister) wants(kind target.Kind) bool { return slices.Contains(l.o.Query.Listed, kind) }

// keepObjects says whether the real objects are asked for, or something that only they hold.
func (l *lister) keepObjects() bool {
	return (!l.o.Output.Own() && !l.o.Output.NamesOnly()) || l.o.Path != nil
}

// list reads kinds: Jobs and CronJobs, at the same time.
func (l *lister) list(ctx context.Context) error {
	q := l.o.Query
	s := cluster.Selection{Namespace: l.finder.Namespace, Labels: q.Labels, Fields: q.Fields}
	if q.AllNamespaces {
		s.Namespace = metav1.NamespaceAll
	}
	var wg sync.WaitGroup
	var jobsErr, cronsErr error
	if l.wants(target.Job) {
		wg.Go(func() {
			s := s
			s.Lean, s.Ahead = !l.keepObjects(), true
			jobsErr = l.client.EachJob(ctx, s, l.takeJob)
		})
	}
	switch {
	case !l.wants(target.CronJob) || !l.cronsMatter():
	case l.owner != nil:
		l.crons = append(l.crons, cron{object: l.owner})
	default:
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
	if why := cluster.Why("cronjobs", cronsErr); why != "" && l.wants(target.Job) {
		l.notes = append(l.notes, "CronJobs are not shown: "+why)
	} else if cronsErr != nil {
		return cronsErr
	}
	if len(l.jobs)+len(l.crons) == 0 {
		return l.checkNamespace(ctx)
	}
	if l.wants(target.Job) && s.Labels == nil && s.Fields == nil {
		return nil // the Jobs that were listed are all the runs there are
	}
	return l.readRuns(ctx, s.Namespace)
}

// cronsMatter says whether CronJobs can be among what is shown: these choices are about Jobs. In a tree they choose runs.
func (l *lister) cronsMatter() bool {
	return l.o.Tree || (len(l.o.States) == 0 && l.o.Owner.Name == "")
}

// checkNamespace tells a namespace that is empty from one that is not there.
func (l *lister) checkNamespace(ctx context.Context) error {
	if l.o.Query.AllNamespaces || !l.finder.Explicit {
		return nil
	}
	if _, err := l.client.Namespace(ctx, l.finder.Namespace); apierrors.IsNotFound(err) {
		return &target.NotFound{Namespace: l.finder.Namespace, NamespaceAbsent: true}
	}
	return nil
}

// readRuns makes the runs of the CronJobs known, if they are shown.
func (l *lister) readRuns(ctx context.Context, namespaces ...string) error {
	if len(l.crons) == 0 || !l.o.Output.Own() {
		return nil
	}
	l.runs = map[types.UID][]*batchv1.Job{}
	branches := l.branches()
	all := l.o.Tree && (l.owner == nil || !l.wants(target.Job)) // else the rows that are there are the runs that were chosen
	for _, namespace := range namespaces {
		err := l.client.EachJob(ctx, cluster.Selection{Namespace: namespace, Lean: true, Ahead: true}, func(j *batchv1.Job) error {
			l.takeRun(j)
			if all && branches(j) {
				l.addRow(j)
			}
			return nil
		})
		if why := cluster.Why("jobs", err); why != "" {
			l.notes = append(l.notes, "the runs of CronJobs are not shown: "+why)
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) takeRun(j *batchv1.Job) {
	if ref := metav1.GetControllerOf(j); ref != nil && ref.Kind == "CronJob" {
		l.runs[ref.UID] = append(l.runs[ref.UID], slimRun(j))
	}
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
	l.alone = found.Alone
	var namespaces []string
	for _, item := range found.Items {
		switch {
		case item.Job != nil:
			l.addRow(item.Job)
		case item.CronJob != nil:
			l.crons = append(l.crons, cron{object: item.CronJob})
			if !slices.Contains(namespaces, item.CronJob.Namespace) {
				namespaces = append(namespaces, item.CronJob.Namespace)
			}
		}
	}
	return found.Failures, l.readRuns(ctx, namespaces...)
}

// branches says whether a Job is a run of a CronJob that is shown and no row yet: a tree shows its runs whatever the Jobs
// were chosen by.
func (l *lister) branches() func(*batchv1.Job) bool {
	shown, known := map[types.UID]bool{}, map[types.UID]bool{}
	for _, c := range l.crons {
		shown[c.object.UID] = true
	}
	for _, j := range l.jobs {
		known[j.Status.UID] = true
	}
	return func(j *batchv1.Job) bool {
		ref := metav1.GetControllerOf(j)
		return ref != nil && shown[ref.UID] && !known[j.UID]
	}
}

func (l *lister) takeJob(j *batchv1.Job) error {
	if l.wants(target.CronJob) && l.o.Output.Own() {
		l.takeRun(j)
	}
	l.addRow(j)
	return nil
}

// addRow reduces a Job to its row.
func (l *lister) addRow(j *batchv1.Job) {
	row := &job{JobRow: render.NewJobRow(j, l.status(j))}
	if ref := metav1.GetControllerOf(j); ref != nil {
		row.owner = ref.UID
	}
	if l.keepObjects() || row.Status.Outcome == jobstatus.Unfinished { // a closer look needs its spec
		kept := *j
		row.object = &kept
	}
	l.jobs = append(l.jobs, row)
}

// status is what a Job alone tells.
func (l *lister) status(j *batchv1.Job) jobstatus.Status {
	var snap jobstatus.Snapshot
	snap.Apply(jobstatus.Change{Job: j})
	return jobstatus.Compute(snap, l.now())
}

// finishCrons computes the CronJobs when their runs are known.
func (l *lister) finishCrons() {
	for i := range l.crons {
		c := &l.crons[i]
		c.status = diagnosis.OfCron(c.object, l.runs[c.object.UID], l.now())
	}
}
