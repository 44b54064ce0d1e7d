package observe

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

func TestNothingSelected(t *testing.T) {
	nothing := script(nil, step{time.Second / 2, cluster.Ref{}, synced()})
	played(t, Options{Feed: nothing}, func(t *testing.T, s *screen, _ []Job, err error) {
		if !errors.Is(err, ErrNoJobs) || time.Since(s.began) != time.Second/2 {
			t.Errorf("%v after %v", err, time.Since(s.began))
		}
	})
	played(t, Options{Feed: nothing, Await: true, Timeout: time.Minute}, func(t *testing.T, _ *screen, _ []Job, err error) {
		if !errors.Is(err, ErrTimeout) {
			t.Errorf("awaiting: %v", err)
		}
	})
}

func TestTimeout(t *testing.T) {
	x := refNamed("x")
	played(t, Options{Timeout: 10 * time.Second, Every: time.Hour, Feed: script(nil,
		step{0, x, at("x", 0)}, step{0, x, synced()}, step{time.Millisecond, x, at("x", 1)},
	)}, func(t *testing.T, s *screen, jobs []Job, err error) {
		if !errors.Is(err, ErrTimeout) || time.Since(s.began) != 10*time.Second {
			t.Fatalf("%v after %v", err, time.Since(s.began))
		}
		if len(jobs) != 1 || jobs[0].End != nil || !slices.Contains(s.told, "x: 1/100 completions") {
			t.Errorf("%+v; told %q", jobs, s.told)
		}
	})
}

// A verdict that has come and has not been looked at counts, though the time is over.
func TestAVerdictBeatsTheTimeout(t *testing.T) {
	x := refNamed("x")
	played(t, Options{Timeout: 900 * time.Millisecond, Every: 950 * time.Millisecond, Feed: script(nil,
		step{0, x, at("x", 0)}, step{0, x, synced()}, step{time.Millisecond, x, at("x", 1, batchv1.JobComplete)},
	)}, func(t *testing.T, _ *screen, jobs []Job, err error) {
		if err != nil || Code(jobs, false) != exit.OK {
			t.Errorf("%v %+v", err, jobs)
		}
	})
}

func TestPatienceRunsOutWithoutAnyChange(t *testing.T) {
	x, minute := refNamed("x"), time.Minute
	stuck := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: "x-1", UID: "pod", ResourceVersion: "9",
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "x", UID: x.UID, Controller: new(true)}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{{
			Name: "main", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}},
		}}},
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		stuck.CreationTimestamp = metav1.NewTime(began)
		running := at("x", 0)
		running.Job.Status.Active = 1
		_, err := Run(t.Context(), Options{
			Now: time.Now, Rule: Rule{FailFast: &minute},
			Feed: script(nil, step{0, x, running}, step{0, x, jobstatus.Change{Pod: stuck}}, step{0, x, synced()}),
		}, &screen{began: began})
		if took := time.Since(began); err != nil || took != minute {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestAFeedThatCannotGoOn(t *testing.T) {
	x, refused := refNamed("x"), errors.New("jobs is forbidden")
	played(t, Options{Feed: script(refused)}, func(t *testing.T, _ *screen, _ []Job, err error) {
		if !errors.Is(err, refused) {
			t.Errorf("got %v", err)
		}
	})
	// What it said last is shown all the same, and a verdict in it stands.
	played(t, Options{Every: time.Hour, Feed: script(refused,
		step{0, x, at("x", 0)}, step{0, x, synced()}, step{0, x, at("x", 1, batchv1.JobComplete)},
	)}, func(t *testing.T, _ *screen, jobs []Job, err error) {
		if err != nil || Code(jobs, false) != exit.OK {
			t.Errorf("%v %+v", err, jobs)
		}
	})
	// One of several that cannot go on ends the others.
	played(t, Options{Feed: together([]Feed{script(nil), script(refused, step{time.Second, x, at("x", 0)})})},
		func(t *testing.T, _ *screen, _ []Job, err error) {
			if !errors.Is(err, refused) {
				t.Errorf("together: %v", err)
			}
		})
}

func TestAViewThatCannotShow(t *testing.T) {
	x, full := refNamed("x"), errors.New("disk full")
	synctest.Test(t, func(t *testing.T) {
		_, err := Run(t.Context(), Options{
			Now: time.Now, Feed: script(nil, step{0, x, at("x", 0)}, step{0, x, synced()}),
		}, &screen{broken: full})
		if !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	})
}

// The bubble of synctest fails the test when a goroutine is left, and each of these ways out leaves a feed in the middle.
func TestCancelled(t *testing.T) {
	x := refNamed("x")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &screen{began: time.Now()}
		time.AfterFunc(time.Second/2, cancel)
		flood := func(ctx context.Context, emit func(cluster.Ref, jobstatus.Change)) error {
			emit(x, at("x", 0))
			emit(x, synced())
			for n := int32(1); ctx.Err() == nil; n++ {
				time.Sleep(time.Millisecond)
				emit(x, at("x", n))
			}
			return ctx.Err()
		}
		jobs, err := Run(ctx, Options{Now: time.Now, Feed: flood, Every: 100 * time.Millisecond}, s)
		// The flood may be asleep when the context ends, for a millisecond, and is waited for.
		if took := time.Since(s.began) - time.Second/2; !errors.Is(err, context.Canceled) || took < 0 || took > time.Millisecond || len(jobs) != 1 {
			t.Errorf("%v after %v: %+v", err, time.Since(s.began), jobs)
		}
	})
}
