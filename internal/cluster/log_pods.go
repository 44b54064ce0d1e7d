package cluster

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// lookEvery is how often pods are looked at that belong to no Job that is followed.
const lookEvery = time.Second

// Named selects the object of a name.
func Named(namespace, name string) Selection {
	return Selection{Namespace: namespace, Fields: fields.OneTermEqualSelector(metav1.ObjectNameField, name)}
}

// FollowPods lists the pods of a selection once a second for as long as the context lives, and emits every change:
// pods as they are, pods that are gone, and Synced after the first list. Errors that pass are waited out; a 401 is one, until it
// comes twice in a row: what renews credentials passes on the answer to those that had expired.
//
// It returns the context's cause when that ends, and else what makes reading the pods impossible.
func (c *Client) FollowPods(ctx context.Context, s Selection, emit func(jobstatus.Change)) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	known := map[types.UID]*corev1.Pod{}
	for synced, denied := false, false; ; {
		now := map[types.UID]*corev1.Pod{}
		err := c.EachPod(ctx, s, func(p *corev1.Pod) error {
			now[p.UID] = p
			return nil
		})
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case apierrors.IsUnauthorized(err) && !denied:
		case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err), err != nil && !synced:
			return err
		case err == nil:
			tellPods(known, now, emit)
			if !synced {
				synced = true
				emit(jobstatus.Change{Synced: true})
			}
			known = now
		}
		denied = apierrors.IsUnauthorized(err)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// tellPods emits what is different between two lists.
func tellPods(before, now map[types.UID]*corev1.Pod, emit func(jobstatus.Change)) {
	for uid, pod := range now {
		if was := before[uid]; was == nil || was.ResourceVersion != pod.ResourceVersion {
			emit(jobstatus.Change{Pod: pod})
		}
	}
	for uid, pod := range before {
		if now[uid] == nil {
			emit(jobstatus.Change{PodDeleted: pod})
		}
	}
}
