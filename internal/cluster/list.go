package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/version"
)

// pageSize bounds what one reply holds, in objects: kubectl's own --chunk-size.
const pageSize = 500

// Selection says which objects of a kind are meant. An empty namespace means all of them.
type Selection struct {
	Namespace string
	Labels    labels.Selector // nil: all
	Fields    fields.Selector // nil: all

	Lean  bool  // of Jobs and pods only what a row of a list shows, and what tells why a Job is not well
	Ahead bool  // the next page is asked for while one is visited: for who visits all of them
	Page  int64 // how many objects a reply holds at most; 0: pageSize
}

func (s Selection) options() metav1.ListOptions {
	o := metav1.ListOptions{Limit: cmp.Or(s.Page, pageSize)}
	if s.Labels != nil {
		o.LabelSelector = s.Labels.String()
	}
	if s.Fields != nil {
		o.FieldSelector = s.Fields.String()
	}
	return o
}

// page is one reply of a LIST: its objects and where the next one starts.
type page[T any] struct {
	items []T
	next  string
}

// EachJob calls visit for every Job of a selection, a page at a time, so that memory is bounded by a page.
// It stops at the first error of visit and returns it.
func (c *Client) EachJob(ctx context.Context, s Selection, visit func(*batchv1.Job) error) error {
	return each(ctx, s, visit, func(ctx context.Context, o metav1.ListOptions) (page[batchv1.Job], error) {
		if s.Lean {
			l, err := c.leanJobs(s.Namespace).list(ctx, o)
			return page[batchv1.Job]{l.Items, l.Continue}, err
		}
		l, err := c.jobs(s.Namespace).list(ctx, o)
		if err != nil {
			return page[batchv1.Job]{}, err
		}
		return page[batchv1.Job]{l.Items, l.Continue}, nil
	})
}

// EachCronJob is EachJob for CronJobs.
func (c *Client) EachCronJob(ctx context.Context, s Selection, visit func(*batchv1.CronJob) error) error {
	return each(ctx, s, visit, func(ctx context.Context, o metav1.ListOptions) (page[batchv1.CronJob], error) {
		l, err := c.cronJobs(s.Namespace).list(ctx, o)
		if err != nil {
			return page[batchv1.CronJob]{}, err
		}
		return page[batchv1.CronJob]{l.Items, l.Continue}, nil
	})
}

// EachPod is EachJob for pods.
func (c *Client) EachPod(ctx context.Context, s Selection, visit func(*corev1.Pod) error) error {
	return each(ctx, s, visit, func(ctx context.Context, o metav1.ListOptions) (page[corev1.Pod], error) {
		if s.Lean {
			l, err := c.leanPods(s.Namespace).list(ctx, o)
			return page[corev1.Pod]{l.Items, l.Continue}, err
		}
		l, err := c.pods(s.Namespace).list(ctx, o)
		if err != nil {
			return page[corev1.Pod]{}, err
		}
		return page[corev1.Pod]{l.Items, l.Continue}, nil
	})
}

// EachEvent is EachJob for events.
func (c *Client) EachEvent(ctx context.Context, s Selection, visit func(*corev1.Event) error) error {
	return each(ctx, s, visit, func(ctx context.Context, o metav1.ListOptions) (page[corev1.Event], error) {
		l, err := c.events(s.Namespace).list(ctx, o)
		if err != nil {
			return page[corev1.Event]{}, err
		}
		return page[corev1.Event]{l.Items, l.Continue}, nil
	})
}

// EachPodOf calls visit for every pod of this very Job: chosen by the Job's own selector, then checked against its UID,
// because after --cascade=orphan and a re-creation the name label mixes two generations.
func (c *Client) EachPodOf(ctx context.Context, job *batchv1.Job, visit func(*corev1.Pod) error) error {
	selector, err := metav1.LabelSelectorAsSelector(job.Spec.Selector)
	if err != nil {
		return fmt.Errorf("job %q has a selector that cannot be read: %w", job.Name, err)
	}
	return c.EachPod(ctx, Selection{Namespace: job.Namespace, Labels: selector}, func(pod *corev1.Pod) error {
		if !OwnedBy(pod, job.UID) {
			return nil
		}
		return visit(pod)
	})
}

// OwnedBy reports whether the object's controller is the owner with this UID.
func OwnedBy(object metav1.Object, owner types.UID) bool {
	ref := metav1.GetControllerOf(object)
	return ref != nil && ref.UID == owner
}

// AboutUID selects the events about one object.
func AboutUID(namespace string, uid types.UID) Selection {
	return Selection{Namespace: namespace, Fields: fields.OneTermEqualSelector("involvedObject.uid", string(uid))}
}

// AboutJob selects the events about every Job that had a name: they outlive it.
func AboutJob(namespace, name string) Selection {
	return Selection{Namespace: namespace, Fields: fields.AndSelectors(
		fields.OneTermEqualSelector("involvedObject.kind", "Job"), fields.OneTermEqualSelector("involvedObject.name", name),
	)}
}

// each walks the pages of a LIST. A continue token that expires (410) restarts the list once, without visiting again
// what was visited: pages come in key order, so the count of what was seen is the place to go on from only if nothing
// was deleted; therefore visited UIDs are remembered from the second page on.
func each[T any, P interface {
	*T
	metav1.Object
}](ctx context.Context, s Selection, visit func(P) error,
	list func(context.Context, metav1.ListOptions) (page[T], error),
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o := s.options()
	seen := map[types.UID]struct{}{}
	restarted := false
	next := func() (page[T], error) { return list(ctx, o) }
	for {
		p, err := next()
		if apierrors.IsResourceExpired(err) && o.Continue != "" && !restarted {
			restarted, o.Continue = true, ""
			next = func() (page[T], error) { return list(ctx, o) }
			continue
		}
		if err != nil {
			return err
		}
		if o.Continue = p.next; p.next != "" && s.Ahead {
			next = inAdvance(ctx, o, list)
		}
		if err := visitPage[T, P](p, seen, visit); err != nil {
			return err
		}
		if p.next == "" {
			return nil
		}
	}
}

// inAdvance begins to list a page and returns what waits for it. A context that ends ends it.
func inAdvance[T any](ctx context.Context, o metav1.ListOptions,
	list func(context.Context, metav1.ListOptions) (page[T], error),
) func() (page[T], error) {
	var p page[T]
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		p, err = list(ctx, o)
	}()
	return func() (page[T], error) { <-done; return p, err }
}

func visitPage[T any, P interface {
	*T
	metav1.Object
}](p page[T], seen map[types.UID]struct{}, visit func(P) error) error {
	for i := range p.items {
		item := P(&p.items[i])
		if _, again := seen[item.GetUID()]; again {
			continue
		}
		if p.next != "" || len(seen) > 0 {
			seen[item.GetUID()] = struct{}{}
		}
		if err := visit(item); err != nil {
			return err
		}
	}
	return nil
}

func decodeVersion(raw []byte) (*version.Info, error) {
	var info version.Info
	if err := json.Unmarshal(raw, &info); err != nil {
		return nil, fmt.Errorf("the server's version cannot be read: %w", err)
	}
	return &info, nil
}
