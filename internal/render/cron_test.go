package render

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

func cronWith(schedule string, zone *string) *batchv1.CronJob {
	return &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Name: "c", Namespace: "n", CreationTimestamp: metav1.NewTime(clockNow())},
		Spec:       batchv1.CronJobSpec{Schedule: schedule, TimeZone: zone},
	}
}

func pageOf(t *testing.T, c *batchv1.CronJob, events ...*corev1.Event) string {
	t.Helper()
	s := diagnosis.OfCron(c, nil, clockNow())
	var b bytes.Buffer
	page := CronJobPage{CronJob: c, Status: s, Report: diagnosis.OfCronJob(diagnosis.CronFacts{Status: s, CronJob: c}), Events: events, ShowEvents: true}
	if err := DescribeCronJob(&b, page, clockNow(), Style{UTF8: true}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whose the zone is: the CronJob's, its schedule's, or a guess; and one that is none is shown as it is written.
func TestZoneOfACronJob(t *testing.T) {
	for _, c := range []struct {
		cron       *batchv1.CronJob
		page, list string
	}{
		{cronWith("0 4 * * *", nil), "<unset> (UTC is assumed; it is that of kube-controller-manager)", "UTC?"},
		{cronWith("TZ=Asia/Tokyo 0 4 * * *", nil), "<unset> (Asia/Tokyo, as the schedule says)", "Asia/Tokyo"},
		{cronWith("0 4 * * *", ptr("Asia/Tokyo")), "Asia/Tokyo", "Asia/Tokyo"},
		{cronWith("0 4 * * *", ptr("Mars/Olympus")), "Mars/Olympus", "Mars/Olympus"},
	} {
		if page := pageOf(t, c.cron); !regexp.MustCompile(`(?m)^Time Zone: +` + regexp.QuoteMeta(c.page) + `$`).MatchString(page) {
			t.Errorf("no %q in\n%s", c.page, page)
		}
		s := diagnosis.OfCron(c.cron, nil, clockNow())
		if row := CronJobTable([]diagnosis.CronStatus{s}, ListColumns{}, clockNow(), Style{UTF8: true}).Rows[0]; row[2] != c.list {
			t.Errorf("TIMEZONE %q, want %q", row[2], c.list)
		}
	}
}

// Events of a CronJob are counted as those of a Job are: repeats as one, a series with its count.
func TestEventsOfACronJob(t *testing.T) {
	at := func(d time.Duration) metav1.Time { return metav1.NewTime(ago(d)) }
	missed := func(first, last time.Duration, n int32) *corev1.Event {
		return &corev1.Event{Type: "Warning", Reason: "MissSchedule", Message: "x", FirstTimestamp: at(first), LastTimestamp: at(last), Count: n}
	}
	page := pageOf(t, cronWith("0 4 * * *", nil), missed(3*time.Hour, 2*time.Hour, 3), missed(2*time.Hour, time.Hour, 2),
		&corev1.Event{
			Type: "Normal", Reason: "Synced", Message: "m", EventTime: metav1.NewMicroTime(ago(time.Hour)),
			Series: &corev1.EventSeries{Count: 7, LastObservedTime: metav1.NewMicroTime(ago(time.Minute))},
		})
	for _, want := range []string{"60m (x5 over 3h)", "60s (x7 over 60m)"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if n := strings.Count(page, "MissSchedule"); n != 1 {
		t.Errorf("%d lines of what is the same", n)
	}
}

// COMPLETIONS of a work queue is kubectl's, whatever its parallelism.
func TestCompletionsOfAWorkQueue(t *testing.T) {
	for parallelism, want := range map[int32]string{0: "0/1", 1: "0/1", 3: "0/1 of 3"} {
		var snap jobstatus.Snapshot
		snap.Apply(jobstatus.Change{Job: &batchv1.Job{Spec: batchv1.JobSpec{Parallelism: &parallelism}}})
		if got := completions(jobstatus.Compute(snap, clockNow()), Style{}); got != want {
			t.Errorf("parallelism %d: %q, want %q", parallelism, got, want)
		}
	}
}

// A time that is not today's has its day.
func TestMoment(t *testing.T) {
	now := clockNow()
	for d, want := range map[time.Duration]string{time.Hour: "13:04:00", 12 * time.Hour: "2026-11-24 00:04:00", 48 * time.Hour: "2026-11-25 12:04:00"} {
		if got := moment(now.Add(d), now); got != want {
			t.Errorf("in %s: %q, want %q", d, got, want)
		}
	}
}
