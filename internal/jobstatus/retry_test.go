package jobstatus

import (
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// perIndex is an Indexed Job of four with a limit of retries per index.
func perIndex(limit int32, edits ...func(*batchv1.Job)) *batchv1.Job {
	return aJob(append(jobWith(func(j *batchv1.Job) {
		j.Spec.CompletionMode, j.Spec.BackoffLimitPerIndex = ptr(batchv1.IndexedCompletion), ptr(limit)
		j.Spec.Completions, j.Spec.Parallelism = ptr(int32(4)), ptr(int32(4))
	}), edits...)...)
}

// before gives a pod of an index the failures that went before it.
func before(counted, ignored int) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Annotations[batchv1.JobIndexFailureCountAnnotation] = strconv.Itoa(counted)
		if ignored > 0 {
			p.Annotations[batchv1.JobIndexIgnoredFailureCountAnnotation] = strconv.Itoa(ignored)
		}
	}
}

func disrupted(p *corev1.Pod) {
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue})
}

func policy(rules ...batchv1.PodFailurePolicyRule) func(*batchv1.Job) {
	return func(j *batchv1.Job) { j.Spec.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: rules} }
}

func onExit(action batchv1.PodFailurePolicyAction, operator batchv1.PodFailurePolicyOnExitCodesOperator, codes ...int32) batchv1.PodFailurePolicyRule {
	return batchv1.PodFailurePolicyRule{Action: action, OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
		ContainerName: ptr("main"), Operator: operator, Values: codes,
	}}
}

// TestWhichAttemptIsNext: a retry beyond what is allowed is none, ignored failures take none, and no number wraps.
func TestWhichAttemptIsNext(t *testing.T) {
	ignore := batchv1.PodFailurePolicyRule{Action: batchv1.PodFailurePolicyActionIgnore, OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{
		{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue},
	}}
	unlimited := func(j *batchv1.Job) { j.Spec.BackoffLimit, j.Status.Failed = ptr(int32(math.MaxInt32)), 1 }
	fails := func(edits ...func(*corev1.Pod)) *corev1.Pod {
		return aPod(1, append(as(ended(3, time.Second)), edits...)...)
	}
	for _, c := range []struct {
		name        string
		job         *batchv1.Job
		pod         *corev1.Pod
		attempt, of int32
	}{
		{"no limit", aJob(unlimited), fails(), 2, math.MaxInt32},
		{"no limit per index", perIndex(math.MaxInt32), fails(at(0), before(0, 0)), 2, math.MaxInt32},
		{"as many failures as can be", perIndex(math.MaxInt32), fails(at(0), before(math.MaxInt32, math.MaxInt32)), math.MaxInt32, math.MaxInt32},
		{"the first failure", perIndex(1), fails(at(0), before(0, 0)), 2, 2},
		{"the last that is allowed has failed", perIndex(1), fails(at(0), before(1, 0)), 0, 0},
		{"the second is ignored", perIndex(1, policy(ignore)), fails(at(0), before(0, 1), disrupted), 3, 4},
		{"a failure after one that was ignored", perIndex(1, policy(ignore)), fails(at(0), before(0, 1)), 3, 3},
		{"the last that is allowed is ignored", perIndex(1, policy(ignore)), fails(at(0), before(1, 0), disrupted), 3, 3},
		{"the code is ignored", perIndex(1, policy(onExit("Ignore", "In", 3))), fails(at(0), before(0, 0)), 2, 3},
		{"all other codes are", perIndex(1, policy(onExit("Ignore", "NotIn", 3))), fails(at(0), before(0, 0)), 2, 2},
		{"the first rule decides", perIndex(1, policy(onExit("Count", "In", 3), onExit("Ignore", "In", 3))), fails(at(0), before(0, 0)), 2, 2},
		{"the policy fails the index", perIndex(1, policy(onExit("FailIndex", "In", 3))), fails(at(0), before(0, 0)), 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Snapshot
			got := Retry{}
			if r := apply(&s, Change{Job: c.job}, Change{Pod: c.pod}).Retry; r != nil {
				got = *r
			}
			if got.Attempt != c.attempt || got.Of != c.of {
				t.Errorf("attempt %d of %d, want %d of %d", got.Attempt, got.Of, c.attempt, c.of)
			}
		})
	}
}

// TestEachClockIsToldOnce: not again when another one, which was sooner, has passed.
func TestEachClockIsToldOnce(t *testing.T) {
	index := func(n, index, failures int, d time.Duration) Change {
		return Change{Pod: aPod(n, ended(1, d), at(index), before(failures, 0))}
	}
	var s Snapshot
	var told []string
	prev := apply(&s, Change{Job: perIndex(9)}, Change{Synced: true})
	look := func(at time.Duration, changes ...Change) {
		for _, c := range changes {
			s.Apply(c)
		}
		next := Compute(s, noon().Add(at))
		for _, tr := range Diff(prev, next) {
			if tr.Kind == RetryScheduled {
				told = append(told, tr.Message)
			}
		}
		prev = next
	}
	look(0, index(1, 0, 4, 0), index(2, 1, 0, 0))
	look(11*time.Second, Change{Pod: aPod(3, at(1))}) // the clock of index 1 has passed
	look(12*time.Second, index(4, 2, 1, -12*time.Second))
	look(30*time.Second, Change{Job: perIndex(9, func(j *batchv1.Job) { j.ResourceVersion, j.Status.Active = "200", 4 })}) // no pod is wanted
	look(40 * time.Second)
	want := []string{"index 1 is tried again in 10s, attempt 2 of 10", "index 2 is tried again in 20s, attempt 3 of 10"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestTheClockOfADeletedPod: the controller counts a back-off from the deletion, as it saw the pod then, and goes on to do
// so when the kubelet has ended the pod; that of an index it reads off the pod each time.
func TestTheClockOfADeletedPod(t *testing.T) {
	unready := func(p *corev1.Pod) {
		p.Status.Conditions[1].Status, p.Status.Conditions[1].LastTransitionTime = corev1.ConditionFalse, ago(8*time.Second)
	}
	one := func(j *batchv1.Job) { j.Status.Failed = 1 }
	later := ended(137, -20*time.Second)
	deleted := deletedFor(5 * time.Second)
	for _, c := range []struct {
		name string
		job  *batchv1.Job
		pods []Change
		want time.Duration // from noon
	}{
		{"it is being deleted", aJob(one), versions(1, as(), as(deleted)), 5 * time.Second},
		{"it was not ready before", aJob(one), versions(1, as(unready), as(unready, deleted)), 2 * time.Second},
		{"it has ended since", aJob(one), versions(1, as(), as(deleted), as(letGo, deleted), as(later, letGo, deleted)), 5 * time.Second},
		{"it is seen only when it has lost its finalizer", aJob(one), versions(1, as(letGo, deleted), as(later, letGo, deleted)), 5 * time.Second},
		{"it fails by itself, and is written again", aJob(one), versions(1, as(ended(1, 4*time.Second)), as(ended(1, 3*time.Second))), 6 * time.Second},
		{"only its end counts", aJob(one, func(j *batchv1.Job) { j.Spec.PodReplacementPolicy = ptr(batchv1.Failed) }),
			versions(1, as(), as(deleted), as(ended(1, 2*time.Second), deleted)), 8 * time.Second},
		{"of an index", perIndex(3), versions(1, as(at(0)), as(at(0), deleted)), 5 * time.Second},
		{"of an index, not ready before", perIndex(3), versions(1, as(at(0)), as(at(0), unready, deleted)), 2 * time.Second},
		{"of an index, ended since", perIndex(3), versions(1, as(at(0), deleted), as(at(0), deleted, ended(1, 2*time.Second))), 8 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Snapshot
			got := apply(&s, append([]Change{{Job: c.job}}, c.pods...)...).Retry
			if got == nil || got.At.Sub(noon()) != c.want {
				t.Errorf("%+v, want %s from now", got, c.want)
			}
		})
	}
}

// TestABackOffWhoseFailedPodsAreGone: it is not over because nobody can tell since when it lasts, and failures that were
// counted make it longer.
func TestABackOffWhoseFailedPodsAreGone(t *testing.T) {
	counts := func(succeeded, failed int32) func(*batchv1.Job) {
		return func(j *batchv1.Job) {
			j.Spec.Completions, j.Status.Succeeded, j.Status.Failed = ptr(int32(5)), succeeded, failed
		}
	}
	fails := func(d time.Duration) []Change { return versions(1, as(ended(1, d), letGo)) }
	const waits, over = "pods failed and none is active: the controller waits before the next", "the wait is over; the controller is about to create the next pod"
	for _, c := range []struct {
		name    string
		job     *batchv1.Job
		pods    []Change
		delay   time.Duration
		message string
	}{
		{"all are gone", aJob(counts(0, 3)), nil, 0, waits},
		{"one is left", aJob(counts(0, 3)), fails(time.Second), 40 * time.Second, "the next pod is tried again at 12:00:39Z, attempt 4 of 7"},
		{"one is left, and the wait is over", aJob(counts(0, 3)), fails(50 * time.Second), 0, over},
		{"a success in between may have reset the count", aJob(counts(1, 3)), fails(time.Second), 10 * time.Second,
			"the next pod is tried again at 12:00:09Z, attempt 4 of 7"},
		{"a success that is not counted yet", aJob(counts(0, 3)), slices.Concat(versions(2, as(ended(0, 3*time.Second))), fails(time.Second)), 10 * time.Second,
			"the next pod is tried again at 12:00:09Z, attempt 4 of 7"},
		{"an index's is over", perIndex(3, func(j *batchv1.Job) { j.Status.Failed = 1 }), versions(1, as(at(0), ended(1, 50*time.Second))), 0, over},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Snapshot
			got := apply(&s, append([]Change{{Job: c.job}, {Synced: true}}, c.pods...)...)
			delay := time.Duration(0)
			if got.Retry != nil {
				delay = got.Retry.Delay
			}
			if delay != c.delay || got.State != BackingOff || got.Message != c.message {
				t.Errorf("%s: %s, back-off %s, want %s, %s", got.State, got.Message, delay, c.message, c.delay)
			}
		})
	}
}
