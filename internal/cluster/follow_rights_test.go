package cluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

func TestW14_NeverSoonerThanRetryAfter(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		before := len(l.feed.lines)
		l.rules(faultproxy.Rule{Times: 25, Fault: faultproxy.Fault{Status: 429, RetryAfter: 7}})
		l.proxy.Forget()
		l.proxy.DropConnections()
		l.wait(10 * time.Minute)
		var last time.Time
		rounds := 0
		for _, r := range l.proxy.Requests() {
			if r.Status != 429 {
				continue
			}
			switch gap := r.At.Sub(last); {
			case gap == 0: // the four streams ask at the same moment
			case !last.IsZero() && gap < 7*time.Second:
				t.Errorf("asked %v after a 429", gap)
			default:
				rounds++
			}
			last = r.At
		}
		if rounds < 5 {
			t.Errorf("asked in %d rounds", rounds)
		}
		l.api.Put(aJob("u", 1))
		l.wait(time.Second)
		l.expect(before, "notice the API server is busy", "job u 1")
	})
}

func TestW15_TheFirst401IsTriedAgain(t *testing.T) {
	inLab(t, FollowOptions{}, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Times: 1, Fault: faultproxy.Fault{Status: 401}})
		l.proxy.DropConnections()
		l.wait(time.Second)
		before := len(l.feed.lines)
		l.api.Put(aJob("u", 1))
		l.wait(time.Second)
		l.expect(before, "job u 1")
	})
}

func TestW15_TheSecond401InARowIsTheEnd(t *testing.T) {
	inLab(t, FollowOptions{}, nil, func(l *lab) {
		l.rules(faultproxy.Rule{Fault: faultproxy.Fault{Status: 401}})
		l.proxy.DropConnections()
		l.wait(time.Second)
		l.expectError(func(err error) bool {
			return apierrors.IsUnauthorized(err) && strings.Contains(err.Error(), "credentials expired or invalid")
		})
	})
}

func TestW16_ListWithoutWatchIsPolled(t *testing.T) {
	prepare := func(l *lab) { l.api.Deny(func(verb, _ string) bool { return verb == "watch" }) }
	inLab(t, FollowOptions{}, prepare, func(l *lab) {
		l.expect(0, "job u 0", "synced", `notice no permission to watch jobs in namespace "n": asking every 2s`)
		for i := range int32(20) {
			l.api.Put(aJob("u", i+1))
			l.wait(2100 * time.Millisecond)
			if last := l.feed.lines[len(l.feed.lines)-1]; last != fmt.Sprintf("job u %d", i+1) {
				t.Fatalf("2.1 s after change %d the last is %q", i+1, last)
			}
		}
		if got := slices.DeleteFunc(l.feed.since(3), func(s string) bool { return !isNotice(s) }); len(got) > 0 {
			t.Errorf("said more than once: %q", got)
		}
		l.api.Delete(aJob("u", 0))
		l.wait(2100 * time.Millisecond)
		if last := l.feed.lines[len(l.feed.lines)-1]; last != "gone u 20" {
			t.Errorf("after the deletion the last is %q", last)
		}
	})
}

func TestW16_WithoutListItIsSaidWhichPermissionIsMissing(t *testing.T) {
	prepare := func(l *lab) { l.api.Deny(func(_, resource string) bool { return resource == "jobs" }) }
	inLab(t, everything, prepare, func(l *lab) {
		l.expectError(func(err error) bool {
			return apierrors.IsForbidden(err) && strings.Contains(err.Error(), `cannot list jobs in namespace "n"`)
		})
	})
}

func TestP1_WhatMayNotBeReadIsSaidAndTheRestGoesOn(t *testing.T) {
	for _, part := range []string{"pods", "events"} {
		t.Run(part, func(t *testing.T) {
			prepare := func(l *lab) {
				l.api.Deny(func(_, resource string) bool { return resource == part })
				l.api.Put(aPod("u", "x-a", corev1.PodRunning))
				l.api.Put(anEvent("e", "Job", "x", "u", "Suspended"))
			}
			inLab(t, everything, prepare, func(l *lab) {
				denied := fmt.Sprintf("unavailable %s %q", part, "forbidden: cannot list "+part)
				if !slices.Contains(l.feed.lines, denied) || !slices.Contains(l.feed.lines, "synced") || len(l.feed.lines) < 4 {
					t.Errorf("emitted %q", l.feed.lines)
				}
				before := len(l.feed.lines)
				l.api.Deny(nil)
				l.api.Put(aJob("u", 1))
				l.wait(31 * time.Second)
				got := l.feed.since(before)
				if got[0] != "job u 1" || !slices.Contains(got, fmt.Sprintf("unavailable %s %q", part, "")) {
					t.Errorf("once allowed: %q", got)
				}
			})
		})
	}
}

func TestP1_ARefusalOfAServerThatJustStartedIsNotBelieved(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		before := len(l.feed.lines)
		l.api.Deny(func(string, string) bool { return true })
		l.proxy.DropConnections()
		l.wait(3 * time.Second)
		l.api.Deny(nil)
		l.api.Put(aJob("u", 1))
		l.wait(time.Second)
		l.expect(before, "job u 1")
	})
}

func TestA500OnEveryThirdRequestIsNotTheEnd(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.rules(
			faultproxy.Rule{Every: 3, Fault: faultproxy.Fault{Status: 500}},
			faultproxy.Rule{Verbs: watching, Fault: faultproxy.Fault{AfterEvents: 1, End: faultproxy.Abort}},
		)
		l.proxy.DropConnections()
		l.wait(time.Second)
		before := len(l.feed.lines)
		var want []string
		for i := range int32(30) {
			l.api.Put(aJob("u", i+1))
			want = append(want, fmt.Sprintf("job u %d", i+1))
			l.wait(time.Second)
		}
		l.expect(before, want...)
	})
}
