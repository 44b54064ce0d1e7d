package suspension

import (
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

var now = time.Date(2026, 1, 2, 3, 4, 30, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func job(change func(*batchv1.Job)) target.Item {
	j := &batchv1.Job{Spec: batchv1.JobSpec{Parallelism: ptr(int32(4)), Completions: ptr(int32(10))}}
	change(j)
	return target.Item{Object: target.Object{Job: j}}
}

func ownedBy(apiVersion, kind string) func(*batchv1.Job) {
	return func(j *batchv1.Job) {
		j.OwnerReferences = []metav1.OwnerReference{{APIVersion: apiVersion, Kind: kind, Name: "o", Controller: ptr(true)}}
	}
}

func TestPlanJob(t *testing.T) {
	condition := func(kind batchv1.JobConditionType) func(*batchv1.Job) {
		return func(j *batchv1.Job) {
			j.Status.Conditions = []batchv1.JobCondition{{Type: kind, Status: corev1.ConditionTrue}}
		}
	}
	queue := func(succeeded int32) func(*batchv1.Job) {
		return func(j *batchv1.Job) {
			j.Spec.Completions, j.Status.Active, j.Status.Succeeded = nil, 3, succeeded
		}
	}
	suspended := func(j *batchv1.Job) { j.Spec.Suspend = ptr(true); condition(batchv1.JobSuspended)(j) }
	for name, c := range map[string]struct {
		item    target.Item
		suspend bool
		edit    bool
		notes   []string
		ask     string
		err     string
	}{
		"running": {item: job(func(j *batchv1.Job) { j.Status.Active, j.Status.Ready = 3, ptr(int32(2)) }), suspend: true, edit: true,
			notes: []string{"3 active pods (2 running) will be killed, and their logs go"}},
		"one pod":   {item: job(func(j *batchv1.Job) { j.Status.Active = 1 }), suspend: true, edit: true, notes: []string{"1 active pod will be killed, and its logs go with it;"}},
		"no pods":   {item: job(func(*batchv1.Job) {}), suspend: true, edit: true, notes: []string{"no active pods"}},
		"successes": {item: job(func(j *batchv1.Job) { j.Status.Active, j.Status.Succeeded = 1, 2 }), suspend: true, edit: true, notes: []string{"2 completions so far: kept"}},
		"indexes": {item: job(func(j *batchv1.Job) {
			j.Status.Succeeded, j.Status.CompletedIndexes, j.Spec.CompletionMode = 3, "0-2", ptr(batchv1.IndexedCompletion)
		}), suspend: true, edit: true, notes: []string{"completed indexes are kept (0-2)"}},
		"queue, a success": {item: job(queue(1)), suspend: true, edit: true, notes: []string{"3 active pods"},
			ask: "a worker has succeeded: without its other pods it is Complete, and cannot be resumed"},
		"queue, a success uncounted": {item: job(func(j *batchv1.Job) {
			queue(0)(j)
			j.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{Succeeded: []types.UID{"a"}}
		}), suspend: true, edit: true, ask: "cannot be resumed"},
		"queue, none":       {item: job(queue(0)), suspend: true, edit: true, notes: []string{"3 active pods"}},
		"queue, all done":   {item: job(func(j *batchv1.Job) { queue(1)(j); j.Status.Active = 0 }), suspend: true, edit: true, notes: []string{"no active pods"}},
		"suspended already": {item: job(suspended), suspend: true, notes: []string{"suspended already: nothing to do"}},
		"resume":            {item: job(suspended), edit: true, notes: []string{"up to 4 pods"}},
		"resume, few left":  {item: job(func(j *batchv1.Job) { suspended(j); j.Status.Succeeded = 9 }), edit: true, notes: []string{"up to 1 pod will"}},
		"resume, failed indexes": {item: job(func(j *batchv1.Job) {
			suspended(j)
			j.Spec.CompletionMode, j.Status.CompletedIndexes, j.Status.FailedIndexes = ptr(batchv1.IndexedCompletion), "0-4", ptr("5-7")
		}), edit: true, notes: []string{"up to 2 pods"}},
		"resume, deadline": {item: job(func(j *batchv1.Job) { suspended(j); j.Spec.ActiveDeadlineSeconds = ptr(int64(90)) }), edit: true, notes: []string{"deadline of 1m30s starts anew"}},
		"resume, paused":   {item: job(func(j *batchv1.Job) { suspended(j); j.Spec.Parallelism = ptr(int32(0)) }), edit: true, notes: []string{"parallelism 0"}},
		"not suspended":    {item: job(func(*batchv1.Job) {}), notes: []string{"not suspended: nothing to do"}},
		"complete":         {item: job(condition(batchv1.JobComplete)), suspend: true, err: "it is Complete"},
		"failed":           {item: job(condition(batchv1.JobFailed)), err: "it is Failed"},
		"decided":          {item: job(condition(batchv1.JobFailureTarget)), suspend: true, err: "decided"},
		"deleted":          {item: job(func(j *batchv1.Job) { j.DeletionTimestamp = &metav1.Time{Time: now} }), suspend: true, err: "being deleted"},
		"kueue": {item: job(func(j *batchv1.Job) { j.Labels = map[string]string{"kueue.x-k8s.io/queue-name": "q"} }), suspend: true,
			err: "it is managed by Kueue"},
		"of a JobSet": {item: job(ownedBy("jobset.x-k8s.io/v1alpha2", "JobSet")), suspend: true,
			err: `it belongs to JobSet "o" (jobset.x-k8s.io/v1alpha2), which would undo the change`},
		"of another CronJob": {item: job(ownedBy("example.com/v1", "CronJob")), suspend: true, err: "it belongs to CronJob"},
		"of a CronJob":       {item: job(ownedBy("batch/v1", "CronJob")), suspend: true, edit: true},
		"managed":            {item: job(func(j *batchv1.Job) { j.Spec.ManagedBy = ptr("example.com/c") }), err: "managed by"},
	} {
		t.Run(name, func(t *testing.T) { check(t, Plan(c.item, c.suspend, now), c.edit, c.notes, c.ask, c.err) })
	}
}

func TestPlanCronJob(t *testing.T) {
	cronJob := func(change func(*batchv1.CronJob)) target.Item {
		c := &batchv1.CronJob{Spec: batchv1.CronJobSpec{Schedule: "0 * * * *", TimeZone: ptr("Etc/UTC"), Suspend: ptr(true)}}
		c.Status.LastScheduleTime = &metav1.Time{Time: now.Add(-3*time.Hour - 4*time.Minute - 30*time.Second)} // 00:00
		change(c)
		return target.Item{Object: target.Object{CronJob: c}}
	}
	running := func(c *batchv1.CronJob) { c.Status.Active = []corev1.ObjectReference{{}, {}} }
	for name, c := range map[string]struct {
		item    target.Item
		suspend bool
		edit    bool
		notes   []string
	}{
		"suspend":           {cronJob(func(c *batchv1.CronJob) { c.Spec.Suspend = nil; running(c) }), true, true, []string{"no new runs", "2 Jobs running now: not touched"}},
		"suspended already": {cronJob(func(*batchv1.CronJob) {}), true, false, []string{"already"}},
		"missed":            {cronJob(func(*batchv1.CronJob) {}), false, true, []string{"the run missed at 2026-01-02T03:00:00Z starts at once"}},
		"missed, forbid": {cronJob(func(c *batchv1.CronJob) { running(c); c.Spec.ConcurrencyPolicy = batchv1.ForbidConcurrent }), false, true,
			[]string{"starts as soon as the running Job ends"}},
		"missed, forbid, deadline": {cronJob(func(c *batchv1.CronJob) {
			running(c)
			c.Spec.ConcurrencyPolicy, c.Spec.StartingDeadlineSeconds = batchv1.ForbidConcurrent, ptr(int64(600))
		}), false, true, []string{"starts as soon as the running Job ends, if that is by 2026-01-02T03:10:00Z"}},
		"missed, and overlooked": {cronJob(func(c *batchv1.CronJob) { // 2 January 2026 is a Friday
			c.Spec.Schedule, c.Status.LastScheduleTime = "0 9 * * 1-3", &metav1.Time{Time: now.Add(-90 * time.Hour).Truncate(time.Hour)}
		}), false, true, []string{"no run starts at once; the next is due at 2026-01-05T09:00:00Z"}},
		"an interval that never ends": {cronJob(func(c *batchv1.CronJob) {
			c.Spec.Schedule, c.Spec.StartingDeadlineSeconds = "@every 1h", ptr(int64(600))
		}), false, true, []string{`no run will start: startingDeadlineSeconds 600 is less than the interval of its schedule "@every 1h"`}},
		"missed, replace": {cronJob(func(c *batchv1.CronJob) { running(c); c.Spec.ConcurrencyPolicy = batchv1.ReplaceConcurrent }), false, true,
			[]string{"the run missed at 2026-01-02T03:00:00Z starts at once: the Jobs that run are deleted for it (concurrencyPolicy Replace)"}},
		"missed, replace none": {cronJob(func(c *batchv1.CronJob) { c.Spec.ConcurrencyPolicy = batchv1.ReplaceConcurrent }), false, true,
			[]string{"03:00:00Z starts at once"}},
		"too late": {cronJob(func(c *batchv1.CronJob) { c.Spec.StartingDeadlineSeconds = ptr(int64(60)) }), false, true,
			[]string{"no run starts at once; the next is due at 2026-01-02T04:00:00Z"}},
		"in time":      {cronJob(func(c *batchv1.CronJob) { c.Spec.StartingDeadlineSeconds = ptr(int64(600)) }), false, true, []string{"03:00:00Z starts at once"}},
		"no zone":      {cronJob(func(c *batchv1.CronJob) { c.Spec.TimeZone = nil }), false, true, []string{"(if the controller's time zone is UTC)"}},
		"bad schedule": {cronJob(func(c *batchv1.CronJob) { c.Spec.Schedule = "x" }), false, true, []string{"no run will start"}},
	} {
		t.Run(name, func(t *testing.T) { check(t, Plan(c.item, c.suspend, now), c.edit, c.notes, "", "") })
	}
}

func check(t *testing.T, got act.Plan, edit bool, notes []string, ask, wantErr string) {
	t.Helper()
	if (got.Err == nil) != (wantErr == "") || (got.Err != nil && !strings.Contains(got.Err.Error(), wantErr)) {
		t.Fatalf("error %v, want %q", got.Err, wantErr)
	}
	if got.Edit.Empty() == edit {
		t.Errorf("edit %+v, want one: %v", got.Edit, edit)
	}
	if !strings.Contains(got.Ask, ask) || (ask == "") != (got.Ask == "") {
		t.Errorf("question %q, want %q", got.Ask, ask)
	}
	text := strings.Join(got.Notes, "\n")
	for _, n := range notes {
		if !strings.Contains(text, n) {
			t.Errorf("notes %q lack %q", text, n)
		}
	}
}
