package watch

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

// aCronJob is one that starts a run every hour; edit may be nil.
func aCronJob(edit func(*batchv1.CronJob)) *batchv1.CronJob {
	zone := "Etc/UTC"
	c := &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "c", UID: "c-uid", Generation: 1},
		Spec:       batchv1.CronJobSpec{Schedule: "0 * * * *", TimeZone: &zone},
	}
	if edit != nil {
		edit(c)
	}
	return c
}

// aRun is a run of it.
func aRun(name string, conditions ...batchv1.JobConditionType) *batchv1.Job {
	yes := true
	run := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{
		Namespace: "default", Name: name, UID: types.UID(name + "-uid"),
		OwnerReferences: []metav1.OwnerReference{{Kind: "CronJob", Name: "c", UID: "c-uid", Controller: &yes}},
	}}
	for _, c := range conditions {
		run.Status.Conditions = append(run.Status.Conditions, batchv1.JobCondition{Type: c, Status: corev1.ConditionTrue})
	}
	return run
}

// next waits for the next run of the CronJob; then happens after ten seconds. It returns how long it took after that, too.
func next(t *testing.T, then func(*apistub.Server), check func(t *testing.T, got verbtest.Result, took time.Duration)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		api := apistub.New()
		defer api.Close()
		api.Put(aCronJob(nil))
		api.Put(aRun("before"))
		const wait = 10 * time.Second
		began := time.Now()
		time.AfterFunc(wait, func() { then(api) })
		got := verbtest.Run(t.Context(), t, NewCmd, api, "cronjob/c --next --timeout 1h")
		check(t, got, time.Since(began)-wait)
	})
}

func TestNextRunIsWatched(t *testing.T) {
	next(t, func(api *apistub.Server) {
		api.Put(aRun("before", batchv1.JobFailed)) // it was there
		api.Put(&batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "other", UID: "o"}})
		api.Put(aRun("after"))
		time.AfterFunc(time.Minute, func() { api.Put(aRun("after", batchv1.JobComplete)) })
	}, func(t *testing.T, got verbtest.Result, _ time.Duration) {
		if got.Err != nil || !strings.Contains(got.Out, `job "after" in namespace "default": complete`) || strings.Contains(got.Out, "before") {
			t.Errorf("%v\n%s%s", got.Err, got.Out, got.ErrOut)
		}
		if want := "cronjob \"c\": next run at 2000-01-01 01:00:00 UTC, in 60m\n"; got.ErrOut != want {
			t.Errorf("noted %q, want %q", got.ErrOut, want)
		}
	})
}

func TestW12OfTheNextRun(t *testing.T) {
	next(t, func(api *apistub.Server) {
		api.Put(aRun("after", batchv1.JobFailed))
		api.Delete(aRun("after"))
	}, func(t *testing.T, got verbtest.Result, _ time.Duration) {
		if exit.Of(got.Err, exit.OK) != exit.JobFailed || !strings.Contains(got.Out, `job "after" in namespace "default": failed`) {
			t.Errorf("%v\n%s%s", got.Err, got.Out, got.ErrOut)
		}
	})
}

func TestW10OfTheCronJobWhoseNextRunIsWaitedFor(t *testing.T) {
	for _, c := range []struct {
		then func(*apistub.Server)
		want string
	}{
		{func(api *apistub.Server) { api.Delete(aCronJob(nil)) }, "was deleted"},
		{func(api *apistub.Server) { api.Put(aCronJob(func(c *batchv1.CronJob) { c.UID = "another" })) }, "was deleted"},
		{func(api *apistub.Server) {
			api.Put(aCronJob(func(c *batchv1.CronJob) {
				c.DeletionTimestamp, c.Finalizers = new(metav1.Now()), []string{"foregroundDeletion"}
			}))
		}, "is being deleted"},
	} {
		next(t, c.then, func(t *testing.T, got verbtest.Result, took time.Duration) {
			want := `cronjob "c" in namespace "default" ` + c.want + ": its next run will not come"
			if exit.Of(got.Err, exit.OK) != exit.JobGone || got.Err.Error() != want || took > time.Second {
				t.Errorf("%v after %v, want %q", got.Err, took, want)
			}
		})
	}
}

func TestNextRunTellsThatItsCronJobIsChanged(t *testing.T) {
	next(t, func(api *apistub.Server) {
		api.Put(aCronJob(func(c *batchv1.CronJob) { c.Spec.Suspend, c.Generation = new(true), 2 }))
		time.AfterFunc(time.Second, func() {
			api.Put(aCronJob(func(c *batchv1.CronJob) {
				c.Status.LastScheduleTime, c.Spec.Suspend, c.Generation = new(metav1.Now()), new(true), 2
			}))
		})
		time.AfterFunc(time.Minute, func() { api.Delete(aCronJob(nil)) })
	}, func(t *testing.T, got verbtest.Result, _ time.Duration) {
		if strings.Count(got.ErrOut, "suspended, so no run is due") != 1 {
			t.Errorf("%v, noted %q", got.Err, got.ErrOut)
		}
	})
}
