package cluster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// inTLSLab is inLab over TLS and HTTP/2, where all streams share one connection.
func inTLSLab(t *testing.T, test func(*lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(30 * 365 * 24 * time.Hour) // a bubble begins in 2000; certificates are made by the real clock's day
		l := &lab{t: t, api: apistub.New()}
		defer l.api.Close()
		proxy, err := faultproxy.New(l.api.Config(), faultproxy.Options{Link: &apistub.Pipe{}, TLS: true, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		l.proxy = proxy
		defer func() { _ = proxy.Close() }()
		l.api.Put(aJob("u", 0))
		l.follow(Ref{Namespace: ns, Name: name}, everything)
		defer func() { l.feed.stop() }()
		l.wait(100 * time.Millisecond)
		test(l)
	})
}

// The black hole is noticed by HTTP/2's pings (30 s of silence, 15 s for the answer). Without them the look that follows
// 30 s of silence goes down the same hole, twice, and this test fails.
func TestW5ABlackHoleIsLeftWithin46Seconds(t *testing.T) {
	inTLSLab(t, func(l *lab) {
		before := l.feed.count()
		l.proxy.BlackHole(false)
		l.api.Put(aJob("u", 1))
		l.api.Put(aPod("u", "x-a", corev1.PodRunning))
		l.wait(29 * time.Second)
		l.expect(before)
		l.wait(17 * time.Second)
		got := slices.DeleteFunc(l.feed.since(before), isNotice)
		slices.Sort(got)
		if want := []string{"job u 1", "pod x-a Running"}; !slices.Equal(got, want) {
			t.Errorf("emitted %q, want %q", got, want)
		}
	})
}

// Every watch ends after one event, and every answer comes with a GOAWAY: each of the thousand changes takes a request
// on a connection of its own.
func TestW7AThousandRequestsWithGoAwayLoseNoEvent(t *testing.T) {
	inTLSLab(t, func(l *lab) {
		l.rules(faultproxy.Rule{Verbs: watching, Fault: faultproxy.Fault{GoAway: true, AfterEvents: 1, End: faultproxy.Clean}})
		l.proxy.DropConnections()
		l.wait(time.Second)
		before := l.feed.count()
		l.proxy.Forget()
		var want []string
		for i := range int32(1000) {
			l.api.Put(aJob("u", i+1))
			want = append(want, fmt.Sprintf("job u %d", i+1))
			l.wait(200 * time.Millisecond)
		}
		l.wait(time.Second)
		l.expect(before, want...)
		if got := faultproxy.Total(l.proxy.Counts()).Requests; got < 1000 {
			t.Errorf("only %d requests", got)
		}
	})
}

// P2: no list is taken from a cache that may be behind (resourceVersion 0), however the feed came to read it: at the
// start, after a version that expired, as a poll, beside the watch.
func TestP2AVerdictIsReadFromAWatchOrTheNewestState(t *testing.T) {
	inLab(t, everything, func(l *lab) { l.api.Put(aPod("u", "x-a", corev1.PodRunning)) }, func(l *lab) {
		l.rules(
			faultproxy.Rule{Verbs: watching, Every: 2, Times: 10, Fault: faultproxy.Fault{End: faultproxy.Expired}},
			faultproxy.Rule{Path: "sendInitialEvents", Fault: faultproxy.Fault{Status: 422}}, // lists, then
		)
		l.proxy.DropConnections()
		l.wait(40 * time.Second)
		l.api.Deny(func(verb, _ string) bool { return verb == "watch" })
		l.proxy.DropConnections()
		l.wait(10 * time.Second)
		seen := map[string]int{}
		for _, r := range l.api.Requests() {
			seen[r.Verb]++
			stale := strings.Contains(r.Query, "resourceVersion=0&") || strings.HasSuffix(r.Query, "resourceVersion=0")
			if stale || r.Verb != "watch" && strings.Contains(r.Query, "resourceVersion=") {
				t.Errorf("%s %s?%s may be answered from a cache", r.Verb, r.Resource, r.Query)
			}
		}
		if seen["list"] < 4 || seen["get"] == 0 || seen["watch"] == 0 {
			t.Errorf("the feed read by %v", seen)
		}
	})
}
