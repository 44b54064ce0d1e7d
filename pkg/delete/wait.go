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

// holders says what is still there.
func (w *waiter) holders() []string {
	const most = 10
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.left) > most {
		return append(slices.Clone(w.left[:most]), fmt.Sprintf("and %d more", len(w.left)-most))
	}
	return slices.Clone(w.left)
}

func (w *waiter) holding(left []string) {
	slices.Sort(left)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = left
}

func (w *waiter) wait(ctx context.Context) error {
	w.jobs, w.cronJobs = map[types.UID]bool{}, map[types.UID]bool{}
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
		func(known cluster.Known[batchv1.CronJob]) bool {
			var left []string
			for _, c := range known {
				left = append(left, held("cronjob", &c.ObjectMeta))
			}
			w.holding(left)
			return len(known) == 0
		})
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
	return w.client.UntilJobs(ctx, s, keep, func(known cluster.Known[batchv1.Job]) bool {
		var left []string
		for _, j := range known {
			left = append(left, held("job", &j.ObjectMeta))
		}
		w.holding(left)
		return len(known) == 0
	})
}

// untilNoPods waits for the pods of the Jobs, and for pods that were deleted by themselves.
func (w *waiter) untilNoPods(ctx context.Context, pods map[types.UID]bool) error {
	keep := func(p *corev1.Pod) bool {
		owner := metav1.GetControllerOf(p)
		return pods[p.UID] || (owner != nil && w.jobs[owner.UID])
	}
	return w.client.UntilPods(ctx, cluster.Selection{Namespace: w.namespace, Labels: w.podSelector()}, keep,
		func(known cluster.Known[corev1.Pod]) bool {
			var left []string
			for _, p := range known {
				left = append(left, held("pod", &p.ObjectMeta))
			}
			w.holding(left)
			return len(known) == 0
		})
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
func held(kind string, m *metav1.ObjectMeta) string {
	name := fmt.Sprintf("%s %q in namespace %q is still there", kind, m.Name, m.Namespace)
	finalizers := slices.DeleteFunc(slices.Clone(m.Finalizers), func(f string) bool { return f == "" })
	switch {
	case m.DeletionTimestamp == nil:
		return name + ": its deletion has not begun"
	case len(finalizers) == 1 && finalizers[0] == metav1.FinalizerDeleteDependents:
		return name + ": it waits for its pods"
	case len(finalizers) > 0:
		return name + ": held by finalizer " + act.Some(finalizers, 3)
	case m.DeletionGracePeriodSeconds != nil && *m.DeletionGracePeriodSeconds > 0:
		return name + fmt.Sprintf(": it has %d s to end by itself", *m.DeletionGracePeriodSeconds)
	default:
		return name + ": it is being deleted"
	}
}
