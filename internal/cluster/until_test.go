package cluster

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// TestUntil: a watch that falls silent is looked behind, and a 401 is asked again once.
func TestUntil(t *testing.T) {
	denied := apierrors.NewUnauthorized("expired")
	for name, c := range map[string]struct {
		lists []error // of each LIST; the Job is there until the last one, which holds nothing
		took  time.Duration
		err   bool
	}{
		"W6: the deletion is not told":  {[]error{nil, nil}, 30 * time.Second, false},
		"W15: one 401":                  {[]error{denied, nil}, untilFirstPause, false},
		"W15: two 401 in a row":         {[]error{denied, denied, nil}, untilFirstPause, true},
		"a 500 in between is no second": {[]error{denied, apierrors.NewInternalError(context.Canceled), denied, nil}, 7 * untilFirstPause, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, began := 0, time.Now()
				err := until[batchv1.Job, *batchv1.Job](t.Context(), untilAPI[batchv1.Job]{
					keep: func(*batchv1.Job) bool { return true },
					done: func(k Known[batchv1.Job]) bool { return len(k) == 0 },
					list: func(context.Context, metav1.ListOptions) (page[batchv1.Job], string, error) {
						n++
						if n == len(c.lists) {
							return page[batchv1.Job]{}, "9", c.lists[n-1]
						}
						return page[batchv1.Job]{items: []batchv1.Job{{ObjectMeta: metav1.ObjectMeta{UID: "u"}}}}, "1", c.lists[n-1]
					},
					watch: func(context.Context, metav1.ListOptions) (watch.Interface, error) { return watch.NewFake(), nil },
				})
				if took := time.Since(began); (err != nil) != c.err || !c.err && (took < c.took || took > c.took+time.Second) {
					t.Errorf("%v after %s and %d lists", err, took, n)
				}
			})
		})
	}
}
