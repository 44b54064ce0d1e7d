package logtail

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
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

// A deleted pod of which all has been read is no reason to plan, which takes its time where thousands go; one of which the deletion
// tells something new, or that was waited for, is.
func TestDeletionsAreCheap(t *testing.T) {
	read := pod("p", 0, exited(0), nil)
	for name, c := range map[string]struct {
		known *corev1.Pod
		stale bool
	}{
		"read":       {read, false},
		"news":       {pod("p", 0, running(), nil), true},
		"not known":  {nil, true},
		"waited for": {pod("p", 0, waiting("Pending"), nil), true},
	} {
		l := &follower{
			pods: map[types.UID]*corev1.Pod{}, news: map[types.UID]bool{}, unread: map[types.UID]int{}, synced: true,
			tails: map[logstream.Key]*followed{{Pod: read.UID, Container: "c"}: {done: true}},
		}
		gone := read.DeepCopy()
		if c.known != nil {
			l.pods[c.known.UID] = c.known
			gone = c.known.DeepCopy()
		}
		if name == "news" {
			gone.Status = read.Status
		}
		gone.ResourceVersion = "2"
		l.apply(t.Context(), jobstatus.Change{PodDeleted: gone})
		if l.stale != c.stale || len(l.pods) != 0 {
			t.Errorf("%s: stale %v, %d pods", name, l.stale, len(l.pods))
		}
	}
}

// L8: a node that is lost: the pod is marked as failed by the control plane, what it last said of its container is
// that it runs. Its log is not waited for, for ever.
func TestL8FailedPodOfALostNode(t *testing.T) {
	lost := pod("p", 0, running(), nil)
	lost.Status.Phase = corev1.PodFailed
	b := newBench(openerFunc(func(context.Context, string, string, *corev1.PodLogOptions) (io.ReadCloser, error) {
		return nil, apierrors.NewInternalError(errors.New("no route to host"))
	}))
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		sum, _, err := b.Follow(t.Context(), Following{Feed: script(slices.Concat(begin(pod("p", 0, running(), nil)), []step{
			{after: 10 * time.Second, change: jobstatus.Change{Pod: lost}},
			{after: 10 * time.Second, change: jobstatus.Change{Job: job(batchv1.JobFailed)}},
			{after: 24 * time.Hour, change: jobstatus.Change{PodDeleted: lost}},
		})...)})
		if took := time.Since(began); took > time.Hour {
			t.Errorf("ended after %s: %v %+v, notes %+v", took, err, sum, b.kinds())
		}
	})
}
