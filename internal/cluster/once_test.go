package cluster

import (
	"context"
	"net/http"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// once runs a test in a lab that reads the pods and events of a Job once, through a proxy with these rules.
func once(t *testing.T, test func(*lab), rules ...faultproxy.Rule) {
	t.Helper()
	prepare := func(l *lab) { l.api.Put(aPod("u", "x-a", corev1.PodFailed)) }
	inLab(t, FollowOptions{}, prepare, func(l *lab) {
		l.feed.stop()
		l.rules(rules...)
		l.start(func(ctx context.Context, client *Client, r *recorder) error {
			return client.Once(ctx, aJob("u", 0, batchv1.JobFailed), everything, r.change)
		})
		l.wait(time.Second)
		test(l)
	})
}

// refusing answers requests for pods with a status, so many times; 0: always.
func refusing(status, times int) faultproxy.Rule {
	return faultproxy.Rule{Resources: []string{"pods"}, Times: times, Fault: faultproxy.Fault{Status: status}}
}

func TestOnceReadsAgainWhatFailed(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusUnauthorized} {
		once(t, func(l *lab) { l.expect(0, "pod x-a Failed", "synced") }, refusing(status, 1))
	}
	once(t, func(l *lab) {
		l.expect(0)
		l.rules()
		l.wait(2 * partLongest)
		l.expect(0, "pod x-a Failed", "synced")
	}, refusing(http.StatusServiceUnavailable, 0))
}

func TestP1OfOnce_WhatCannotBeReadIsSaidAndEndsNothing(t *testing.T) {
	for status, want := range map[int]string{
		http.StatusForbidden: `unavailable pods "forbidden: cannot list pods"`, http.StatusBadRequest: "", http.StatusUnauthorized: "",
	} {
		once(t, func(l *lab) {
			got := l.feed.since(0)
			if len(got) != 2 || got[1] != "synced" || want != "" && got[0] != want {
				t.Errorf("%d: emitted %q", status, got)
			}
		}, refusing(status, 0))
	}
}
