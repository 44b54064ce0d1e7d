//go:build e2e

package e2e

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// TestP3WholeVerbsWithAClockAnHourOff: what jobx takes for the time is the server's, by the Date of its first reply. Here
// the Date is moved, which is to jobx as if its own clock were wrong the other way.
func TestP3WholeVerbsWithAClockAnHourOff(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	if r := f.jobx(t, nil, "resume", "a", "b"); r.code != 0 {
		t.Fatal(r.stderr)
	}
	if r := f.jobx(t, nil, "wait", "a", "b", "--until", "started"); r.code != 0 {
		t.Fatal(r.stderr)
	}
	moved := func(ahead time.Duration) []faultproxy.Rule {
		return []faultproxy.Rule{{Fault: faultproxy.Fault{DateAhead: metav1.Duration{Duration: ahead}}}}
	}
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		before := time.Now()
		now, ran := f.clockOf(t, moved(ahead))
		slack := time.Since(before) + 2*time.Second
		if off := now.Sub(before.Add(ahead)); off < -2*time.Second || off > slack {
			t.Errorf("Date %v ahead: jobx's clock is %v beside it", ahead, off)
		}
		if want := max(0, now.Sub(f.job(t, "a").Status.StartTime.Time)); ran < want-2*time.Second || ran > want+slack {
			t.Errorf("Date %v ahead: the Job ran for %v, want %v", ahead, ran, want)
		}
	}
	negative := regexp.MustCompile(`(^|[\s(])-\d+(\.\d+)?(ms|s|m|h|d)\b|invalid`)
	for _, verb := range []string{
		"get", "get -o wide", "get -o status-json", "pods job/a", "pods job/a -o wide", "describe job/a", "describe job/a -o yaml",
		"why job/a", "watch a --timeout 1s", "watch a --timeout 1s -o json", "watch --all --timeout 1s", "wait a --timeout 1s",
	} {
		r := f.jobx(t, moved(-time.Hour), strings.Fields(verb)...)
		if r.out+r.stderr == "" || negative.MatchString(r.out+r.stderr) {
			t.Errorf("%s, behind a clock that is an hour slow:\n%s%s", verb, r.out, r.stderr)
		}
	}
}

// clockOf is what jobx takes for the time, and how long it says that Job a has been running.
func (f *faulty) clockOf(t *testing.T, rules []faultproxy.Rule) (now time.Time, ran time.Duration) {
	t.Helper()
	r := f.jobx(t, rules, "get", "job", "a", "-o", "status-json")
	var got struct {
		Jobs []struct {
			AsOf            time.Time
			DurationSeconds float64
		}
	}
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || len(got.Jobs) != 1 {
		t.Fatalf("%v: %s%s", err, r.out, r.stderr)
	}
	return got.Jobs[0].AsOf, time.Duration(got.Jobs[0].DurationSeconds * float64(time.Second))
}
