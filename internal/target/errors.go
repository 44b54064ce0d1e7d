package target

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
)

// Ambiguous says that a bare name belongs to objects of two kinds.
type Ambiguous struct {
	Name  string
	Kinds []Kind
}

// Error says which and how to tell them apart.
func (e *Ambiguous) Error() string {
	return fmt.Sprintf("%q is both a %s and a %s\nuse %s/%s or %s/%s",
		e.Name, e.Kinds[0], e.Kinds[1], e.Kinds[0], e.Name, e.Kinds[1], e.Name)
}

// NotFound says that nothing has the name. It is an apierrors NotFound to those who ask.
type NotFound struct {
	Ref             Ref
	Bare            []Kind // the kinds looked at when the name was bare
	Namespace       string
	NamespaceAbsent bool // the namespace itself does not exist
	NamespaceGoing  bool // it is being deleted
	Nearest         Ref  // a name that is close, if any
}

// Error names the object and the namespace, and on the second line what to try.
func (e *NotFound) Error() string {
	if e.NamespaceAbsent {
		return fmt.Sprintf("namespace %q not found\nkubectl get namespaces lists those there are", e.Namespace)
	}
	if e.NamespaceGoing && e.Ref.Name == "" {
		return fmt.Sprintf("namespace %q is being deleted, and holds nothing of what is meant any more", e.Namespace)
	}
	text := fmt.Sprintf("%s %q not found in namespace %q", e.kinds(), e.Ref.Name, e.Namespace)
	if e.NamespaceGoing {
		return text + ", which is being deleted"
	}
	if e.Nearest.Name != "" {
		return text + fmt.Sprintf("\ndid you mean %s?", e.Nearest)
	}
	return text + "\nkubectl jobx get lists the Jobs and CronJobs of a namespace, -n NAMESPACE chooses another"
}

// HalfRead says that no kind that may be read has the name, and that another kind may not be read. It is the refusal, and not a
// NotFound, to those who ask: an object of that kind may be there, so that nobody may take it for gone (--ignore-not-found).
// Both have the same exit code.
type HalfRead struct {
	Missing *NotFound
	Kind    Kind // that may not be read
	Refusal error
}

// Error says both, in one line: what to try next is said of every refusal.
func (e *HalfRead) Error() string {
	text, _, _ := strings.Cut(e.Missing.Error(), "\n")
	if e.Missing.Nearest.Name != "" {
		text += fmt.Sprintf(" (did you mean %s?)", e.Missing.Nearest)
	}
	return text + fmt.Sprintf("; whether a %s has the name cannot be read: %v", e.Kind, e.Refusal)
}

// Unwrap gives the refusal.
func (e *HalfRead) Unwrap() error { return e.Refusal }

func (e *NotFound) kinds() string {
	if e.Ref.Kind != Any {
		return string(e.Ref.Kind)
	}
	words := make([]string, len(e.Bare))
	for i, k := range e.Bare {
		words[i] = string(k)
	}
	return strings.Join(words, " or ")
}

// notFound builds the error: is the namespace there, and is there a name that is near? Both only help, so that being
// forbidden to look costs nothing.
func (r Resolver) notFound(ctx context.Context, ref Ref) *NotFound {
	e := &NotFound{Ref: ref, Bare: r.Bare, Namespace: r.Namespace}
	if r.Plain {
		return e
	}
	e.NamespaceAbsent, e.NamespaceGoing = r.namespaceState(ctx)
	if !e.NamespaceAbsent {
		e.Nearest = r.nearest(ctx, ref)
	}
	return e
}

// namespaceState says whether a namespace that was named on the command line is not there, or is being deleted.
func (r Resolver) namespaceState(ctx context.Context) (absent, going bool) {
	if !r.Explicit {
		return false, false
	}
	namespace, err := r.Client.Namespace(ctx, r.Namespace)
	return apierrors.IsNotFound(err), err == nil && namespace.Status.Phase == corev1.NamespaceTerminating
}

// CheckNamespace says why a namespace holds nothing of what was asked for, if that is the namespace's own state: a
// *NotFound.
func (r Resolver) CheckNamespace(ctx context.Context) error {
	if absent, going := r.namespaceState(ctx); absent || going {
		return &NotFound{Namespace: r.Namespace, NamespaceAbsent: absent, NamespaceGoing: going}
	}
	return nil
}

// Missing is the error for a name that nothing has: what Resolve returns unless it is Plain.
func (r Resolver) Missing(ctx context.Context, ref Ref) error { return r.notFound(ctx, ref) }

// errEnough ends a listing whose first page said enough.
var errEnough = errors.New("enough")

// nearestAmong bounds how many names of a kind are compared.
const nearestAmong = 500

func (r Resolver) nearest(ctx context.Context, ref Ref) Ref {
	kinds := slices.Clone(r.Bare)
	for _, kind := range r.Near {
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	if ref.Kind != Any {
		kinds = []Kind{ref.Kind}
	}
	best, bestDistance := Ref{}, maxDistance(ref.Name)+1
	for _, kind := range kinds {
		for _, name := range r.names(ctx, kind) {
			if d := distance(ref.Name, name); d < bestDistance {
				best, bestDistance = Ref{kind, name}, d
			}
		}
	}
	return best
}

func (r Resolver) names(ctx context.Context, kind Kind) []string {
	var names []string
	add := func(name string) error {
		if typed := ValidateName(name) == nil; typed { // what could not be typed must not be shown
			names = append(names, name)
		}
		if len(names) >= nearestAmong {
			return errEnough
		}
		return nil
	}
	all := cluster.Selection{Namespace: r.Namespace, Lean: true}
	var err error
	switch kind {
	case Job:
		err = r.Client.EachJob(ctx, all, func(j *batchv1.Job) error { return add(j.Name) })
	case CronJob:
		err = r.Client.EachCronJob(ctx, all, func(j *batchv1.CronJob) error { return add(j.Name) })
	case Pod:
		err = r.Client.EachPod(ctx, all, func(p *corev1.Pod) error { return add(p.Name) })
	case Any:
	}
	if err != nil && !errors.Is(err, errEnough) {
		return nil // no hint is better than a second error
	}
	return names
}

// Failures are what went wrong with several objects of one command. Each is told as it would be alone.
type Failures []Failure

// Several returns the failures as one error; nil: there are none.
func Several(failures []Failure) error {
	switch len(failures) {
	case 0:
		return nil
	case 1:
		return failures[0].Err
	}
	return Failures(failures)
}

// Error joins what each says.
func (f Failures) Error() string {
	words := make([]string, len(f))
	for i, failure := range f {
		words[i] = failure.Err.Error()
	}
	return strings.Join(words, "\n")
}

// Unwrap gives errors.Is and errors.As the single errors.
func (f Failures) Unwrap() []error {
	all := make([]error, len(f))
	for i, failure := range f {
		all[i] = failure.Err
	}
	return all
}
