package jobstatus

import (
	"slices"
	"strconv"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// versions are those of pod n, one after the other.
func versions(n int, edits ...[]func(*corev1.Pod)) []Change {
	out := make([]Change, len(edits))
	for i, edit := range edits {
		p := aPod(n, edit...)
		p.ResourceVersion = strconv.Itoa(1000 + 100*i + n)
		out[i] = Change{Pod: p}
	}
	return out
}

// as are the edits of one version.
func as(edits ...func(*corev1.Pod)) []func(*corev1.Pod) { return edits }

// letGo takes the controller's finalizer away.
func letGo(p *corev1.Pod) { p.Finalizers = nil }

// deletedFor is a pod whose deletion was asked for d before noon; it has 30 s to end.
func deletedFor(d time.Duration) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.DeletionTimestamp, p.DeletionGracePeriodSeconds = ptr(ago(d-30*time.Second)), ptr(int64(30))
	}
}

// stoppedItself are the versions of pod n that the controller deletes (deleteJobPods) and that ends with a code.
func stoppedItself(n int, code int32, d time.Duration, more ...func(*corev1.Pod)) []Change {
	return versions(n, more, append(as(letGo), more...), append(as(letGo, deletedFor(d)), more...),
		append(as(ended(code, d-time.Second), letGo, deletedFor(d)), more...))
}

// stoppedByOther are those of one that somebody else deletes, and that the controller counts before it ends.
func stoppedByOther(n int, code int32, d time.Duration) []Change {
	return versions(n, as(), as(deletedFor(d)), as(letGo, deletedFor(d)),
		as(ended(code, d-time.Second), letGo, deletedFor(d)))
}

func gone(changes []Change) []Change {
	return append(changes, Change{PodDeleted: changes[len(changes)-1].Pod})
}

// TestWhatTheControllerCountsOfStoppedPods: it counts those that others delete, with all that follows, and never those
// that it deletes itself.
func TestWhatTheControllerCountsOfStoppedPods(t *testing.T) {
	three := func(failed int32) func(*batchv1.Job) {
		return func(j *batchv1.Job) {
			j.Spec.Parallelism, j.Spec.Completions, j.Status.Failed = ptr(int32(3)), ptr(int32(3)), failed
		}
	}
	fails := versions(4, as(ended(1, 5*time.Second)))
	onlyFailed := func(j *batchv1.Job) { j.Spec.PodReplacementPolicy = ptr(batchv1.Failed) }
	elsewhere := func(j *batchv1.Job) { j.Spec.ManagedBy = ptr("example.com/other") }
	for _, c := range []struct {
		name     string
		job      []func(*batchv1.Job)
		pods     []Change
		failures int
		delay    time.Duration
	}{
		{"suspended and resumed, then one fails", nil,
			slices.Concat(gone(stoppedItself(1, 143, 20*time.Second)), gone(stoppedItself(2, 137, 20*time.Second)), fails), 1, 10 * time.Second},
		{"its end with 0 is no success", nil, slices.Concat(fails, stoppedItself(1, 0, 4*time.Second)), 1, 10 * time.Second},
		{"deleted by hand", nil, stoppedByOther(1, 143, 5*time.Second), 1, 10 * time.Second},
		{"deleted by hand, and ends with 0 when it has been counted", nil,
			slices.Concat(fails, stoppedByOther(1, 0, 4*time.Second)), 2, 20 * time.Second},
		{"deleted by hand, and succeeds before it is counted", nil,
			versions(1, as(), as(deletedFor(5*time.Second)), as(deletedFor(5*time.Second), ended(0, 4*time.Second))), 0, 0},
		{"deleted by hand, and not yet ended, with podReplacementPolicy Failed", jobWith(onlyFailed),
			versions(1, as(), as(deletedFor(5*time.Second))), 0, 0},
		{"first seen when it is being deleted, and the count knows it", nil,
			versions(1, as(letGo, deletedFor(5*time.Second)), as(letGo, deletedFor(5*time.Second), ended(143, 4*time.Second))), 1, 10 * time.Second},
		{"first seen when it is being deleted, and the count does not", jobWith(func(j *batchv1.Job) { j.Status.Failed = 0 }),
			versions(1, as(letGo, deletedFor(5*time.Second)), as(letGo, deletedFor(5*time.Second), ended(143, 4*time.Second))), 0, 0},
		{"first seen when the Job fails", jobWith(with(batchv1.JobFailureTarget, "DeadlineExceeded")),
			versions(1, as(letGo, deletedFor(5*time.Second)), as(letGo, deletedFor(5*time.Second), ended(143, 4*time.Second))), 1, 0},
		{"another controller's pods have no finalizer", jobWith(elsewhere), versions(1, as(letGo), as(letGo, ended(1, time.Second))), 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Snapshot
			got := apply(&s, append([]Change{{Job: aJob(append(jobWith(three(1)), c.job...)...)}}, c.pods...)...)
			n := 0
			for _, f := range got.Failures {
				n += f.Count
			}
			if n != c.failures {
				t.Errorf("%d failures, want %d: %+v", n, c.failures, got.Failures)
			}
			delay := time.Duration(0)
			if got.Retry != nil {
				delay = got.Retry.Delay
			}
			if delay != c.delay {
				t.Errorf("the back-off is %s, want %s", delay, c.delay)
			}
		})
	}
}

// jobWith are edits of the Job.
func jobWith(edits ...func(*batchv1.Job)) []func(*batchv1.Job) { return edits }

// TestIndexesOfStoppedPods: an index whose pod the controller stopped is not tried again when it runs again.
func TestIndexesOfStoppedPods(t *testing.T) {
	job := aJob(func(j *batchv1.Job) {
		j.Spec.CompletionMode, j.Spec.BackoffLimitPerIndex = ptr(batchv1.IndexedCompletion), ptr(int32(2))
		j.Spec.Completions, j.Spec.Parallelism = ptr(int32(3)), ptr(int32(3))
	})
	other := stoppedByOther(3, 0, 10*time.Second)
	for _, c := range other {
		at(2)(c.Pod)
	}
	var s Snapshot
	got := apply(&s, slices.Concat([]Change{{Job: job}}, gone(stoppedItself(1, 143, 20*time.Second, at(0))),
		stoppedItself(2, 0, 20*time.Second, at(1)), versions(4, as(at(0))), versions(5, as(at(1))), other)...)
	if ix := got.Indexes; ix.Running.String() != "0,1" || ix.Retrying.String() != "2" {
		t.Errorf("running %s, retrying %s", ix.Running, ix.Retrying)
	}
	if got.Counts.Failed != 1 {
		t.Errorf("%d failed, want the one that was deleted by hand", got.Counts.Failed)
	}
}

// TestPodsThatSuccessStops: those that go because the success policy is met are no failures, those that went before are.
func TestPodsThatSuccessStops(t *testing.T) {
	met := 5 * time.Second // before noon: see with
	job := aJob(func(j *batchv1.Job) {
		j.Spec.CompletionMode, j.Spec.BackoffLimitPerIndex = ptr(batchv1.IndexedCompletion), ptr(int32(2))
		j.Spec.Completions, j.Spec.Parallelism = ptr(int32(6)), ptr(int32(6))
		j.Spec.SuccessPolicy = &batchv1.SuccessPolicy{Rules: []batchv1.SuccessPolicyRule{{SucceededCount: ptr(int32(1))}}}
	}, with(batchv1.JobSuccessCriteriaMet, "SuccessPolicy"))
	pods := slices.Concat(
		stoppedByOther(1, 143, met), stoppedByOther(2, 0, met), stoppedByOther(3, 143, met)[:2],
		stoppedByOther(4, 143, met+time.Second), versions(5, as(ended(3, met))),
		versions(6, as(), as(ended(4, met+time.Second)), as(ended(4, met+time.Second), deletedFor(time.Second))),
	)
	var s Snapshot
	got := apply(&s, append([]Change{{Job: job}}, pods...)...)
	if got.Counts.Failed != 3 || len(got.Failures) != 3 {
		t.Errorf("%d failed, %+v: want those of before, 143, 3 and 4", got.Counts.Failed, got.Failures)
	}
}
