package cluster

import (
	"context"
	"errors"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// Deletion says how an object is to be deleted. All of it is always sent: without a propagation policy the server
// leaves a Job's pods behind, and without the UID an object that has taken the name meanwhile would be hit.
type Deletion struct {
	UID         types.UID
	Propagation metav1.DeletionPropagation
	Grace       *int64 // seconds; nil: the object's own
	DryRun      bool   // on the server: checked and answered, not done
}

func (d Deletion) options() metav1.DeleteOptions {
	o := metav1.DeleteOptions{PropagationPolicy: &d.Propagation, GracePeriodSeconds: d.Grace}
	if d.UID != "" {
		o.Preconditions = &metav1.Preconditions{UID: &d.UID}
	}
	if d.DryRun {
		o.DryRun = []string{metav1.DryRunAll}
	}
	return o
}

// Lost says that a request got no answer, so that nobody knows whether it was carried out.
func Lost(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && !Answered(err)
}

// Answered says that an error is what the server answered, such as a refusal, and not that there was no answer.
func Answered(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status)
}

// Remove deletes an object of a resource ("jobs", "cronjobs", "pods"). left is what of it is still there and goes later,
// held by a finalizer or given time to end; nil: it is gone. When the answer is lost it asks once more: the UID keeps that
// from hitting another object, and one that is gone by then went by the first request.
func (c *Client) Remove(ctx context.Context, resource, namespace, name string, d Deletion) (left metav1.Object, err error) {
	left, err = c.remove(ctx, resource, namespace, name, d)
	if !Lost(ctx, err) {
		return left, err
	}
	again, secondErr := c.remove(ctx, resource, namespace, name, d)
	switch {
	case apierrors.IsNotFound(secondErr), apierrors.IsConflict(secondErr):
		return nil, nil
	case Lost(ctx, secondErr):
		return nil, err
	default:
		return again, secondErr
	}
}

func (c *Client) remove(ctx context.Context, resource, namespace, name string, d Deletion) (left metav1.Object, err error) {
	o := d.options()
	// A 429 is answered by client-go after the pause that the server asks for.
	answer, err := c.rest(Resource(resource)).Delete().Namespace(namespace).Resource(resource).Name(name).Body(&o).Do(ctx).Get()
	if err != nil {
		return nil, err
	}
	return stillThere(answer), nil
}

// stillThere is the object that the answer to a deletion says is on its way; nil: it is gone.
func stillThere(answer runtime.Object) metav1.Object {
	switch o := answer.(type) {
	case *batchv1.Job:
		if o.DeletionTimestamp == nil {
			return nil
		}
	case *corev1.Pod: // it comes also when it is gone (pkg/registry/core/pod/storage): with nothing that could hold it
		if len(o.Finalizers) == 0 && o.DeletionGracePeriodSeconds != nil && *o.DeletionGracePeriodSeconds == 0 {
			return nil
		}
	}
	object, _ := answer.(metav1.Object) // a status is none
	return object
}
