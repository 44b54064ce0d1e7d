package jobstatus

import (
	"strconv"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// TestPodsThatCannotBeCreated: a pod that is there proves that one could be created, whether or not an event tells.
func TestPodsThatCannotBeCreated(t *testing.T) {
	job := aJob(func(j *batchv1.Job) { j.Spec.Completions, j.Spec.Parallelism = ptr(int32(3)), ptr(int32(3)) })
	event := func(uid, reason string, first, last time.Duration, version int) Change {
		e := anEvent(uid, reason, "job-1", first)
		e.LastTimestamp, e.ResourceVersion = ago(last), strconv.Itoa(version)
		return Change{Event: e}
	}
	refused := func(first, last time.Duration, version int) Change {
		return event("e1", "FailedCreate", first, last, version)
	}
	created := func(d time.Duration, edit ...func(*corev1.Pod)) Change {
		return Change{Pod: aPod(1, append(as(func(p *corev1.Pod) { p.CreationTimestamp = ago(d) }), edit...)...)}
	}
	const none = -1
	for _, c := range []struct {
		name    string
		changes []Change
		want    time.Duration // since when, before noon
	}{
		{"none was ever created", []Change{refused(40*time.Second, 10*time.Second, 201)}, 40 * time.Second},
		{"one has been created since", []Change{refused(40*time.Second, 30*time.Second, 201), created(20 * time.Second)}, none},
		{"one that is done", []Change{refused(40*time.Second, 30*time.Second, 201), created(20*time.Second, ended(0, time.Second), letGo)}, none},
		{"one that is gone", gone([]Change{refused(40*time.Second, 30*time.Second, 201), created(20*time.Second, ended(1, time.Second))}), none},
		{"an event says that one was", []Change{refused(40*time.Second, 30*time.Second, 201), event("e2", "SuccessfulCreate", 20*time.Second, 20*time.Second, 202)}, none},
		{"one was created in between", []Change{refused(40*time.Second, 10*time.Second, 201), created(20 * time.Second)}, 10 * time.Second},
		{"an event says so", []Change{refused(40*time.Second, 10*time.Second, 201), event("e2", "SuccessfulCreate", 20*time.Second, 20*time.Second, 202)}, 10 * time.Second},
		{"refused twice since", []Change{refused(40*time.Second, 15*time.Second, 201), refused(40*time.Second, 10*time.Second, 202), created(20 * time.Second)}, 15 * time.Second},
		{"another event each time", []Change{
			refused(40*time.Second, 40*time.Second, 201), event("e3", "FailedCreate", 30*time.Second, 30*time.Second, 202),
			event("e4", "FailedCreate", 5*time.Second, 5*time.Second, 203),
		}, 40 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Snapshot
			got := apply(&s, append([]Change{{Job: job}}, c.changes...)...)
			since := time.Duration(none)
			if got.Obstacle != nil {
				since = noon().Sub(got.Obstacle.Since)
			}
			if since != c.want {
				t.Errorf("since %s, want %s: %+v", since, c.want, got.Obstacle)
			}
		})
	}
}

// TestRefusalsAreBounded: the newest stay.
func TestRefusalsAreBounded(t *testing.T) {
	var s Snapshot
	s.Apply(Change{Job: aJob()})
	for i := range 3 * maxRefusals {
		e := anEvent("e1", failedCreate, "job-1", time.Hour)
		e.LastTimestamp, e.ResourceVersion = ago(time.Duration(3*maxRefusals-i)*time.Second), strconv.Itoa(300+i)
		s.Apply(Change{Event: e})
	}
	if n := len(s.memo.refusals); n != maxRefusals || !s.memo.refusals[n-1].Equal(noon().Add(-time.Second)) {
		t.Errorf("%d refusals are remembered, the last at %s", n, s.memo.refusals[n-1])
	}
}
