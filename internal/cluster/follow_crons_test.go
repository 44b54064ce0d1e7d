package cluster

import (
	"context"
	"net/http"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

func aCron(uid string, active int) *batchv1.CronJob {
	c := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "c", UID: types.UID(uid)}}
	for range active {
		c.Status.Active = append(c.Status.Active, corev1.ObjectReference{Name: "run"})
	}
	return c
}

// besideCrons runs a test in a lab whose CronJobs are followed: c, and what prepare puts there, beside the Job u.
func besideCrons(t *testing.T, prepare, test func(*lab)) {
	t.Helper()
	inLab(t, FollowOptions{}, nil, func(l *lab) {
		l.feed.stop()
		l.api.Put(aCron("c", 0))
		if prepare != nil {
			prepare(l)
		}
		l.start(func(ctx context.Context, client *Client, r *recorder) error {
			notice := func(text string) { r.add("notice %s", text) }
			return client.FollowCronJobs(ctx, Selection{Namespace: ns}, notice, r.cronChange)
		})
		l.wait(100 * time.Millisecond)
		test(l)
	})
}

func (r *recorder) cronChange(c CronChange) {
	verb := map[bool]string{false: "there", true: "gone"}[c.Deleted]
	switch {
	case c.CronJob != nil:
		r.add("cron %s %d %s", c.CronJob.UID, len(c.CronJob.Status.Active), verb)
	case c.Job != nil:
		r.add("job %s %d %s", c.Job.UID, c.Job.Status.Succeeded, verb)
	case c.Synced:
		r.add("synced")
	case c.Unavailable != nil:
		r.add("unavailable %q", *c.Unavailable)
	}
}

func TestFollowCronJobsTellsThemAndTheJobsBesideThem(t *testing.T) {
	besideCrons(t, nil, func(l *lab) {
		l.expectSorted(0, "cron c 0 there", "job u 0 there", "synced")
		before := len(l.feed.lines)
		l.api.Put(aCron("c", 1))
		l.wait(50 * time.Millisecond)
		l.api.Put(aJob("u", 1))
		l.wait(50 * time.Millisecond)
		l.api.Delete(aJob("u", 1))
		l.wait(50 * time.Millisecond)
		l.api.Delete(aCron("c", 1))
		l.wait(50 * time.Millisecond)
		l.expect(before, "cron c 1 there", "job u 1 there", "job u 1 gone", "cron c 1 gone")
	})
}

// A Job that is told after Synced has come since: none is read before the CronJobs are, however long those take.
func TestFollowCronJobsReadsTheJobsLast(t *testing.T) {
	slow := func(l *lab) {
		l.rules(faultproxy.Rule{Resources: []string{"cronjobs"}, Times: 1, Fault: faultproxy.Fault{Status: http.StatusInternalServerError}})
	}
	besideCrons(t, slow, func(l *lab) { l.expect(0, "cron c 0 there", "job u 0 there", "synced") })
}

func TestW2OfCronJobs_410TellsWhatChangedMeanwhile(t *testing.T) {
	besideCrons(t, nil, func(l *lab) {
		before := len(l.feed.lines)
		if err := l.proxy.Down(); err != nil {
			t.Fatal(err)
		}
		l.wait(5 * time.Second)
		l.api.Put(aCron("c", 2))
		l.api.Delete(aJob("u", 0))
		l.api.Forget()
		if err := l.proxy.Up(); err != nil {
			t.Fatal(err)
		}
		l.wait(2 * time.Second)
		l.expectSorted(before, "cron c 2 there", "job u 0 gone")
	})
}

func TestW10OfCronJobs_ADeletionThatWasSwallowedIsTold(t *testing.T) {
	besideCrons(t, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Resources: []string{"cronjobs"}, Fault: faultproxy.Fault{SwallowDeleted: true}})
		l.proxy.DropConnections()
		l.wait(200 * time.Millisecond)
		before := len(l.feed.lines)
		l.api.Delete(aCron("c", 0))
		l.wait(silence + time.Second)
		l.expectSorted(before, "cron c 0 gone")
	})
}

func TestP1OfCronJobs_JobsThatMayNotBeReadAreSaid(t *testing.T) {
	forbidden := func(l *lab) { l.api.Deny(func(_, resource string) bool { return resource == "jobs" }) }
	besideCrons(t, forbidden, func(l *lab) {
		l.expectSorted(0, "cron c 0 there", `unavailable "forbidden: cannot list jobs"`, "synced")
		before := len(l.feed.lines)
		l.api.Deny(nil)
		l.wait(deniedEvery + time.Second)
		l.expectSorted(before, `unavailable ""`, "job u 0 there")
	})
}
