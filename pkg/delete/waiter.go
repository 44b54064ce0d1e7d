package delete

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// waiter waits until what was deleted in one namespace is gone, with what belongs to it.
type waiter struct {
	client    *cluster.Client
	namespace string
	gone      []removed
	cascade   metav1.DeletionPropagation
	now       func() time.Time
	waiting   func(namespace string, kind target.Kind, n int)
	went      func(target.Item) // takes what was held when its deletion was accepted, once it is gone

	strays map[string]bool // Jobs and pods that belong to nobody any more, though to what was deleted before, as job/x or pod/y

	mu       sync.Mutex
	jobs     map[types.UID]bool // deleted, and those of deleted CronJobs as far as they are known
	direct   map[types.UID]bool // deleted by themselves
	active   map[types.UID]bool // those that a deleted CronJob had as active: they may be anybody's by now
	cronJobs map[types.UID]bool
	held     map[types.UID]target.Item // whose deletion was accepted, and which have not been seen to go
	left     wordy                     // what is still there
	beneath  bool                      // something of it waits for what belongs to it
	seen     bool                      // something has been looked at
}

func newWaiter(c *command, namespace string, gone []removed) *waiter {
	w := &waiter{
		client: c.client, namespace: namespace, gone: gone, cascade: c.o.Cascade, now: c.f.Now, waiting: c.tell.waiting, went: c.tell.went,
		jobs: map[types.UID]bool{}, direct: map[types.UID]bool{}, active: map[types.UID]bool{}, cronJobs: map[types.UID]bool{},
		strays: map[string]bool{}, held: map[types.UID]target.Item{},
	}
	for _, r := range gone {
		if r.left != nil {
			w.held[r.item.Meta().UID] = r.item
		}
		for _, uid := range r.runs {
			w.jobs[uid] = true
		}
	}
	return w
}

func (w *waiter) wait(ctx context.Context) error {
	pods := map[types.UID]bool{}
	cascading := w.cascade != metav1.DeletePropagationOrphan
	lookAtJobs, lookAtCronJobs := false, false
	for _, r := range w.gone {
		switch uid := r.item.Meta().UID; {
		case r.item.Pod != nil:
			pods[uid] = true
		case r.item.CronJob != nil:
			w.cronJobs[uid] = true
			lookAtJobs, lookAtCronJobs = lookAtJobs || cascading, lookAtCronJobs || r.left != nil
			for _, active := range r.item.CronJob.Status.Active {
				if cascading {
					w.active[active.UID] = true
				}
			}
		default:
			w.jobs[uid], w.direct[uid] = true, true
			lookAtJobs = lookAtJobs || r.left != nil
		}
	}
	if lookAtCronJobs {
		if err := w.untilNoCronJobs(ctx); err != nil {
			return err
		}
	}
	if lookAtJobs {
		if err := w.untilNoJobs(ctx); err != nil {
			return err
		}
	}
	if !cascading && len(pods) == 0 {
		return nil
	}
	return w.untilNoPods(ctx, pods)
}

func (w *waiter) untilNoCronJobs(ctx context.Context) error {
	return w.client.UntilCronJobs(ctx, cluster.Selection{Namespace: w.namespace},
		func(c *batchv1.CronJob) bool { return w.cronJobs[c.UID] },
		func(known cluster.Known[batchv1.CronJob]) bool { return see(w, target.CronJob, known) })
}

func (w *waiter) untilNoJobs(ctx context.Context) error {
	s := cluster.Selection{Namespace: w.namespace}
	if len(w.gone) == 1 && w.gone[0].item.Job != nil {
		s = cluster.Named(w.namespace, w.gone[0].item.Job.Name)
	}
	return w.client.UntilJobs(ctx, s, w.isOurs, func(known cluster.Known[batchv1.Job]) bool { return see(w, target.Job, known) })
}

// isOurs says whether a Job was deleted, by itself or with its CronJob. Those that become known so are remembered. One that
// somebody took from its CronJob stays, and may be active for it all the same (syncCronJob in cronjob_controllerv2.go). So
// does one with another owner besides: the collector only takes the reference to the CronJob off (attemptToDeleteItem in
// pkg/controller/garbagecollector/garbagecollector.go).
func (w *waiter) isOurs(j *batchv1.Job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	owner := metav1.GetControllerOf(j)
	switch {
	case owner != nil && w.cronJobs[owner.UID]:
		w.jobs[j.UID] = true
	case (w.active[j.UID] || w.jobs[j.UID]) && !w.direct[j.UID] && j.DeletionTimestamp == nil:
		delete(w.active, j.UID)
		delete(w.jobs, j.UID)
		w.strays["job/"+j.Name] = true
	}
	return w.jobs[j.UID] || w.active[j.UID]
}

// untilNoPods waits for the pods of the Jobs, and for pods that were deleted by themselves. What no longer belongs to its
// Job is not deleted with it, so it is not waited for; it is noted by the UID that its label still has.
func (w *waiter) untilNoPods(ctx context.Context, pods map[types.UID]bool) error {
	keep := func(p *corev1.Pod) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		owner := metav1.GetControllerOf(p)
		if owner == nil && p.DeletionTimestamp == nil && w.jobs[types.UID(p.Labels[batchv1.ControllerUidLabel])] {
			w.strays["pod/"+p.Name] = true
		}
		return pods[p.UID] || (owner != nil && (w.jobs[owner.UID] || w.active[owner.UID]))
	}
	return w.client.UntilPods(ctx, w.pods(), keep, func(known cluster.Known[corev1.Pod]) bool { return see(w, target.Pod, known) })
}

// pods selects those that can be meant: by one Job's own selector, or by the label that the pods of every Job have. A Job
// whose author chose its selector may have pods without it.
func (w *waiter) pods() cluster.Selection {
	all := cluster.Selection{Namespace: w.namespace}
	if len(w.gone) == 1 && w.gone[0].item.Job != nil {
		if s, err := metav1.LabelSelectorAsSelector(w.gone[0].item.Job.Spec.Selector); err == nil && !s.Empty() {
			all.Labels = s
			return all
		}
	}
	for _, r := range w.gone {
		if j := r.item.Job; j != nil && j.Spec.ManualSelector != nil && *j.Spec.ManualSelector {
			return all
		}
	}
	if s, err := labels.Parse("job-name"); err == nil { // the label that Jobs of all versions put on their pods
		all.Labels = s
	}
	return all
}

// see notes what of a kind is still there, and tells of what is not. It is asked at every change, so nothing is
// worded here: with a thousand pods on their way the words would cost more than the deletion.
func see[T any, P interface {
	*T
	metav1.Object
}](w *waiter, kind target.Kind, known cluster.Known[T]) (none bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := wordy{kind: kind}
	w.beneath, w.seen = false, true
	for _, object := range known {
		w.beneath = w.beneath || slices.Contains(P(object).GetFinalizers(), metav1.FinalizerDeleteDependents)
		list.add(P(object))
	}
	w.left = list
	w.waiting(w.namespace, kind, len(known))
	for uid, item := range w.held {
		if item.Ref().Kind == kind && known[uid] == nil {
			w.went(item)
			delete(w.held, uid)
		}
	}
	return len(known) == 0
}

// holders says what is still there. An object that waits for what belongs to it is not what has to be looked at: what
// belongs to it is told as well, as far as it may be read.
func (w *waiter) holders(ctx context.Context) []string {
	now := w.now()
	w.mu.Lock()
	if !w.seen {
		defer w.mu.Unlock()
		return w.asAccepted(now)
	}
	left, beneath, ofCronJobs := w.left.lines(now), w.beneath, len(w.cronJobs) > 0
	w.mu.Unlock()
	if !beneath {
		return left
	}
	jobs, pods := wordy{kind: target.Job}, wordy{kind: target.Pod}
	if ofCronJobs {
		// An error leaves out what it would have told, here and below.
		_ = w.client.EachJob(ctx, cluster.Selection{Namespace: w.namespace}, func(j *batchv1.Job) error {
			if w.isOurs(j) {
				jobs.add(j)
			}
			return nil
		})
	}
	_ = w.client.EachPod(ctx, w.pods(), func(p *corev1.Pod) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if owner := metav1.GetControllerOf(p); owner != nil && (w.jobs[owner.UID] || w.active[owner.UID]) {
			pods.add(p)
		}
		return nil
	})
	for _, line := range slices.Concat(jobs.lines(now), pods.lines(now)) {
		if !slices.Contains(left, line) {
			left = append(left, line)
		}
	}
	return left
}

// asAccepted says what the server said was still there when it took the deletions.
func (w *waiter) asAccepted(now time.Time) []string {
	kinds := []wordy{{kind: target.CronJob}, {kind: target.Job}, {kind: target.Pod}}
	for _, r := range w.gone {
		for i := range kinds {
			if r.left != nil && r.item.Ref().Kind == kinds[i].kind {
				kinds[i].add(r.left)
			}
		}
	}
	var lines []string
	for _, k := range kinds {
		lines = append(lines, k.lines(now)...)
	}
	return lines
}

// wordy keeps a few objects of a kind to be worded, and counts the others.
type wordy struct {
	kind target.Kind
	few  []metav1.Object
	more int
}

func (l *wordy) add(object metav1.Object) {
	const most = 10
	if len(l.few) == most {
		l.more++
		return
	}
	l.few = append(l.few, object)
}

func (l *wordy) lines(now time.Time) []string {
	words := make([]string, len(l.few))
	for i, object := range l.few {
		words[i] = held(l.kind, object, now)
	}
	slices.Sort(words)
	if l.more > 0 {
		words = append(words, fmt.Sprintf("and %d more", l.more))
	}
	return words
}

// held says what keeps an object from going.
func held(kind target.Kind, m metav1.Object, now time.Time) string {
	name := fmt.Sprintf("%s %q in namespace %q is still there", kind, m.GetName(), m.GetNamespace())
	finalizers := slices.DeleteFunc(slices.Clone(m.GetFinalizers()), func(f string) bool { return f == "" })
	grace := m.GetDeletionGracePeriodSeconds()
	switch {
	case m.GetDeletionTimestamp() == nil:
		return name + ": its deletion has not begun"
	case len(finalizers) == 1 && finalizers[0] == metav1.FinalizerDeleteDependents && kind == target.CronJob:
		return name + ": it waits for its Jobs"
	case len(finalizers) == 1 && finalizers[0] == metav1.FinalizerDeleteDependents:
		return name + ": it waits for its pods"
	case len(finalizers) > 0:
		return name + ": held by finalizer " + act.Some(finalizers, 3)
	case grace != nil && *grace > 0:
		return name + ": " + ending(m.GetDeletionTimestamp().Sub(now), *grace)
	default:
		return name + ": it is being deleted"
	}
}

// ending says how long a pod has to end by itself: the time in its metadata is when that ends, and not when it began.
func ending(left time.Duration, grace int64) string {
	switch {
	case left > 0:
		return fmt.Sprintf("it has %s left to end by itself", render.Duration(left+time.Second-1))
	case left > -time.Second:
		return fmt.Sprintf("it had %d s to end by itself, which are over", grace)
	default:
		return fmt.Sprintf("it had %d s to end by itself, and is overdue by %s", grace, render.Duration(-left))
	}
}
