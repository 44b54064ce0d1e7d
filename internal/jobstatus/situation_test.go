package jobstatus

import (
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
)

// TestJobsWhosePodsCannotBeSeen: of a Job that has pods elsewhere its own status tells, and of what another controller
// will do nothing is said.
func TestJobsWhosePodsCannotBeSeen(t *testing.T) {
	counts := func(active, ready, succeeded, failed int32) func(*batchv1.Job) {
		return func(j *batchv1.Job) {
			j.Spec.Parallelism, j.Spec.Completions = ptr(int32(2)), ptr(int32(2))
			j.Status.Active, j.Status.Ready, j.Status.Succeeded, j.Status.Failed = active, ptr(ready), succeeded, failed
		}
	}
	elsewhere := func(j *batchv1.Job) { j.Spec.ManagedBy = ptr("example.com/other") }
	queue := func(j *batchv1.Job) { j.Spec.Completions = nil }
	noRetry := func(j *batchv1.Job) { j.Spec.BackoffLimit = ptr(int32(0)) }
	const owned = "the controller example.com/other owns it; the built-in one leaves it alone"
	for _, c := range []struct {
		name            string
		job             []func(*batchv1.Job)
		pods            []Change
		state           State
		reason, message string
	}{
		{"they run", jobWith(counts(2, 2, 0, 0)), nil, Running, "PodsRunning", "2 pods run"},
		{"none is ready", jobWith(counts(2, 0, 0, 0)), nil, Pending, "NoPodReady", "2 pods are active, none is ready"},
		{"those that were seen are gone", jobWith(counts(2, 1, 0, 1)), gone(versions(1, as(ended(1, time.Minute)))), Running, "PodsRunning", "1 pod runs"},
		{"the next one's news are on their way", jobWith(counts(1, 0, 0, 1)), versions(1, as(ended(1, time.Minute)), as(ended(1, time.Minute), letGo)),
			Pending, "NoPodReady", "1 pod is active, none is ready"},
		{"the next one was not read", jobWith(counts(1, 1, 0, 1)), versions(1, as(ended(1, time.Minute)), as(ended(1, time.Minute), letGo)),
			Running, "PodsRunning", "1 pod runs"},
		{"the last one has not been counted", jobWith(counts(1, 0, 0, 0)), versions(1, as(ended(1, time.Minute))), Pending, "NoPods",
			"its pods have ended, and the controller has not counted them"},
		{"there is none", jobWith(counts(0, 0, 0, 0)), nil, Pending, "NoPods", "the controller has created no pod yet"},
		{"they run elsewhere", jobWith(counts(2, 2, 0, 0), elsewhere), nil, Running, "PodsRunning", "2 pods run"},
		{"they failed elsewhere", jobWith(counts(0, 0, 0, 1), elsewhere), nil, Managed, "ManagedBy", owned},
		{"none is there elsewhere", jobWith(counts(0, 0, 0, 0), elsewhere), nil, Managed, "ManagedBy", owned},
		{"done elsewhere", jobWith(counts(0, 0, 2, 0), elsewhere), nil, Finishing, "CompletionsReached",
			"the work is done; the controller example.com/other has not said so yet"},
		{"drained elsewhere", jobWith(counts(0, 0, 1, 0), elsewhere, queue), nil, Finishing, "WorkersDone",
			"every worker has ended; the controller example.com/other has not said so yet"},
		{"failed elsewhere", jobWith(counts(0, 0, 0, 1), elsewhere, noRetry), nil, Finishing, "NoRetryLeft",
			"no retry is left; the controller example.com/other has not said so yet"},
		{"done", jobWith(counts(0, 0, 2, 0)), nil, Finishing, "CompletionsReached", "the work is done; the controller is about to say so"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Snapshot
			got := apply(&s, append([]Change{{Job: aJob(c.job...)}, {Synced: true}}, c.pods...)...)
			if got.State != c.state || got.Reason != c.reason || got.Message != c.message {
				t.Errorf("%s, %s: %s", got.State, got.Reason, got.Message)
			}
		})
	}
}
