package pods

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// entry is what is kept of a pod: a row's worth, so that 10,000 pods take a few megabytes.
type entry struct {
	jobstatus.Pod
	namespace, job string
	owner          types.UID
	object         *corev1.Pod // nil unless real objects are printed
}

// found is what there is to show: groups of pods of one Job each.
type found struct {
	groups []group
}

type group struct {
	job     *batchv1.Job // nil: not read
	entries []entry
}

// collector reads pods and keeps what is asked for.
type collector struct {
	client  *cluster.Client
	o       Options
	objects bool // keep the pods themselves
}

func (c collector) list(ctx context.Context, s cluster.Selection) ([]entry, error) {
	var all []entry
	s.Lean, s.Ahead = !c.objects, true
	err := c.client.EachPod(ctx, s, func(pod *corev1.Pod) error {
		e := entry{
			Pod: jobstatus.OnePod(pod), namespace: pod.Namespace, job: pod.Labels[batchv1.JobNameLabel],
		}
		if e.job == "" {
			e.job = pod.Labels["job-name"] // as Jobs before 1.27 have it
		}
		if ref := metav1.GetControllerOf(pod); ref != nil && ref.Kind == "Job" {
			e.owner, e.job = ref.UID, ref.Name
		}
		if c.objects {
			e.object = pod.DeepCopy()
		}
		all = append(all, e)
		return nil
	})
	return all, err
}

// ofTarget reads the pods of a Job while it finds out which Job is meant: they carry its name. They are checked against
// its UID.
func (c collector) ofTarget(ctx context.Context, r target.Resolver) (found, error) {
	var early []entry
	var earlyErr error
	var wg sync.WaitGroup
	byName := labels.SelectorFromSet(labels.Set{batchv1.JobNameLabel: c.o.Target.Name})
	ahead, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.o.Target.Kind != target.CronJob {
		wg.Go(func() { early, earlyErr = c.list(ahead, cluster.Selection{Namespace: r.Namespace, Labels: byName}) })
	}
	r.Plain = c.o.Orphans // pods may be left of what is gone
	object, err := r.Resolve(ctx, c.o.Target)
	gone := c.o.Orphans && target.IsNotFound(err)
	if err != nil && !gone || object.CronJob != nil {
		cancel() // they are not wanted
	}
	wg.Wait()
	switch {
	case gone && earlyErr != nil:
		return found{}, earlyErr
	case gone:
		return c.leftOf(ctx, r, early)
	case err != nil:
		return found{}, err
	case object.CronJob != nil && c.o.Orphans:
		return c.straysOf(ctx, r.Namespace, object.CronJob.Name)
	case object.CronJob != nil:
		return c.ofCronJob(ctx, object.CronJob)
	}
	job := object.Job
	if c.o.Orphans {
		return strays(early, job.UID), earlyErr
	}
	if job.Spec.ManualSelector != nil && *job.Spec.ManualSelector {
		early, earlyErr = c.byOwnSelector(ctx, job)
	}
	if earlyErr != nil {
		return found{}, earlyErr
	}
	early = slices.DeleteFunc(early, func(e entry) bool { return e.owner != job.UID })
	return found{[]group{{job, early}}}, nil
}

// leftOf is what there is of a name that nothing has any more: pods of Jobs of that name, or else of runs of a CronJob.
func (c collector) leftOf(ctx context.Context, r target.Resolver, ofJobs []entry) (found, error) {
	f := strays(ofJobs, "")
	if len(f.groups) == 0 && c.o.Target.Kind != target.Job {
		var err error
		if f, err = c.straysOf(ctx, r.Namespace, c.o.Target.Name); err != nil {
			return found{}, err
		}
	}
	if len(f.groups) == 0 {
		return f, r.CheckNamespace(ctx)
	}
	return f, nil
}

func (c collector) byOwnSelector(ctx context.Context, job *batchv1.Job) ([]entry, error) {
	selector, err := metav1.LabelSelectorAsSelector(job.Spec.Selector)
	if err != nil {
		return nil, err
	}
	return c.list(ctx, cluster.Selection{Namespace: job.Namespace, Labels: selector})
}

// strays are those of pods that bear a Job's name that do not belong to the one that is there.
func strays(all []entry, uid types.UID) found {
	return byOwner(slices.DeleteFunc(all, func(e entry) bool { return uid != "" && e.owner == uid }))
}

// straysOf reads the pods of runs of a CronJob that are gone. A run is called as its CronJob, with the minute of its slot.
func (c collector) straysOf(ctx context.Context, namespace, cronJob string) (found, error) {
	f, err := c.orphans(ctx, namespace, false)
	f.groups = slices.DeleteFunc(f.groups, func(g group) bool {
		minute, its := strings.CutPrefix(g.entries[0].job, cronJob+"-")
		_, number := strconv.ParseUint(minute, 10, 64)
		return !its || number != nil
	})
	return f, err
}

// namesAtOnce bounds how many Jobs one selector names: it is part of a URL, which proxies do not take at any length.
const namesAtOnce = 100

// ofCronJob reads the pods of all its retained runs, oldest run first.
func (c collector) ofCronJob(ctx context.Context, cronJob *batchv1.CronJob) (found, error) {
	jobs, err := c.client.RunsOf(ctx, cronJob)
	if err != nil || len(jobs) == 0 {
		return found{}, err
	}
	names := make([]string, len(jobs))
	for i, j := range jobs {
		names[i] = j.Name
	}
	var all []entry
	for some := range slices.Chunk(names, namesAtOnce) {
		any, err := labels.NewRequirement(batchv1.JobNameLabel, selection.In, some)
		if err != nil {
			return found{}, err
		}
		pods, err := c.list(ctx, cluster.Selection{Namespace: cronJob.Namespace, Labels: labels.NewSelector().Add(*any)})
		if err != nil {
			return found{}, err
		}
		all = append(all, pods...)
	}
	var f found
	for _, job := range jobs {
		g := group{job: job}
		for _, e := range all {
			if e.owner == job.UID {
				g.entries = append(g.entries, e)
			}
		}
		f.groups = append(f.groups, g)
	}
	return f, nil
}

// selected reads what a label selector says, whosever pods they are.
func (c collector) selected(ctx context.Context, namespace string, explicit bool) (found, error) {
	all, err := c.list(ctx, cluster.Selection{Namespace: namespace, Labels: c.o.Selector})
	if err != nil {
		return found{}, err
	}
	return byOwner(all), c.checkNamespace(ctx, namespace, explicit, len(all))
}

// checkNamespace tells an empty namespace from one that is not there.
func (c collector) checkNamespace(ctx context.Context, namespace string, explicit bool, n int) error {
	if n > 0 || !explicit || namespace == metav1.NamespaceAll {
		return nil
	}
	if _, err := c.client.Namespace(ctx, namespace); apierrors.IsNotFound(err) {
		return &target.NotFound{Namespace: namespace, NamespaceAbsent: true}
	}
	return nil
}

// orphans reads the pods that bear a Job's label and whose Job is not there.
func (c collector) orphans(ctx context.Context, namespace string, explicit bool) (found, error) {
	selector, err := cluster.LeftPods(c.o.Selector)
	if err != nil {
		return found{}, err
	}
	// The pods first: a Job that is created meanwhile is then seen with its pods, never the other way round.
	all, err := c.list(ctx, cluster.Selection{Namespace: namespace, Labels: selector})
	if err != nil {
		return found{}, err
	}
	alive := map[types.UID]bool{}
	if err := c.client.EachJob(ctx, cluster.Selection{Namespace: namespace, Lean: true, Ahead: true}, func(j *batchv1.Job) error {
		alive[j.UID] = true
		return nil
	}); err != nil {
		return found{}, err
	}
	all = slices.DeleteFunc(all, func(e entry) bool { return alive[e.owner] })
	return byOwner(all), c.checkNamespace(ctx, namespace, explicit, len(all))
}

// byOwner makes a group of the pods of each owner, in the order of their Jobs' names.
func byOwner(all []entry) found {
	slices.SortStableFunc(all, func(a, b entry) int {
		return compareAll([2]string{a.namespace, b.namespace}, [2]string{a.job, b.job}, [2]string{string(a.owner), string(b.owner)})
	})
	var f found
	for i, e := range all {
		if i == 0 || all[i-1].owner != e.owner || all[i-1].job != e.job || all[i-1].namespace != e.namespace {
			f.groups = append(f.groups, group{})
		}
		g := &f.groups[len(f.groups)-1]
		g.entries = append(g.entries, e)
	}
	return f
}
