package cluster

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// besidePods runs a test in a lab in which a pod is followed by its name, with rules from the first request on.
func besidePods(t *testing.T, rules []faultproxy.Rule, test func(*lab)) {
	t.Helper()
	inLab(t, FollowOptions{}, nil, func(l *lab) {
		l.feed.stop()
		l.rules(rules...)
		l.api.Put(aPod("u", "x-a", corev1.PodRunning))
		l.start(func(ctx context.Context, client *Client, r *recorder) error {
			return client.FollowPods(ctx, Named(ns, "x-a"), r.change)
		})
		l.wait(100 * time.Millisecond)
		test(l)
	})
}

func TestFollowPodsTellsChanges(t *testing.T) {
	besidePods(t, nil, func(l *lab) {
		l.api.Put(aPod("u", "x-a", corev1.PodSucceeded))
		l.wait(lookEvery)
		l.api.Delete(aPod("u", "x-a", corev1.PodSucceeded))
		l.wait(lookEvery)
		l.expect(0, "pod x-a Running", "synced", "pod x-a Succeeded", "pod gone x-a")
	})
}

func TestW15_FollowPodsTriesTheFirst401Again(t *testing.T) {
	for nth := 1; nth < 4; nth++ { // the first list of all, and others
		besidePods(t, []faultproxy.Rule{{Nth: nth, Fault: faultproxy.Fault{Status: 401}}}, func(l *lab) {
			l.wait(5 * lookEvery)
			l.api.Put(aPod("u", "x-a", corev1.PodSucceeded))
			l.wait(lookEvery)
			l.expect(0, "pod x-a Running", "synced", "pod x-a Succeeded")
		})
	}
}

func TestW15_FollowPodsCounts401InARow(t *testing.T) {
	rules := []faultproxy.Rule{{Nth: 2, Fault: faultproxy.Fault{Status: 401}}, {Nth: 3, Fault: faultproxy.Fault{Status: 500}}, {Nth: 4, Fault: faultproxy.Fault{Status: 401}}}
	besidePods(t, rules, func(l *lab) {
		l.wait(5 * lookEvery)
		l.api.Put(aPod("u", "x-a", corev1.PodSucceeded))
		l.wait(lookEvery)
		l.expect(0, "pod x-a Running", "synced", "pod x-a Succeeded")
	})
}

func TestW15_FollowPodsEndsAtTheSecond401InARow(t *testing.T) {
	besidePods(t, []faultproxy.Rule{{Nth: 2, Every: 1, Fault: faultproxy.Fault{Status: 401}}}, func(l *lab) {
		l.wait(lookEvery)
		l.expect(0, "pod x-a Running", "synced")
		l.wait(lookEvery)
		l.expectError(apierrors.IsUnauthorized)
	})
}
