package logtail

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// restarted is a node whose container is in its second run when its log is asked for first. It answers after a while, and a stream
// that it follows stays open if it hangs.
func restarted(log, next string, hangs bool) Opener {
	k := newNode(map[string]string{"p/c/previous": log, "p/c": next})
	return openerFunc(func(ctx context.Context, ns, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
		time.Sleep(50 * time.Millisecond)
		if o.Follow && hangs {
			return silent{strings.NewReader(cut(next, o)), ctx.Done()}, nil
		}
		return k.OpenLog(ctx, ns, pod, o)
	})
}

// L7: a container that is told to run, or to have ended (its pod goes on: OnFailure), has been restarted by the time its log is asked
// for. Both runs are shown, each line once; where the news comes before the answer, or the lines are younger than the run's end, in
// their order.
func TestL7RestartedBeforeItIsRead(t *testing.T) {
	ended := pod("p", 0, exited(1), nil)
	ended.Status.Phase = corev1.PodRunning
	atOnce := strings.NewReplacer("line", "next").Replace(numbered(3, 200*time.Millisecond))
	later := strings.NewReplacer("12:00", "12:05", "line", "next").Replace(numbered(3, time.Second))
	long := strings.NewReplacer("12:00", "12:02", "line", "next").Replace(numbered(3000, 5*time.Millisecond))
	for name, c := range map[string]struct {
		first   *corev1.Pod
		next    string
		news    time.Duration
		ordered bool
	}{
		"ended, the news comes before the answer":      {ended, atOnce, 20 * time.Millisecond, true},
		"ended, the lines are younger than that":       {ended, later, 2 * time.Second, true},
		"ended, the news comes late":                   {ended, atOnce, 20 * time.Second, false},
		"ended, so does it, of a long log":             {ended, long, 20 * time.Second, false},
		"it runs, the news comes before the answer":    {pod("p", 0, running(), nil), later, 20 * time.Millisecond, true},
		"it runs, the news comes late":                 {pod("p", 0, running(), nil), later, 20 * time.Second, false},
		"it runs, so does it, and the next comes fast": {pod("p", 0, running(), nil), long, 20 * time.Second, false},
	} {
		for _, lines := range []int{3, 2000} {
			for _, hangs := range []bool{false, true} {
				log := strings.ReplaceAll(numbered(lines, time.Millisecond), "12:00", "11:59")
				b := newBench(restarted(log, c.next, hangs))
				sum, err := follow(t, b, begin(c.first),
					[]step{{after: c.news, change: jobstatus.Change{Pod: pod("p", 1, running(), terminated(1))}}},
					finish(time.Minute, pod("p", 1, exited(0), terminated(1))))
				got, want := strings.SplitAfter(b.out.String(), "\n"), strings.SplitAfter(plainly(log+c.next), "\n")
				if !c.ordered {
					slices.Sort(got)
					slices.Sort(want)
				}
				if err != nil || !slices.Equal(got, want) || sum.GaveUp != 0 || sum.Gaps != 0 {
					t.Errorf("%s, %d lines, hangs %v: %v %+v, notes %v: %d lines, want %d", name, lines, hangs, err, sum, b.kinds(), len(got), len(want))
				}
			}
		}
	}
}
