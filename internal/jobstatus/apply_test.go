package jobstatus

import (
	"reflect"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

func apply(s *Snapshot, changes ...Change) Status {
	for _, c := range changes {
		s.Apply(c)
	}
	return Compute(*s, noon())
}

func TestW11AnotherUIDIsAnotherJob(t *testing.T) {
	twin := aJob(func(j *batchv1.Job) {
		j.UID, j.CreationTimestamp = "job-2", ago(time.Second)
		newer(&j.ObjectMeta)
	}, with(batchv1.JobComplete, "CompletionsReached"))
	its := aPod(7, func(p *corev1.Pod) { p.OwnerReferences[0].UID = "job-2" })
	var s Snapshot
	got := apply(&s, Change{Job: aJob()}, Change{Pod: aPod(1)}, Change{Job: twin}, Change{Pod: its})
	if got.State != Replaced || got.Outcome != ReplacedByTwin || got.UID != "job-1" {
		t.Errorf("state %s, outcome %s, UID %s: a stranger's success was taken for ours", got.State, got.Outcome, got.UID)
	}
	if len(got.Pods) != 1 || got.Pods[0].Name != "work-1" {
		t.Errorf("pods %v", got.Pods)
	}
	if by := s.ReplacedBy; by == nil || by.UID != "job-2" {
		t.Errorf("replaced by %v", by)
	}
}

func TestW11APredecessorTookNothing(t *testing.T) {
	old := aJob(func(j *batchv1.Job) { j.UID, j.CreationTimestamp = "job-0", ago(time.Hour) })
	var s Snapshot
	if got := apply(&s, Change{Job: aJob()}, Change{Job: old}, Change{JobDeleted: old}); got.State == Replaced || got.State == Gone {
		t.Errorf("state %s: an older Job of the name is not its successor", got.State)
	}
}

func TestW12AVerdictStays(t *testing.T) {
	for _, tt := range []struct {
		name    string
		changes []Change
		want    State
	}{
		{"the deleted object carries it", []Change{{Job: aJob()}, {JobDeleted: finished()}}, Complete},
		{"deleted after it", []Change{{Job: finished()}, {JobDeleted: finished()}}, Complete},
		{"the deleted object is an older one", []Change{{Job: finished()}, {JobDeleted: aJob()}}, Complete},
		{"recreated after it", []Change{{Job: finished()}, {Job: aJob(func(j *batchv1.Job) { j.UID = "job-2" })}}, Complete},
		{"an older version comes late", []Change{{Job: finished()}, {Job: aJob()}}, Complete},
		{"a newer version without it", []Change{{Job: finished()}, {Job: aJob(func(j *batchv1.Job) { j.ResourceVersion = "9999" })}}, Complete},
		{"deleted before it", []Change{{Job: aJob()}, {JobDeleted: aJob()}}, Gone},
		{"deleted, then recreated", []Change{{Job: aJob()}, {JobDeleted: aJob()}, {Job: aJob(func(j *batchv1.Job) { j.UID = "job-2" })}}, Replaced},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s Snapshot
			if got := apply(&s, tt.changes...); got.State != tt.want {
				t.Errorf("state %s, want %s", got.State, tt.want)
			}
		})
	}
}

func finished() *batchv1.Job {
	return aJob(with(batchv1.JobComplete, "CompletionsReached"), func(j *batchv1.Job) {
		newer(&j.ObjectMeta)
		done := ago(5 * time.Second)
		j.Status.CompletionTime, j.Status.Succeeded = &done, 1
	})
}

func TestApplyPods(t *testing.T) {
	deleted := aPod(1, ended(0, time.Second))
	newer(&deleted.ObjectMeta)
	var s Snapshot
	got := apply(&s, Change{Job: aJob()}, Change{Pod: aPod(1)}, Change{PodDeleted: deleted}, Change{Pod: aPod(1)})
	if len(got.Pods) != 0 || len(got.Departed) != 1 || got.Departed[0].Phase != PodSucceeded {
		t.Errorf("a deleted pod came back: %v, departed %v", got.Pods, got.Departed)
	}
	var late Snapshot
	if got := apply(&late, Change{Job: aJob()}, Change{Pod: deleted}, Change{Pod: aPod(1)}); got.Pods[0].Phase != PodSucceeded {
		t.Errorf("an older version won: %s", got.Pods[0].Phase)
	}
	var orphan Snapshot
	stray := aPod(1, func(p *corev1.Pod) { p.OwnerReferences = nil })
	if got := apply(&orphan, Change{Job: aJob()}, Change{Pod: stray}, Change{PodDeleted: stray}); len(got.Pods)+len(got.Departed) != 0 {
		t.Error("a pod without an owner was taken in")
	}
}

// TestADeletionThatNobodySaw: the feed knows name, UID and version then, and the rest is as it was last.
func TestADeletionThatNobodySaw(t *testing.T) {
	failed := aPod(1, ended(3, time.Second))
	ghost := &corev1.Pod{}
	ghost.Name, ghost.UID, ghost.ResourceVersion = failed.Name, failed.UID, failed.ResourceVersion
	var s Snapshot
	got := apply(&s, Change{Job: aJob()}, Change{Pod: failed}, Change{PodDeleted: ghost})
	if len(got.Departed) != 1 || got.Departed[0].Exit == nil || got.Departed[0].Exit.Code != 3 || len(got.Failures) != 1 {
		t.Errorf("departed %+v, failures %v", got.Departed, got.Failures)
	}
}

// TestStatusesDoNotChange: a status that has been given away stays as it is, whatever comes.
func TestStatusesDoNotChange(t *testing.T) {
	var s Snapshot
	before := apply(&s, Change{Job: aJob()}, Change{Pod: aPod(2)})
	was := *before.Pods[0]
	earlier := aPod(1, func(p *corev1.Pod) { p.CreationTimestamp = ago(time.Hour) })
	failed := aPod(2, ended(1, time.Second))
	newer(&failed.ObjectMeta)
	after := apply(&s, Change{Pod: earlier}, Change{Pod: failed}, Change{Event: anEvent("e", "FailedMount", "pod-2", 0)})
	if !reflect.DeepEqual(*before.Pods[0], was) || after.Pods[1].Attempt != 2 || after.Pods[1].Phase != PodFailed {
		t.Errorf("it was %+v and is %+v; now %+v", was, *before.Pods[0], *after.Pods[1])
	}
}

func TestApplyEvents(t *testing.T) {
	ours, podEvent := anEvent("e1", "FailedCreate", "job-1", time.Second), anEvent("e2", "FailedMount", "pod-1", time.Second)
	theirs := anEvent("e3", "FailedCreate", "job-2", time.Second)
	var s Snapshot
	got := apply(&s, Change{Event: ours}, Change{Event: podEvent}, Change{Event: theirs}, Change{Job: aJob()}, Change{Pod: aPod(1)})
	if len(got.Events) != 2 {
		t.Errorf("events %v, want that of the Job and that of its pod", got.Events)
	}
	again := ours.DeepCopy()
	again.ResourceVersion, again.Count, again.LastTimestamp = "300", 4, ago(0)
	got = apply(&s, Change{Event: again}, Change{Event: ours})
	if len(got.Events) != 2 || got.Events[1].Count != 4 {
		t.Errorf("events %+v, want the newer version", got.Events)
	}
}

func TestEventsAreBounded(t *testing.T) {
	var s Snapshot
	s.Apply(Change{Job: aJob()})
	for i := range 5 * maxEvents {
		e := anEvent("e", "SuccessfulCreate", "job-1", time.Duration(5*maxEvents-i)*time.Second)
		e.UID = types.UID(rune(i + 1))
		s.Apply(Change{Event: e})
	}
	if n := len(s.Events); n > maxEvents*5/4 {
		t.Errorf("%d events are kept", n)
	}
	if !LastSeen(s.memo.events0(&s)).Equal(noon().Add(-time.Second)) {
		t.Error("the newest event was dropped")
	}
}

// events0 is the newest event.
func (m *memo) events0(s *Snapshot) *corev1.Event {
	var newest *corev1.Event
	for _, e := range s.Events {
		if newest == nil || compareEvents(newest, e) < 0 {
			newest = e
		}
	}
	return newest
}

func TestUnavailable(t *testing.T) {
	var s Snapshot
	got := apply(&s, Change{Job: aJob()}, Change{Unavailable: &Unavailable{PodsPart, "forbidden"}})
	if got.Unavailable[PodsPart] != "forbidden" {
		t.Errorf("unavailable %v", got.Unavailable)
	}
	if got := apply(&s, Change{Unavailable: &Unavailable{Part: PodsPart}}); got.Unavailable != nil {
		t.Errorf("unavailable %v", got.Unavailable)
	}
}

func TestBeforeTheJobIsRead(t *testing.T) {
	var s Snapshot
	if got := apply(&s, Change{Pod: aPod(1)}); got.State != Unknown || got.Outcome != Unfinished {
		t.Errorf("state %s", got.State)
	}
	if got := apply(&s, Change{Synced: true}); got.State != Gone || got.Outcome != Vanished {
		t.Errorf("state %s: everything was read and there is no Job", got.State)
	}
}

// TestComputeWithoutApply: a snapshot that was put together by hand is computed as well.
func TestComputeWithoutApply(t *testing.T) {
	if got := Compute(Snapshot{Job: aJob()}, noon()); got.State != Pending || got.UID != "job-1" {
		t.Errorf("state %s of %q", got.State, got.UID)
	}
}

func TestStale(t *testing.T) {
	for _, tt := range []struct {
		known, next string
		want        bool
	}{{"5", "6", false}, {"5", "5", true}, {"10", "9", true}, {"", "1", false}, {"x", "y", false}} {
		if got := stale(tt.known, tt.next); got != tt.want {
			t.Errorf("stale(%q, %q) = %v", tt.known, tt.next, got)
		}
	}
}
