package logtail

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// W12: where the deletion is what brings the verdict, that is the verdict; of another Job it is not.
func TestW12DeletedJobCarriesTheVerdict(t *testing.T) {
	b := newBench(newNode(map[string]string{"p/c": numbered(3, time.Second)}))
	synctest.Test(t, func(t *testing.T) {
		_, end, err := b.Follow(t.Context(), Following{Feed: script(slices.Concat(begin(pod("p", 0, exited(1), nil)), []step{
			{after: 10 * time.Second, change: jobstatus.Change{JobDeleted: job(batchv1.JobFailed)}},
		})...)})
		if err != nil || end.Job == nil || !jobstatus.Finished(end.Job) {
			t.Errorf("%v: %+v", err, end.Job)
		}
	})
}

// The pods may not be seen any more, from some time on: when the Job is final they are looked at once more, what is known of is read
// to its end, and that is the end.
func TestBlindLater(t *testing.T) {
	log := numbered(3, time.Second)
	for name, c := range map[string]struct {
		pods func(context.Context, *batchv1.Job) ([]*corev1.Pod, error)
		sees bool
	}{
		"nobody can list them": {nil, false},
		"nor we":               {func(context.Context, *batchv1.Job) ([]*corev1.Pod, error) { return nil, notFound("x") }, false},
		"we can": {func(context.Context, *batchv1.Job) ([]*corev1.Pod, error) {
			return []*corev1.Pod{pod("p", 0, exited(0), nil)}, nil
		}, true},
	} {
		b := newBench(newNode(map[string]string{"p/c": log}))
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			sum, _, err := b.Follow(t.Context(), Following{Pods: c.pods, Feed: script(slices.Concat(begin(pod("p", 0, running(), nil)), []step{
				{after: 10 * time.Second, change: jobstatus.Change{Unavailable: &jobstatus.Unavailable{Part: jobstatus.PodsPart, Why: "cannot list pods"}}},
				{after: 10 * time.Second, change: jobstatus.Change{Job: job(batchv1.JobComplete)}},
			})...)})
			var blind *Blind
			if took := time.Since(began); took > time.Minute || errors.As(err, &blind) == c.sees || b.out.String() != plainly(log) {
				t.Errorf("%s: ended after %s: %v %+v, notes %+v, %q", name, took, err, sum, b.kinds(), b.out.String())
			}
		})
	}
}
