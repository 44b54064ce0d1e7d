package jobstatus

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"
)

// history is what happens to the objects of one Job: per object the versions in their order.
type history [][]Change

// drawHistory makes up a Job's life: the Job's versions, some pods' and some events.
func drawHistory(t *rapid.T) history {
	var h history
	isIndexed := rapid.Bool().Draw(t, "indexed")
	total := rapid.Int32Range(0, 6).Draw(t, "completions")
	var jobs []Change
	for v := range rapid.IntRange(1, 4).Draw(t, "versions") {
		jobs = append(jobs, Change{Job: drawJob(t, v, isIndexed, total)})
	}
	if rapid.Bool().Draw(t, "deleted") {
		jobs = append(jobs, Change{JobDeleted: jobs[len(jobs)-1].Job})
	}
	h = append(h, jobs)
	for n := range rapid.IntRange(0, 8).Draw(t, "pods") {
		h = append(h, drawPod(t, n, isIndexed))
	}
	for n := range rapid.IntRange(0, 4).Draw(t, "events") {
		about := rapid.SampledFrom([]string{"job-1", "pod-0", "pod-1", "job-2"}).Draw(t, "about")
		reason := rapid.SampledFrom([]string{"FailedCreate", "SuccessfulCreate", "FailedMount"}).Draw(t, "reason")
		ago := time.Duration(rapid.IntRange(0, 60).Draw(t, "ago")) * time.Second
		e := anEvent(fmt.Sprintf("e%d", n), reason, "job-1", ago)
		e.InvolvedObject.UID = batchUID(about)
		if about[0] == 'p' {
			e.InvolvedObject.Kind = "Pod"
		}
		h = append(h, []Change{{Event: e}})
	}
	return h
}

func drawJob(t *rapid.T, version int, isIndexed bool, total int32) *batchv1.Job {
	return aJob(func(j *batchv1.Job) {
		j.ResourceVersion = fmt.Sprint(100 + 10*version)
		j.Spec.Parallelism = ptr(rapid.Int32Range(0, 4).Draw(t, "parallelism"))
		j.Spec.Completions = &total
		if isIndexed {
			j.Spec.CompletionMode = ptr(batchv1.IndexedCompletion)
			j.Status.CompletedIndexes = rapid.SampledFrom([]string{"", "0", "0,1", "1-3", "9", "x"}).Draw(t, "completed")
			if rapid.Bool().Draw(t, "perIndex") {
				j.Spec.BackoffLimitPerIndex = ptr(int32(1))
				j.Status.FailedIndexes = ptr(rapid.SampledFrom([]string{"", "2", "0-5"}).Draw(t, "failed"))
			}
		} else if rapid.Bool().Draw(t, "queue") {
			j.Spec.Completions = nil
		}
		j.Status.Active = rapid.Int32Range(0, 4).Draw(t, "active")
		j.Status.Succeeded = rapid.Int32Range(0, 6).Draw(t, "succeeded")
		j.Status.Failed = rapid.Int32Range(0, 9).Draw(t, "failures")
		j.Spec.Suspend = ptr(rapid.Bool().Draw(t, "suspend"))
		kind := rapid.SampledFrom([]batchv1.JobConditionType{
			"", "", "", batchv1.JobComplete, batchv1.JobFailed, batchv1.JobSuspended, batchv1.JobFailureTarget, batchv1.JobSuccessCriteriaMet,
		}).Draw(t, "condition")
		if kind != "" {
			with(kind, "Reason")(j)
		}
	})
}

func drawPod(t *rapid.T, n int, isIndexed bool) []Change {
	edits := []func(*corev1.Pod){func(*corev1.Pod) {}}
	if isIndexed {
		edits[0] = at(rapid.IntRange(0, 6).Draw(t, "index"))
	}
	var out []Change
	for v := range rapid.IntRange(1, 3).Draw(t, "podVersions") {
		what := rapid.SampledFrom([]func(*corev1.Pod){
			func(*corev1.Pod) {}, ended(0, 3*time.Second), ended(1, 2*time.Second), waiting("ImagePullBackOff"), deletedPod,
		}).Draw(t, "phase")
		p := aPod(n, append(slices.Clone(edits), what)...)
		p.ResourceVersion = fmt.Sprint(100 + 10*v)
		if rapid.Bool().Draw(t, "counted") {
			p.Finalizers = nil
		}
		out = append(out, Change{Pod: p})
	}
	if rapid.IntRange(0, 3).Draw(t, "gone") == 0 {
		out = append(out, Change{PodDeleted: out[len(out)-1].Pod})
	}
	return out
}

func deletedPod(p *corev1.Pod) { p.DeletionTimestamp = ptr(ago(4 * time.Second)) }

// inOrder draws an order that keeps each object's versions in theirs.
func (h history) inOrder(t *rapid.T) []Change {
	var out []Change
	left := slices.Clone(h)
	for len(left) > 0 {
		i := rapid.IntRange(0, len(left)-1).Draw(t, "next")
		out = append(out, left[i][0])
		if left[i] = left[i][1:]; len(left[i]) == 0 {
			left = slices.Delete(left, i, i+1)
		}
	}
	return out
}

func TestApplyDoesNotDependOnTheOrderAcrossObjects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		var want string
		for n := range 3 {
			var s Snapshot
			for _, c := range h.inOrder(t) {
				s.Apply(c)
				if n == 1 {
					s.Apply(c) // twice is as good as once (W9)
				}
				if n == 2 {
					Compute(s, noon()) // and looking changes nothing
				}
			}
			got := asJSON(t, Compute(s, noon()))
			if n == 0 {
				want = got
			} else if got != want {
				t.Fatalf("in another order:\n%s\nfirst:\n%s", got, want)
			}
		}
	})
}

func asJSON(t *rapid.T, s Status) string {
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestStatusesHoldTogetherAndVerdictsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Snapshot
		var end Outcome
		for _, c := range drawHistory(t).inOrder(t) {
			s.Apply(c)
			st := Compute(s, noon())
			if problem := contradiction(st); problem != "" {
				t.Fatal(problem)
			}
			if (end == Succeeded || end == FailedOutcome) && st.Outcome != end {
				t.Fatalf("it was %s and is %q", end, st.Outcome)
			}
			end = st.Outcome
		}
	})
}

// TestDiffLosesNothing: however seldom one looks, each pod that ended in success or failure is told of once.
func TestDiffLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Snapshot
		s.Apply(Change{Job: aJob(), Synced: true})
		prev := Compute(s, noon())
		told := map[string]int{}
		for _, c := range drawHistory(t)[1:].inOrder(t) {
			s.Apply(c)
			if rapid.Bool().Draw(t, "look") {
				next := Compute(s, noon())
				tell(t, told, prev, next)
				prev = next
			}
		}
		last := Compute(s, noon())
		tell(t, told, prev, last)
		for _, p := range append(slices.Clone(last.Pods), last.Departed...) {
			ends := told[p.Name+string(PodDidSucceed)] + told[p.Name+string(PodDidFail)]
			if (p.Phase == PodSucceeded || p.Phase == PodFailed) && ends == 0 {
				t.Fatalf("pod %s ended %s and nobody was told", p.Name, p.Phase)
			}
			if told[p.Name+string(PodCreated)] != 1 {
				t.Fatalf("pod %s: told %d times that it was created", p.Name, told[p.Name+string(PodCreated)])
			}
		}
		for _, p := range last.Departed {
			if told[p.Name+string(PodDeleted)] != 1 {
				t.Fatalf("pod %s: told %d times that it was deleted", p.Name, told[p.Name+string(PodDeleted)])
			}
		}
	})
}

func tell(t *rapid.T, told map[string]int, prev, next Status) {
	for _, tr := range Diff(prev, next) {
		if tr.Message == "" || tr.At.IsZero() || tr.At.After(next.AsOf) {
			t.Fatalf("transition %+v", tr)
		}
		told[tr.Subject.Name+string(tr.Kind)]++
	}
	if again := Diff(next, next); len(again) != 0 {
		t.Fatalf("nothing happened, yet %+v", again)
	}
}
