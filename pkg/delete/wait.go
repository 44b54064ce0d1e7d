package delete

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
)

// silence is how long the wait says nothing about what it waits for.
const silence = 5 * time.Second

// waiter waits until what was deleted in one namespace is gone, with what belongs to it.
type waiter struct {
	client    *cluster.Client
	namespace string
	gone      []removed
	cascade   metav1.DeletionPropagation

	jobs     map[types.UID]bool // deleted, and those of deleted CronJobs as they become known
	cronJobs map[types.UID]bool
	strays   map[string]bool // pods of theirs that belong to nobody any more, by name

	mu   sync.Mutex
	left []string // what is still there, and what holds it
}

// errTimeout is why the wait ended.
var errTimeout = errors.New("the time is up")

// wait waits for all of it: one LIST and one WATCH of a kind for a namespace, however many objects there are.
func (c *command) wait(ctx context.Context, gone []removed) error {
	if c.o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.o.Timeout, errTimeout)
		defer cancel()
	}
	byNamespace := map[string][]removed{}
	for _, r := range gone {
		ns := r.item.Meta().Namespace
		byNamespace[ns] = append(byNamespace[ns], r)
	}
	var err error
	for _, ns := range slices.Sorted(maps.Keys(byNamespace)) {
		w := &waiter{client: c.client, namespace: ns, gone: byNamespace[ns], cascade: c.o.Cascade}
		reminder := time.AfterFunc(silence, func() {
			for _, line := range w.holders() {
				c.tell.note("waiting: " + line)
			}
		})
		waitErr := w.wait(ctx)
		reminder.Stop()
		switch {
		case waitErr == nil:
			c.tell.wentAtLast(w.gone)
			c.tellStrays(w)
		case errors.Is(context.Cause(ctx), errTimeout):
			err = &exit.Error{Code: exit.Timeout, Err: fmt.Errorf("the deletion was started, but after %s not all is gone\n%s",
				c.o.Timeout, strings.Join(w.holders(), "\n"))}
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			// Whoever may delete need not be allowed to look.
			c.tell.note(fmt.Sprintf("the deletion was started, but it cannot be seen whether all is gone: %v", waitErr))
		}
	}
	return err
}

// tellStrays names the pods that carry a deleted Job's UID and were left: somebody took them from their Job before.
func (c *command) tellStrays(w *waiter) {
	if len(w.strays) == 0 {
		return
	}
	names := slices.Sorted(maps.Keys(w.strays))
	c.tell.note(fmt.Sprintf("left in namespace %q, because they belonged to no Job any more: %s; kubectl jobx delete --orphans removes them",
		w.namespace, act.Some(names, 10)))
}

// holders says what is still there.
func (w *waiter) holders() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.left)
}

// holding notes what is still there. It is asked for at every change, so it words a few of them and counts the others:
// with a thousand pods on their way all words would cost more than the deletion.
func holding[T any, P interface {
	*T
	metav1.Object
}](w *waiter, kind string, known cluster.Known[T]) (none bool) {
	const most = 10
	var left []string
	for _, object := range known {
		if len(left) == most {
			break
		}
		left = append(left, held(kind, P(object)))
	}
	slices.Sort(left)
	if more := len(known) - len(left); more > 0 {
		left = append(left, fmt.Sprintf("and %d more", more))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = left
	return len(known) == 0
}

func (w *waiter) wait(ctx context.Context) error {
	w.jobs, w.cronJobs, w.strays = map[types.UID]bool{}, map[types.UID]bool{}, map[string]bool{}
	pods := map[types.UID]bool{}
	cascading := w.cascade != metav1.DeletePropagationOrphan
	lookAtJobs := false
	for _, r := range w.gone {
		switch uid := r.item.Meta().UID; {
		case r.item.Pod != nil:
			pods[uid] = true
		case r.item.CronJob != nil:
			w.cronJobs[uid] = true
			lookAtJobs = lookAtJobs || cascading
			for _, active := range r.item.CronJob.Status.Active {
				if cascading {
					w.jobs[active.UID] = true
				}
			}
		default:
			w.jobs[uid] = true
			lookAtJobs = lookAtJobs || r.pending
		}
	}
	if len(w.cronJobs) > 0 && slices.ContainsFunc(w.gone, func(r removed) bool { return r.pending && r.item.CronJob != nil }) {
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
		func(known cluster.Known[batchv1.CronJob]) bool { return holding(w, "cronjob", known) })
}

func (w *waiter) untilNoJobs(ctx context.Context) error {
	s := cluster.Selection{Namespace: w.namespace}
	if len(w.gone) == 1 && w.gone[0].item.Job != nil {
		s.Fields = fields.OneTermEqualSelector("metadata.name", w.gone[0].item.Job.Name)
	}
	keep := func(j *batchv1.Job) bool {
		if owner := metav1.GetControllerOf(j); owner != nil && w.cronJobs[owner.UID] {
			w.jobs[j.UID] = true
		}
		return w.jobs[j.UID]
	}
	return w.client.UntilJobs(ctx, s, keep, func(known cluster.Known[batchv1.Job]) bool { return holding(w, "job", known) })
}

// untilNoPods waits for the pods of the Jobs, and for pods that were deleted by themselves. What no longer belongs to its
// Job is not deleted with it, so it is not waited for; it is noted by the UID that its label still has.
func (w *waiter) untilNoPods(ctx context.Context, pods map[types.UID]bool) error {
	keep := func(p *corev1.Pod) bool {
		owner := metav1.GetControllerOf(p)
		if owner == nil && p.DeletionTimestamp == nil && w.jobs[types.UID(p.Labels[batchv1.ControllerUidLabel])] {
			w.strays[p.Name] = true
		}
		return pods[p.UID] || (owner != nil && w.jobs[owner.UID])
	}
	return w.client.UntilPods(ctx, cluster.Selection{Namespace: w.namespace, Labels: w.podSelector()}, keep,
		func(known cluster.Known[corev1.Pod]) bool { return holding(w, "pod", known) })
}

// podSelector narrows the list: to one Job's own selector, or to the label that the pods of every Job have. A Job whose
// author chose its selector may have pods without it.
func (w *waiter) podSelector() labels.Selector {
	if len(w.gone) == 1 && w.gone[0].item.Job != nil {
		if s, err := metav1.LabelSelectorAsSelector(w.gone[0].item.Job.Spec.Selector); err == nil && !s.Empty() {
			return s
		}
	}
	for _, r := range w.gone {
		if j := r.item.Job; j != nil && j.Spec.ManualSelector != nil && *j.Spec.ManualSelector {
			return nil
		}
	}
	s, err := labels.Parse("job-name") // the label that Jobs of all versions put on their pods
	if err != nil {
		return nil
	}
	return s
}

// held says what keeps an object from going.
func held(kind string, m metav1.Object) string {
	name := fmt.Sprintf("%s %q in namespace %q is still there", kind, m.GetName(), m.GetNamespace())
	finalizers := slices.DeleteFunc(slices.Clone(m.GetFinalizers()), func(f string) bool { return f == "" })
	grace := m.GetDeletionGracePeriodSeconds()
	switch {
	case m.GetDeletionTimestamp() == nil:
		return name + ": its deletion has not begun"
	case len(finalizers) == 1 && finalizers[0] == metav1.FinalizerDeleteDependents:
		return name + ": it waits for its pods"
	case len(finalizers) > 0:
		return name + ": held by finalizer " + act.Some(finalizers, 3)
	case grace != nil && *grace > 0:
		return name + fmt.Sprintf(": it has %d s to end by itself", *grace)
	default:
		return name + ": it is being deleted"
	}
}
