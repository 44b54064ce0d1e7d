package cluster

import (
	"slices"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// relabelled is a Job that the selection of the tests holds no more.
func relabelled(uid string, succeeded int32, conditions ...batchv1.JobConditionType) *batchv1.Job {
	job := chosen(uid, succeeded, conditions...)
	job.Labels = map[string]string{"app": "b"}
	return job
}

// The server tells of a Job that loses its label as of one that is deleted.
func TestAJobThatLeavesTheSelectionIsFollowedOn(t *testing.T) {
	inCrowd(t, nil, func(l *lab) {
		before := l.feed.count()
		l.api.Put(relabelled("u", 0))
		l.wait(time.Second)
		l.expect(before, "u: job u 0")
		before = l.feed.count()
		l.api.Put(aPod("u", "u-a", corev1.PodRunning))
		l.api.Put(relabelled("u", 1))
		l.wait(time.Second)
		l.expectSorted(before, "u: job u 1", "u: pod u-a Running")
		before = l.feed.count()
		l.api.Put(chosen("u", 2)) // it comes back: two watches tell of it
		l.api.Put(chosen("u", 3))
		l.wait(time.Second)
		if got := l.feed.since(before); !slices.IsSorted(got) || got[len(got)-1] != "u: job u 3" {
			t.Errorf("emitted %q", got)
		}
		before = l.feed.count()
		l.api.Put(relabelled("u", 4, batchv1.JobComplete))
		l.api.Delete(relabelled("u", 4))
		l.wait(time.Second)
		l.expect(before, "u: job u 4 Complete", "u: gone u 4 Complete")
	})
}

func TestJobsThatAreDeletedOutOfASelectionAreTold(t *testing.T) {
	names := []string{"v", "w", "x", "y"}
	prepare := func(l *lab) {
		for _, uid := range names {
			l.api.Put(chosen(uid, 0))
		}
	}
	inCrowd(t, prepare, func(l *lab) {
		before, asked := l.feed.count(), len(l.api.Requests())
		var want []string
		for _, uid := range names {
			l.api.Delete(chosen(uid, 0))
			want = append(want, uid+": gone "+uid+" 0")
		}
		l.wait(time.Second)
		l.expectSorted(before, want...)
		if n := len(l.api.Requests()) - asked; n > len(names) {
			t.Errorf("%d requests: %v", n, l.api.Requests()[asked:])
		}
	})
}

// While the server is away it is not known what a deletion meant.
func TestAJobThatLeavesTheSelectionDuringAnOutage(t *testing.T) {
	prepare := func(l *lab) {
		l.api.Put(chosen("v", 0))
		l.api.Put(chosen("w", 0))
	}
	inCrowd(t, prepare, func(l *lab) {
		before := l.feed.count()
		if err := l.proxy.Down(); err != nil {
			t.Fatal(err)
		}
		l.api.Put(relabelled("u", 3))
		l.api.Delete(chosen("v", 0))
		l.api.Delete(chosen("w", 0))
		twin := relabelled("w", 7) // outside the selection
		twin.UID = types.UID("w2")
		l.api.Put(twin)
		l.api.Forget()
		l.wait(5 * time.Second)
		if err := l.proxy.Up(); err != nil {
			t.Fatal(err)
		}
		l.wait(time.Second)
		l.expectSorted(before, "u: job u 3", "v: gone v 0", "w: gone w 0")
	})
}

// Who may not read Jobs any more is told what the watch said, and the rest goes on.
func TestAJobThatLeavesTheSelectionAndMayNotBeRead(t *testing.T) {
	inCrowd(t, nil, func(l *lab) {
		before := l.feed.count()
		l.api.Deny(func(verb, resource string) bool { return resource == "jobs" })
		l.api.Put(relabelled("u", 0))
		l.wait(deniedGrace / 2)
		l.expect(before)
		l.wait(deniedGrace)
		l.expect(before, "u: gone u 0")
	})
}

func TestMayLose(t *testing.T) {
	for _, c := range []struct {
		s    Selection
		want bool
	}{
		{Selection{}, false},
		{Selection{Labels: labels.Everything()}, false},
		{Selection{Labels: labels.SelectorFromSet(labels.Set{"app": "a"})}, true},
		{Named(ns, "x"), false},
		{Selection{Fields: fields.OneTermEqualSelector("status.successful", "0")}, true},
	} {
		if got := mayLose(c.s); got != c.want {
			t.Errorf("%+v: %v", c.s, got)
		}
	}
}
