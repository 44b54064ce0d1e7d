package cluster

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// chosen is a Job of the selection that the tests follow: called by its UID, unless a test gives it another name.
func chosen(uid string, succeeded int32, conditions ...batchv1.JobConditionType) *batchv1.Job {
	job := aJob(uid, succeeded, conditions...)
	job.Name, job.Labels = uid, map[string]string{"app": "a"}
	return job
}

// inCrowd runs a test in a lab whose Jobs with the label app=a are followed: u, and what prepare puts there.
func inCrowd(t *testing.T, prepare, test func(*lab)) {
	t.Helper()
	inLab(t, FollowOptions{}, nil, func(l *lab) {
		l.feed.stop()
		l.api.Delete(aJob("u", 0))
		l.api.Put(chosen("u", 0))
		if prepare != nil {
			prepare(l)
		}
		l.start(func(ctx context.Context, client *Client, r *recorder) error {
			o := everything
			o.Notice = func(text string) { r.add("notice %s", text) }
			s := Selection{Namespace: ns, Labels: labels.SelectorFromSet(labels.Set{"app": "a"})}
			return client.FollowMany(ctx, s, o, func(ref Ref, c jobstatus.Change) {
				r.change(c)
				if ref.UID != "" {
					r.lines[len(r.lines)-1] = string(ref.UID) + ": " + r.lines[len(r.lines)-1]
				}
			})
		})
		l.wait(100 * time.Millisecond)
		test(l)
	})
}

// expectSorted compares what was emitted after the first lines, in any order and without notices.
func (l *lab) expectSorted(after int, want ...string) {
	l.t.Helper()
	got := slices.DeleteFunc(l.feed.since(after), isNotice)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		l.t.Errorf("emitted\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestFollowManyTellsEachJobItsPodsAndEvents(t *testing.T) {
	prepare := func(l *lab) {
		l.api.Put(chosen("v", 2))
		other := chosen("w", 0)
		other.Labels = nil
		l.api.Put(other)
		l.api.Put(aPod("u", "u-a", corev1.PodRunning))
		l.api.Put(aPod("v", "v-a", corev1.PodSucceeded))
		l.api.Put(aPod("w", "w-a", corev1.PodRunning))
		l.api.Put(anEvent("e1", "Job", "v", "v", "SuccessfulCreate"))
		l.api.Put(anEvent("e2", "Pod", "u-a", "u-a-uid", "FailedMount"))
	}
	inCrowd(t, prepare, func(l *lab) {
		l.expectSorted(0, "u: job u 0", "v: job v 2", "u: pod u-a Running", "v: pod v-a Succeeded",
			"v: event v SuccessfulCreate", "u: event u-a FailedMount", "u: synced", "v: synced", "synced")
		if last := l.feed.lines[len(l.feed.lines)-1]; last != "synced" {
			t.Errorf("synced before all was told: %q", l.feed.lines)
		}
	})
}

func TestFollowManyTellsJobsThatComeLaterAndWhatCameBeforeThem(t *testing.T) {
	inCrowd(t, nil, func(l *lab) {
		before := len(l.feed.lines)
		l.api.Put(aPod("v", "v-a", corev1.PodPending)) // its Job comes after it
		l.api.Put(anEvent("e1", "Pod", "v-a", "v-a-uid", "FailedScheduling"))
		l.wait(50 * time.Millisecond)
		l.expect(before)
		l.api.Put(chosen("v", 0))
		l.wait(50 * time.Millisecond)
		l.expect(before, "v: job v 0", "v: pod v-a Pending", "v: event v-a FailedScheduling", "v: synced")
		before = len(l.feed.lines)
		l.api.Delete(aPod("v", "v-a", ""))
		l.wait(50 * time.Millisecond)
		l.expect(before, "v: pod gone v-a")
	})
}

func TestW2OfMany_410TellsWhatChangedMeanwhile(t *testing.T) {
	prepare := func(l *lab) {
		l.api.Put(chosen("v", 0))
		l.api.Put(aPod("u", "u-a", corev1.PodRunning))
	}
	inCrowd(t, prepare, func(l *lab) {
		before := len(l.feed.lines)
		if err := l.proxy.Down(); err != nil {
			t.Fatal(err)
		}
		l.wait(5 * time.Second)
		l.api.Put(chosen("u", 3, batchv1.JobComplete))
		l.api.Delete(chosen("v", 0))
		l.api.Put(chosen("late", 0))
		l.api.Delete(aPod("u", "u-a", ""))
		l.api.Forget()
		if err := l.proxy.Up(); err != nil {
			t.Fatal(err)
		}
		l.wait(time.Second)
		l.expectSorted(before, "u: job u 3 Complete", "v: gone v 0", "late: job late 0", "late: synced", "u: pod gone u-a")
	})
}

func TestW10OfMany_ADeletionThatWasSwallowedIsTold(t *testing.T) {
	prepare := func(l *lab) {
		l.api.Put(chosen("v", 0))
		l.api.Put(aPod("u", "u-a", corev1.PodRunning))
	}
	inCrowd(t, prepare, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Resources: []string{"jobs"}, Fault: faultproxy.Fault{SwallowDeleted: true}})
		l.proxy.DropConnections()
		l.wait(200 * time.Millisecond)
		before := len(l.feed.lines)
		l.api.Delete(chosen("u", 0))
		l.api.Delete(aPod("u", "u-a", "")) // the garbage collector follows
		l.wait(time.Second)
		l.expectSorted(before, "u: gone u 0", "u: pod gone u-a")
	})
}

func TestW11OfMany_AJobMadeAnewUnderItsNameIsAnother(t *testing.T) {
	inCrowd(t, nil, func(l *lab) {
		before := len(l.feed.lines)
		l.api.Delete(chosen("u", 0))
		twin := chosen("u", 5)
		twin.UID = types.UID("u2")
		l.api.Put(twin)
		l.wait(time.Second)
		l.expect(before, "u: gone u 0", "u2: job u2 5", "u2: synced")
	})
}

func TestP1OfMany_WhatMayNotBeReadIsSaidOfAll(t *testing.T) {
	prepare := func(l *lab) { l.api.Deny(func(_, resource string) bool { return resource == "pods" }) }
	inCrowd(t, prepare, func(l *lab) {
		const denied = `unavailable pods "forbidden: cannot list pods"`
		l.expect(0, "u: job u 0", denied, "u: "+denied, "u: synced", "synced")
		before := len(l.feed.lines)
		l.api.Put(chosen("v", 0))
		l.wait(50 * time.Millisecond)
		l.expect(before, "v: job v 0", "v: "+denied, "v: synced")
		before = len(l.feed.lines)
		l.api.Deny(nil)
		l.wait(deniedEvery + time.Second)
		l.expectSorted(before, `unavailable pods ""`, `u: unavailable pods ""`, `v: unavailable pods ""`)
		before = len(l.feed.lines)
		l.api.Put(chosen("w", 0))
		l.wait(50 * time.Millisecond)
		l.expect(before, "w: job w 0", "w: synced")
	})
}

func TestFollowManyOfNothingIsSyncedAllTheSame(t *testing.T) {
	inCrowd(t, func(l *lab) { l.api.Delete(chosen("u", 0)) }, func(l *lab) { l.expect(0, "synced") })
}
