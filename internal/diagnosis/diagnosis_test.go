package diagnosis

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/schema"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant

func ptr[T any](v T) *T { return &v }

func TestCausesOfAJob(t *testing.T) {
	base := func(state jobstatus.State) jobstatus.Status {
		return jobstatus.Status{AsOf: now, Namespace: "n", Name: "j", State: state, Since: now.Add(-time.Minute)}
	}
	with := func(s jobstatus.Status, change func(*jobstatus.Status)) jobstatus.Status {
		change(&s)
		return s
	}
	waiting := func(reason, message string) jobstatus.Status {
		return with(base(jobstatus.Pending), func(s *jobstatus.Status) {
			s.Pods = []*jobstatus.Pod{{Name: "p", UID: "p", Phase: jobstatus.PodStuck, Reason: reason, Message: message, Index: -1}}
		})
	}
	refusal := func(message string) jobstatus.Status {
		return with(base(jobstatus.Blocked), func(s *jobstatus.Status) {
			s.Obstacle = &jobstatus.Obstacle{Reason: "FailedCreate", Message: message}
		})
	}
	verdict := func(reason string) jobstatus.Status {
		return with(base(jobstatus.Failed), func(s *jobstatus.Status) { s.Failing, s.Outcome, s.Reason = true, jobstatus.FailedOutcome, reason })
	}
	broke := func(f jobstatus.Failure) jobstatus.Status {
		f.Count, f.Pods = 1, []string{"p"}
		return with(base(jobstatus.Running), func(s *jobstatus.Status) { s.Failures = []jobstatus.Failure{f} })
	}
	for _, c := range []struct {
		name  string
		facts Facts
		want  Code
		says  string // the summary, or what to do next
	}{
		{"suspended", Facts{Status: base(jobstatus.Suspended), Job: &batchv1.Job{}}, Suspended, "suspended"},
		{"kueue", Facts{Status: with(base(jobstatus.Suspended), func(s *jobstatus.Status) { s.Asked.Queue = "gpu" })}, QueueNotAdmitted, `queue "gpu"`},
		{"managed", Facts{Status: with(base(jobstatus.Managed), func(s *jobstatus.Status) { s.Message = "x owns it" })}, ManagedElsewhere, "x owns it"},
		{"parallelism", Facts{Status: base(jobstatus.Paused)}, ParallelismZero, "parallelism is 0"},
		{"quota", Facts{Status: refusal(`pods "j-" is forbidden: exceeded quota: none`)}, QuotaExceeded, "quota"},
		{"webhook", Facts{Status: refusal(`admission webhook "x" denied the request`)}, WebhookRefused, "webhook"},
		{"account", Facts{Status: refusal(`error looking up service account n/nobody: serviceaccount "nobody" not found`)}, NoServiceAccount, "service account"},
		{"refused", Facts{Status: refusal("no")}, CannotCreatePods, "no"},
		{"unschedulable", Facts{Status: waiting("Unschedulable", "0/3 nodes are available")}, Unschedulable, "0/3 nodes"},
		{"image", Facts{Status: waiting("ImagePullBackOff", "")}, ImagePull, "image"},
		{"config", Facts{Status: waiting("CreateContainerConfigError", `configmap "x" not found`)}, MissingConfig, `configmap "x" not found`},
		{"secret volume", Facts{Status: waiting("FailedMount", `secret "x" not found`)}, MissingConfig, `secret "x"`},
		{"volume", Facts{Status: waiting("FailedMount", "timed out")}, VolumeNotReady, "a volume cannot be mounted: timed out"},
		{"claimed volume", Facts{Status: waiting("FailedAttachVolume", "timed out"), Job: &batchv1.Job{Spec: batchv1.JobSpec{
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Volumes: []corev1.Volume{{VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"},
			}}}}},
		}}}, VolumeNotReady, "kubectl get pvc -n n"},
		{"start", Facts{Status: waiting("RunContainerError", "exec format error")}, CannotStart, "exec format error"},
		{"deadline", Facts{Status: with(verdict("DeadlineExceeded"), func(s *jobstatus.Status) { s.Asked.Deadline = 90 * time.Second })}, DeadlineExceeded, "deadline of 90s"},
		{"retries", Facts{Status: verdict("BackoffLimitExceeded")}, RetriesExhausted, "backoffLimit"},
		{"policy", Facts{Status: verdict("PodFailurePolicy")}, FailurePolicy, "PodFailurePolicy"},
		{"indexes", Facts{Status: verdict("MaxFailedIndexesExceeded")}, IndexesFailed, "MaxFailedIndexes"},
		{"oom", Facts{Status: broke(jobstatus.Failure{Container: "c", Code: 137, Reason: "OOMKilled"})}, OutOfMemory, "no limit of its own"},
		{"evicted", Facts{Status: broke(jobstatus.Failure{Container: "c", Code: 137, Reason: "Evicted", Message: "low on memory"})}, Disrupted, "low on memory"},
		{"crash", Facts{Status: broke(jobstatus.Failure{Container: "c", Code: 3, Reason: "Error"})}, Crashing, "1 × exit 3 in c"},
		{"killed, not said by whom", Facts{Status: broke(jobstatus.Failure{Container: "c", Code: 137, Reason: "Error", Memory: "32Mi"})}, Crashing, `first suspect: container "c" may use 32Mi`},
		{"deadline of a work queue", Facts{Status: with(verdict("DeadlineExceeded"), func(s *jobstatus.Status) { s.Counts.Succeeded = 2 })}, DeadlineExceeded, "passed with 2 workers done"},
		{"failed indexes", Facts{Status: with(verdict("FailedIndexes"), func(s *jobstatus.Status) {
			s.Message, s.Indexes = "Job has failed indexes", &jobstatus.Indexes{Failed: jobstatus.ParseIndexes("1,3-5", 9)}
		})}, IndexesFailed, "FailedIndexes: Job has failed indexes: 1,3-5"},
		{"many failed indexes", Facts{Status: with(verdict("FailedIndexes"), func(s *jobstatus.Status) {
			s.Indexes = &jobstatus.Indexes{Failed: jobstatus.ParseIndexes("1,3,5,7,9,11,13,15,17,19", 20)}
		})}, IndexesFailed, "1,3,5,7,9,11,13,15 and more, 10 in all"},
		{"held by a finalizer", Facts{
			Status: with(base(jobstatus.Terminating), func(s *jobstatus.Status) { s.Asked.Finalizers = []string{"example.com/hold"} }),
		}, Deleting, "kubectl get job j -n n -o jsonpath='{.metadata.finalizers}'"},
		{"over, deleted and held by a finalizer", Facts{
			Status: with(base(jobstatus.Complete), func(s *jobstatus.Status) {
				s.Outcome, s.Asked.Deleted, s.Asked.Finalizers = jobstatus.Succeeded, now, []string{"example.com/hold"}
			}),
		}, Deleting, "it is being deleted, which waits for its finalizers: example.com/hold"},
		{"over, deleted and not collected", Facts{
			Status: with(base(jobstatus.Complete), func(s *jobstatus.Status) {
				s.Outcome, s.Asked.Deleted, s.Asked.Finalizers = jobstatus.Succeeded, now.Add(-2*time.Minute), []string{metav1.FinalizerDeleteDependents}
			}),
		}, Deleting, "foregroundDeletion"},
		{"gone", Facts{Status: with(base(jobstatus.Gone), func(s *jobstatus.Status) { s.Message = "deleted" })}, Deleted, "deleted"},
		{"deleting", Facts{Status: with(base(jobstatus.Terminating), func(s *jobstatus.Status) { s.Message = "on its way" })}, Deleting, "on its way"},
		{"draining", Facts{Status: with(base(jobstatus.Draining), func(s *jobstatus.Status) { s.Counts.Active = 2 })}, Draining, "the other 2 have ended"},
		{"draining one", Facts{Status: with(base(jobstatus.Draining), func(s *jobstatus.Status) { s.Counts.Active = 1 })}, Draining, "the other one has ended"},
		{"back-off", Facts{Status: with(base(jobstatus.BackingOff), func(s *jobstatus.Status) {
			s.Retry = &jobstatus.Retry{At: now.Add(20 * time.Second), Attempt: 3, Of: 7, Index: -1}
		})}, BackingOff, "attempt 3 of 7"},
		{"blocked, not said by what", Facts{Status: with(base(jobstatus.Blocked), func(s *jobstatus.Status) { s.Reason, s.Message = "FailedCreate", "no" })}, CannotCreatePods, "no"},
		{"lost node", Facts{
			Status: with(base(jobstatus.Running), func(s *jobstatus.Status) {
				s.Pods = []*jobstatus.Pod{{Name: "p", Phase: jobstatus.PodTerminating, Node: "x", Since: now}}
			}),
			Nodes: map[string]Node{"x": {Gone: true}},
		}, LostNode, "is gone"},
		{"slow", Facts{Status: with(base(jobstatus.Running), func(s *jobstatus.Status) {
			s.Pods = []*jobstatus.Pod{{Name: "p", Phase: jobstatus.PodTerminating, Since: now.Add(-5 * time.Minute)}}
		})}, SlowTermination, "terminating for 5m"},
		{"sidecar", Facts{Status: with(base(jobstatus.Running), func(s *jobstatus.Status) {
			s.Pods = []*jobstatus.Pod{{Name: "p", Partly: &jobstatus.Partly{Since: now.Add(-time.Hour), Running: []string{"proxy"}}}}
		})}, SidecarRunning, `container "proxy" still runs`},
		{"sidecars", Facts{Status: with(base(jobstatus.Running), func(s *jobstatus.Status) {
			s.Pods = []*jobstatus.Pod{{Name: "p", Partly: &jobstatus.Partly{Since: now.Add(-time.Hour), Running: []string{"a", "b"}}}}
		})}, SidecarRunning, "kubectl logs p -c a -n n\nkubectl logs p -c b -n n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := OfJob(c.facts)
			if r.Healthy || len(r.Causes) == 0 {
				t.Fatalf("no cause: %+v", r)
			}
			said := r.Summary + "\n" + strings.Join(r.Causes[0].Next, "\n")
			for _, e := range r.Causes[0].Evidence {
				said += "\n" + e.Text
			}
			if r.Causes[0].Code != c.want || !strings.Contains(said, c.says) {
				t.Errorf("got %s: %s, want %s: …%s…", r.Causes[0].Code, said, c.want, c.says)
			}
			checkNext(t, r.Causes[0])
		})
	}
}

func TestNothingIsWrong(t *testing.T) {
	over := OfJob(Facts{Status: jobstatus.Status{
		AsOf: now, State: jobstatus.Complete, Outcome: jobstatus.Succeeded,
		Asked: jobstatus.Asked{Deleted: now, Finalizers: []string{metav1.FinalizerDeleteDependents}},
	}})
	if !over.Healthy {
		t.Errorf("a Job that is being collected: %+v", over)
	}
	r := OfJob(Facts{Status: jobstatus.Status{
		AsOf: now, State: jobstatus.Running, Counts: jobstatus.Counts{Active: 3},
		Progress: jobstatus.Progress{Done: 12, Total: 40, ETA: &jobstatus.Band{Low: 4 * time.Minute, High: 6 * time.Minute}},
	}})
	if want := "nothing is wrong: 12 of 40 done, 3 active, 4m to 6m left"; !r.Healthy || r.Summary != want {
		t.Errorf("got %q, want %q", r.Summary, want)
	}
}

// TestTracesOfSeveral: of Jobs that had one name the last one is told.
func TestTracesOfSeveral(t *testing.T) {
	event := func(uid types.UID, reason string, ago time.Duration) *corev1.Event {
		return &corev1.Event{
			Reason: reason, Message: reason, LastTimestamp: metav1.NewTime(now.Add(-ago)),
			InvolvedObject: corev1.ObjectReference{Kind: "Job", Name: "x", UID: uid},
		}
	}
	r, found := OfTraces("n", "x", []*corev1.Event{
		event("first", "SuccessfulCreate", 9*time.Minute), event("first", "Completed", 8*time.Minute), event("second", "SuccessfulCreate", time.Minute),
	}, now)
	if want := "there is no such Job any more: it was deleted before it finished"; !found || r.Summary != want || len(r.Causes[0].Evidence) != 1 {
		t.Errorf("got %q and %v, want %q", r.Summary, r.Causes, want)
	}
}

// TestRetriesUsedUp: how many failed is said where it is known.
func TestRetriesUsedUp(t *testing.T) {
	for want, s := range map[string]jobstatus.Status{
		"one failure is more than backoffLimit 0 allows":     {Parallelism: 1, Counts: jobstatus.Counts{Failed: 1}},
		"3 failures are more than backoffLimit 2 allows":     {Parallelism: 1, BackoffLimit: 2, Counts: jobstatus.Counts{Failed: 3}},
		"the retries that backoffLimit 3 allows are used up": {Parallelism: 1, BackoffLimit: 3, Counts: jobstatus.Counts{Failed: 1}},
		"more failures than backoffLimit 3 allows (10 pods count as failed, with those that were stopped for it)": {
			Parallelism: 10, BackoffLimit: 3, Counts: jobstatus.Counts{Failed: 10},
		},
	} {
		if got := retriesUsedUp(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCausesOfACronJob(t *testing.T) {
	hours := func(n int) *metav1.Time { return ptr(metav1.NewTime(now.Add(-time.Duration(n) * time.Hour))) }
	base := func(change func(*batchv1.CronJob)) *batchv1.CronJob {
		c := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Name: "c", Namespace: "n", CreationTimestamp: *hours(100)}}
		c.Spec.Schedule = "0 0 * * *"
		c.Status.LastScheduleTime = hours(12)
		change(c)
		return c
	}
	failedRun := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "c-1"}, Status: batchv1.JobStatus{Conditions: []batchv1.JobCondition{{
		Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: "DeadlineExceeded", LastTransitionTime: *hours(11),
	}}}}
	setAt := func(fields string, ago *metav1.Time) func(*batchv1.CronJob) {
		return func(c *batchv1.CronJob) {
			c.Status.LastScheduleTime = hours(60)
			c.ManagedFields = []metav1.ManagedFieldsEntry{
				{Manager: "m", Time: ago, FieldsV1: metav1.NewFieldsV1(fields)},
				{Manager: "controller", Time: hours(0), Subresource: "status", FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:schedule":{}}}`)},
			}
		}
	}
	replaced := func(last *metav1.Time) *batchv1.CronJob {
		return base(func(c *batchv1.CronJob) {
			c.Spec.ConcurrencyPolicy, c.Status.LastScheduleTime = batchv1.ReplaceConcurrent, last
			c.Status.Active = []corev1.ObjectReference{{Name: "c-1"}}
		})
	}
	kept := &corev1.Event{Reason: "FailedDelete", Message: `Deleted job: admission webhook "keep" denied the request`, LastTimestamp: *hours(1)}
	missedEvent := &corev1.Event{Reason: "MissSchedule", Message: "Missed scheduled time", LastTimestamp: *hours(1)}
	for _, c := range []struct {
		name   string
		cron   *batchv1.CronJob
		runs   []*batchv1.Job
		events []*corev1.Event
		want   Code   // empty: healthy
		says   string // the summary, or what to do next
	}{
		{"well", base(func(*batchv1.CronJob) {}), nil, nil, "", "nothing is wrong: the next run is in 12h"},
		{"suspended", base(func(c *batchv1.CronJob) { c.Spec.Suspend = ptr(true) }), nil, nil, CronSuspended, "suspended"},
		{"zone", base(func(c *batchv1.CronJob) { c.Spec.TimeZone = ptr("Mars/Olympus") }), nil, nil, UnknownTimeZone, `-p '{"spec":{"timeZone":"Etc/UTC"}}'`},
		{"zone in the schedule", base(func(c *batchv1.CronJob) { c.Spec.Schedule = "CRON_TZ=Mars/Olympus 5 4 * * *" }), nil, nil, UnknownTimeZone,
			`-p '{"spec":{"schedule":"5 4 * * *","timeZone":"Etc/UTC"}}'`},
		{"zone and no schedule", base(func(c *batchv1.CronJob) { c.Spec.Schedule = "TZ=Mars/Olympus '; rm -r ~; '" }), nil, nil, UnknownTimeZone,
			`-p '{"spec":{"schedule":"0 * * * *","timeZone":"Etc/UTC"}}'`},
		{"schedule", base(func(c *batchv1.CronJob) { c.Spec.Schedule = "never" }), nil, nil, BadSchedule, "cannot be read"},
		{"name", base(func(c *batchv1.CronJob) { c.Name = strings.Repeat("x", 53) }), nil, nil, NameTooLong, "53 characters"},
		{"blocked", base(func(c *batchv1.CronJob) {
			c.Spec.Schedule, c.Spec.ConcurrencyPolicy = "0 * * * *", batchv1.ForbidConcurrent
			c.Status.Active = []corev1.ObjectReference{{Name: "c-1"}}
		}), nil, nil, BlockedByRun, `it waits for its run "c-1": concurrencyPolicy`},
		{"blocked by a run that is read", base(func(c *batchv1.CronJob) {
			c.Spec.Schedule, c.Spec.ConcurrencyPolicy = "0 * * * *", batchv1.ForbidConcurrent
			c.Status.Active = []corev1.ObjectReference{{Name: "c-2"}}
		}), []*batchv1.Job{{ObjectMeta: metav1.ObjectMeta{Name: "c-2"}, Status: batchv1.JobStatus{StartTime: hours(12), Active: 1}}}, nil,
			BlockedByRun, `"c-2", active for 12h`},
		{"missed", base(func(*batchv1.CronJob) {}), nil, []*corev1.Event{missedEvent}, MissedDeadline, "Missed scheduled time"},
		{"a short deadline that was met", base(func(c *batchv1.CronJob) { c.Spec.StartingDeadlineSeconds = ptr(int64(5)) }), nil, nil, "", "nothing is wrong"},
		{"a short deadline and a slot without a run", base(func(c *batchv1.CronJob) {
			c.Spec.StartingDeadlineSeconds, c.Status.LastScheduleTime = ptr(int64(5)), hours(40)
		}), nil, nil, MissedDeadline, "startingDeadlineSeconds 5 is less"},
		{"a short deadline and an event", base(func(c *batchv1.CronJob) { c.Spec.StartingDeadlineSeconds = ptr(int64(5)) }), nil,
			[]*corev1.Event{missedEvent}, MissedDeadline, "startingDeadlineSeconds 5 is less"},
		{"quiet", base(func(c *batchv1.CronJob) { c.Status.LastScheduleTime = hours(60) }), nil, nil, ControllerIsQuiet, "2 slots passed"},
		{"quiet, and a slot has only just passed", base(func(c *batchv1.CronJob) {
			c.Spec.Schedule, c.Status.LastScheduleTime = "@every 50s", ptr(metav1.NewTime(now.Add(-165*time.Second)))
		}), nil, nil, ControllerIsQuiet, "3 slots passed"},
		{"refused", base(func(*batchv1.CronJob) {}), nil, []*corev1.Event{{Reason: "FailedCreate", Message: "no", LastTimestamp: *hours(1)}}, CannotCreateRuns, "kubectl jobx describe cronjob/c"},
		{"refused by a quota", base(func(*batchv1.CronJob) {}), nil, []*corev1.Event{{
			Reason: "FailedCreate", Message: "exceeded quota: q", LastTimestamp: *hours(1),
		}}, CannotCreateRuns, "kubectl describe quota"},
		{"refused at admission", base(func(*batchv1.CronJob) {}), nil, []*corev1.Event{{
			Reason: "FailedCreate", Message: `admission webhook "x" denied the request`, LastTimestamp: *hours(1),
		}}, CannotCreateRuns, "validatingwebhookconfigurations"},
		{"failed", base(func(*batchv1.CronJob) {}), []*batchv1.Job{failedRun}, nil, LastRunFailed, "c-1"},
		{"deadline passed", base(func(c *batchv1.CronJob) {
			c.Spec.Schedule, c.Spec.StartingDeadlineSeconds = "30 11 * * *", ptr(int64(100))
		}), nil, nil, MissedDeadline, "no run was started for the slot at 2026-11-23 11:30:00 UTC"},
		{"deadline ahead", base(func(c *batchv1.CronJob) {
			c.Spec.StartingDeadlineSeconds, c.Status.LastScheduleTime = ptr(int64(13*3600)), hours(20)
		}), nil, nil, ControllerIsQuiet, "1 slot passed"},
		{"a slot that the controller overlooks too", base(func(c *batchv1.CronJob) { // now is a Monday
			c.Spec.Schedule, c.Status.LastScheduleTime = "0 9 * * 2-6", hours(5*24+3)
		}), nil, nil, "", "nothing is wrong: the next run is in 21h"},
		{"deadline below the interval, before the first slot", base(func(c *batchv1.CronJob) {
			c.Spec.Schedule, c.Spec.StartingDeadlineSeconds, c.Status.LastScheduleTime = "@every 13h", ptr(int64(600)), hours(12)
		}), nil, nil, MissedDeadline, `-p '{"spec":{"startingDeadlineSeconds":93600}}'`},
		{"blocked for longer than the deadline", base(func(c *batchv1.CronJob) {
			c.Spec.Schedule, c.Spec.StartingDeadlineSeconds, c.Spec.ConcurrencyPolicy = "30 * * * *", ptr(int64(60)), batchv1.ForbidConcurrent
			c.Status.Active = []corev1.ObjectReference{{Name: "c-1"}}
		}), nil, nil, BlockedByRun, `it waits for its run "c-1": concurrencyPolicy`},
		{"refused, and then created", base(func(*batchv1.CronJob) {}), []*batchv1.Job{{ObjectMeta: metav1.ObjectMeta{Name: "c-3", CreationTimestamp: *hours(1)}}},
			[]*corev1.Event{{Reason: "FailedCreate", Message: "no", LastTimestamp: *hours(1)}}, "", "nothing is wrong"},
		{"refused, and only one by hand since", base(func(*batchv1.CronJob) {}), []*batchv1.Job{{ObjectMeta: metav1.ObjectMeta{
			Name: "by-hand", CreationTimestamp: *hours(0), Annotations: map[string]string{"cronjob.kubernetes.io/instantiate": "manual"},
		}}}, []*corev1.Event{{Reason: "FailedCreate", Message: "no", LastTimestamp: *hours(1)}}, CannotCreateRuns, "describe"},
		{"missed many, and then created", base(func(*batchv1.CronJob) {}), nil, []*corev1.Event{
			{Reason: "TooManyMissedTimes", Message: "too many", LastTimestamp: *hours(1)}, {Reason: "SuccessfulCreate", Message: "Created", LastTimestamp: *hours(1)},
		}, "", "nothing is wrong"},
		{"deadline below the interval", base(func(c *batchv1.CronJob) {
			c.Spec.Schedule, c.Spec.StartingDeadlineSeconds = "@every 1h", ptr(int64(100))
		}), nil, nil, MissedDeadline, `less than the interval of its schedule "@every 1h"`},
		{"a new schedule, before its first slot", base(setAt(`{"f:spec":{"f:schedule":{}}}`, hours(1))), nil, nil, "", "nothing is wrong: the next run"},
		{"a new zone, before its first slot", base(setAt(`{"f:spec":{"f:timeZone":{}}}`, hours(1))), nil, nil, "", "nothing is wrong: the next run"},
		{"a new schedule, and a slot without a run since", base(setAt(`{"f:spec":{"f:schedule":{}}}`, hours(13))), nil, nil, ControllerIsQuiet, "1 slot passed"},
		{"a new template", base(setAt(`{"f:spec":{"f:jobTemplate":{"f:schedule":{}}}}`, hours(1))), nil, nil, ControllerIsQuiet, "2 slots passed"},
		{"a new schedule, and a deadline that passed for the old one", base(func(c *batchv1.CronJob) {
			setAt(`{"f:spec":{"f:schedule":{}}}`, hours(1))(c)
			c.Spec.StartingDeadlineSeconds = ptr(int64(100))
		}), nil, nil, "", "nothing is wrong: the next run"},
		{"deleted, and held", base(func(c *batchv1.CronJob) {
			c.DeletionTimestamp, c.Finalizers, c.Spec.Suspend = hours(48), []string{"example.com/hold"}, ptr(true)
			c.Status.Active = []corev1.ObjectReference{{Name: "c-1"}}
		}), nil, nil, Deleting, "it is being deleted: no run is started any more; finalizers: example.com/hold"},
		{"not replaced", replaced(hours(60)), nil, []*corev1.Event{kept}, CannotCreateRuns, `its active run "c-1" cannot be deleted`},
		{"not replaced: what to do", replaced(hours(60)), nil, []*corev1.Event{kept}, CannotCreateRuns, "kubectl jobx why job/c-1 -n n"},
		{"an old run that cannot be deleted", replaced(hours(12)), nil, []*corev1.Event{kept}, "", "nothing is wrong: one of its runs is active"},
		{"never again", base(func(c *batchv1.CronJob) { c.Spec.Schedule = "0 0 30 2 *" }), nil, nil, NoSlotLeft, "no slot left"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status := OfCron(c.cron, c.runs, now)
			r := OfCronJob(CronFacts{Status: status, CronJob: c.cron, Events: c.events})
			if c.events == nil && !r.Healthy && status.Headline != r.Summary {
				t.Errorf("get says %q, why says %q", status.Headline, r.Summary)
			}
			list, err := json.Marshal(map[string]any{"jobs": []any{}, "cronJobs": []CronStatus{status}})
			if err := errors.Join(err, schema.Check("status.json", list)); err != nil {
				t.Error(err)
			}
			report, err := json.Marshal(r)
			if err := errors.Join(err, schema.Check("why.json", report)); err != nil {
				t.Error(err)
			}
			for _, cause := range r.Causes {
				checkNext(t, cause)
			}
			switch {
			case c.want == "" && !r.Healthy:
				t.Errorf("want none, got %+v", r.Causes)
			case c.want != "" && (len(r.Causes) == 0 || r.Causes[0].Code != c.want):
				t.Errorf("want %s, got %+v", c.want, r)
			case c.want == "" && !strings.Contains(r.Summary, c.says), c.want != "" && !strings.Contains(r.Summary+strings.Join(r.Causes[0].Next, "\n"), c.says):
				t.Errorf("want …%s…, got %+v", c.says, r)
			}
		})
	}
}

// TestZoneThatIsNone: what the CronJob names is told, not what would be assumed.
func TestZoneThatIsNone(t *testing.T) {
	for schedule, zone := range map[string]*string{"0 4 * * *": ptr("Mars/Olympus"), "TZ=Mars/Olympus 0 4 * * *": nil} {
		c := &batchv1.CronJob{Spec: batchv1.CronJobSpec{Schedule: schedule, TimeZone: zone}}
		if s := OfCron(c, nil, now); s.TimeZone != "Mars/Olympus" || s.Assumed {
			t.Errorf("%s: %q, assumed %t", schedule, s.TimeZone, s.Assumed)
		}
	}
}

// TestWhoSuspendedACronJob: who set the field of its template has not.
func TestWhoSuspendedACronJob(t *testing.T) {
	c := &batchv1.CronJob{Spec: batchv1.CronJobSpec{Schedule: "0 4 * * *", Suspend: ptr(true)}}
	c.ManagedFields = []metav1.ManagedFieldsEntry{
		{Manager: "helm", Operation: "Update", FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:jobTemplate":{"f:spec":{"f:suspend":{}}}}}`)},
		{Manager: "kubectl-patch", Operation: "Update", FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:suspend":{}}}`)},
	}
	evidence := OfCronJob(CronFacts{Status: OfCron(c, nil, now), CronJob: c}).Causes[0].Evidence
	if len(evidence) != 2 || evidence[1].Text != "set by kubectl-patch (Update)" {
		t.Errorf("%+v", evidence)
	}
}
