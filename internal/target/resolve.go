package target

import (
	"context"
	"fmt"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
)

// Object is what a reference turned out to be. Exactly one field is set.
type Object struct {
	Job     *batchv1.Job
	CronJob *batchv1.CronJob
	Pod     *corev1.Pod
}

// Ref returns the object's own reference.
func (o Object) Ref() Ref {
	switch {
	case o.Job != nil:
		return Ref{Job, o.Job.Name}
	case o.CronJob != nil:
		return Ref{CronJob, o.CronJob.Name}
	case o.Pod != nil:
		return Ref{Pod, o.Pod.Name}
	default:
		return Ref{}
	}
}

// Resolver finds objects by reference in one namespace.
type Resolver struct {
	Client    *cluster.Client
	Namespace string
	Explicit  bool // the namespace was named on the command line: an unknown one is then an error of its own
	// Bare are the kinds that a bare name may have, in order of preference; several objects of one name are refused.
	Bare []Kind
	// Near are more kinds among which a name that was not found is looked for, to suggest it.
	Near []Kind
	// Plain is for who looks on by himself for a name that was not found: nothing is suggested.
	Plain bool
}

// Resolve reads the object. A bare name is looked up among all Bare kinds at once. The error is an *Ambiguous, a
// *NotFound (with the nearest name), or what the server said.
func (r Resolver) Resolve(ctx context.Context, ref Ref) (Object, error) {
	if ref.Kind != Any {
		o, err := r.get(ctx, ref)
		return o, r.explain(ctx, ref, err)
	}
	found := make([]Object, len(r.Bare))
	errs := make([]error, len(r.Bare))
	var wg sync.WaitGroup
	for i, kind := range r.Bare {
		wg.Go(func() { found[i], errs[i] = r.get(ctx, Ref{kind, ref.Name}) })
	}
	wg.Wait()
	return r.pick(ctx, ref, found, errs)
}

// pick chooses the one object among what the kinds answered. Being forbidden to look at one kind matters only when
// no other kind has the name.
func (r Resolver) pick(ctx context.Context, ref Ref, found []Object, errs []error) (Object, error) {
	var hits []Object
	var failure error
	for i := range found {
		switch {
		case errs[i] == nil:
			hits = append(hits, found[i])
		case !apierrors.IsNotFound(errs[i]) && failure == nil:
			failure = errs[i]
		}
	}
	switch {
	case len(hits) == 1:
		return hits[0], nil
	case len(hits) > 1:
		return Object{}, &Ambiguous{Name: ref.Name, Kinds: []Kind{hits[0].Ref().Kind, hits[1].Ref().Kind}}
	case apierrors.IsForbidden(failure):
		return Object{}, r.halfRead(ctx, ref, errs)
	case failure != nil:
		return Object{}, failure
	default:
		return Object{}, r.notFound(ctx, ref)
	}
}

// halfRead is the error for a bare name that none of the kinds has that may be read; if none may be, it is the refusal.
func (r Resolver) halfRead(ctx context.Context, ref Ref, errs []error) error {
	var refusal error
	var refused Kind
	var missing []Kind
	for i, err := range errs {
		switch {
		case apierrors.IsNotFound(err):
			missing = append(missing, r.Bare[i])
		case refusal == nil:
			refusal, refused = err, r.Bare[i]
		}
	}
	if len(missing) == 0 {
		return refusal
	}
	r.Bare, r.Near = missing, nil // a near name is looked for where it may be
	e := r.notFound(ctx, ref)
	if e.NamespaceAbsent {
		return e // nothing has the name there
	}
	return &HalfRead{Missing: e, Kind: refused, Refusal: refusal}
}

func (r Resolver) get(ctx context.Context, ref Ref) (Object, error) {
	switch ref.Kind {
	case Job:
		job, err := r.Client.Job(ctx, r.Namespace, ref.Name)
		return Object{Job: job}, err
	case CronJob:
		cronJob, err := r.Client.CronJob(ctx, r.Namespace, ref.Name)
		return Object{CronJob: cronJob}, err
	case Pod:
		pod, err := r.Client.Pod(ctx, r.Namespace, ref.Name)
		return Object{Pod: pod}, err
	case Any:
		return Object{}, fmt.Errorf("the kind of %q is not known", ref.Name)
	default:
		return Object{}, fmt.Errorf("unknown kind %q", ref.Kind)
	}
}

func (r Resolver) explain(ctx context.Context, ref Ref, err error) error {
	if apierrors.IsNotFound(err) {
		return r.notFound(ctx, ref)
	}
	return err
}
