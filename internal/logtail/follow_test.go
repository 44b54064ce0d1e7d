package logtail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// Runs that the node has forgotten before they were read are told once and counted, runs that were read are not.
func TestL7ForgottenRuns(t *testing.T) {
	log := numbered(2, time.Second)
	at := func(d time.Duration, restarts int32) step {
		return step{after: d, change: jobstatus.Change{Pod: pod("p", restarts, running(), terminated(1))}}
	}
	for name, c := range map[string]struct {
		steps  []step
		notes  []int32 // attempts before which there is no log
		change func(*bench)
	}{
		"from the beginning":      {append(begin(pod("p", 5, running(), terminated(1))), finish(time.Minute, pod("p", 5, exited(0), terminated(1)))...), []int32{5}, nil},
		"one by one":              {slices.Concat(begin(pod("p", 0, running(), nil)), []step{at(time.Minute, 1), at(time.Minute, 2), at(time.Minute, 3)}, finish(time.Minute, pod("p", 3, exited(0), terminated(1)))), nil, nil},
		"two at a time":           {slices.Concat(begin(pod("p", 0, running(), nil)), []step{at(time.Minute, 3), at(time.Minute, 4)}, finish(time.Minute, pod("p", 4, exited(0), terminated(1)))), []int32{3}, nil},
		"before what is wanted":   {append(begin(pod("p", 5, running(), terminated(1))), finish(time.Minute, pod("p", 5, exited(0), terminated(1)))...), nil, func(b *bench) { b.Read.Since = func() time.Time { return start.Add(time.Second) } }},
		"after what is wanted is": {append(begin(pod("p", 5, running(), terminated(1))), finish(time.Minute, pod("p", 5, exited(0), terminated(1)))...), []int32{5}, func(b *bench) { b.Read.Since = func() time.Time { return start.Add(-time.Hour) } }},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(newNode(map[string]string{"p/c": log, "p/c/previous": log}))
			if c.change != nil {
				c.change(b)
			}
			sum, err := follow(t, b, c.steps)
			var told []int32
			for _, n := range b.notes {
				if n.Kind == Forgotten {
					told = append(told, n.Stream.Attempt)
				}
			}
			if err != nil || !slices.Equal(told, c.notes) || sum.Gaps != len(c.notes) {
				t.Errorf("%v %+v, told %v, want %v", err, sum, told, c.notes)
			}
		})
	}
}

// Of one attempt alone, what the node has forgotten of the others is no loss.
func TestL7ForgottenRunsOfOneAttempt(t *testing.T) {
	log := numbered(2, time.Second)
	at := func(restarts int32) step {
		return step{after: time.Minute, change: jobstatus.Change{Pod: pod("p", restarts, running(), terminated(1))}}
	}
	for _, c := range []struct {
		attempt, restarts int32 // at the beginning
		gaps              int
	}{{2, 1, 0}, {2, 4, 1}, {5, 1, 0}} {
		b := newBench(newNode(map[string]string{"p/c": log, "p/c/previous": log}))
		synctest.Test(t, func(t *testing.T) {
			sum, _, err := b.Follow(t.Context(), Following{
				Feed: script(slices.Concat(begin(pod("p", c.restarts, running(), terminated(1))), []step{at(c.restarts + 1), at(c.restarts + 2)},
					finish(time.Minute, pod("p", c.restarts+2, exited(0), terminated(1))))...),
				Planner: logstream.Planner{Select: logstream.Selection{Attempt: c.attempt}},
			})
			if err != nil || sum.Gaps != c.gaps || len(b.notes) != c.gaps {
				t.Errorf("%+v: %v %+v, notes %+v", c, err, sum, b.notes)
			}
		})
	}
}

// L4: a log that begins long after its container did may have been rotated, and that is told; not where the beginning was
// not asked for, where little is written, nor where all of it has been seen.
func TestL4BeginsLate(t *testing.T) {
	long := hundreds(5000)
	sooner := func(p *corev1.Pod, by time.Duration) *corev1.Pod {
		s := &p.Status.ContainerStatuses[0].State
		at := metav1.NewTime(start.Add(-by))
		if s.Running != nil {
			s.Running.StartedAt = at
		} else {
			s.Terminated.StartedAt = at
		}
		return p
	}
	for name, c := range map[string]struct {
		log    string
		by     time.Duration
		change func(*bench)
		told   bool
	}{
		"a minute":                {long, time.Minute, nil, true},
		"at once":                 {long, 0, nil, false},
		"a little":                {numbered(20, time.Second), time.Minute, nil, false},
		"the end alone is wanted": {long, time.Minute, func(b *bench) { b.Read.Tail = 5000 }, false},
		"from a time on":          {long, time.Minute, func(b *bench) { b.Read.Since = func() time.Time { return start } }, false},
	} {
		b := newBench(newNode(map[string]string{"p/c": c.log}))
		if c.change != nil {
			c.change(b)
		}
		sum, err := b.Fetch(t.Context(), plan(sooner(pod("p", 0, exited(0), nil), c.by)))
		if err != nil || sum.Gaps != 0 || slices.Contains(b.kinds(), Late) != c.told {
			t.Errorf("%s: %v %+v, notes %+v", name, err, sum, b.notes)
		}
	}
	// Of a program that is silent at first, and is followed from its start, all has been seen: a node does not answer before there is a
	// line. But so does one that is slow.
	for name, c := range map[string]struct {
		silence, apart time.Duration
		told           bool
	}{
		"a silent program": {70 * time.Second, time.Millisecond, false},
		"a slow answer":    {3 * time.Second, 0, true},
	} {
		var begun atomic.Bool
		b := newBench(openerFunc(func(ctx context.Context, _, _ string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
			switch {
			case o.Follow && begun.Load():
				return broken(cut(long, o), nil), nil
			case o.Follow:
				select {
				case <-time.After(c.silence):
				case <-ctx.Done():
					return nil, ctx.Err()
				}
				begun.Store(true)
				return &paced{slices.Collect(strings.Lines(long)), c.apart, ctx, ""}, nil
			case c.told || begun.Load():
				return broken(cut(long, o), nil), nil
			}
			return broken("", nil), nil
		}))
		_, err := follow(t, b, begin(sooner(pod("p", 0, running(), nil), time.Minute)), finish(2*time.Minute, sooner(pod("p", 0, exited(0), nil), time.Minute)))
		check(t, b, err, plainly(long))
		if slices.Contains(b.kinds(), Late) != c.told || len(b.notes) > 1 {
			t.Errorf("%s: notes %+v", name, b.notes)
		}
	}
}

// --tail is about what was there when following began: what comes later is shown whole.
func TestTailIsForTheBeginning(t *testing.T) {
	log := numbered(5, time.Second)
	b := newBench(newNode(map[string]string{"p/c": log, "q/c": log})).named()
	b.Read.Tail = 2
	_, err := follow(t, b, begin(pod("p", 0, exited(1), nil)),
		[]step{{after: time.Minute, change: jobstatus.Change{Pod: pod("q", 0, running(), nil)}}},
		finish(time.Minute, pod("q", 0, exited(0), nil)))
	if got := b.out.String(); err != nil || strings.Count(got, "[p 1]") != 2 || strings.Count(got, "[q 2]") != 5 {
		t.Errorf("%v\n%s", err, got)
	}
}

// An attempt keeps its number when the pods before it are gone, and no two have the same.
func TestAttemptsOfPodsThatWent(t *testing.T) {
	log := numbered(1, time.Second)
	indexed := func(name string, state corev1.ContainerState) *corev1.Pod {
		p := pod(name, 0, state, nil)
		p.Annotations = map[string]string{batchv1.JobCompletionIndexAnnotation: "4"}
		return p
	}
	b := newBench(newNode(map[string]string{"p/c": log, "q/c": log, "r/c": log})).named()
	steps := begin(indexed("p", exited(1)))
	for _, next := range []string{"q", "r"} {
		before := map[string]string{"q": "p", "r": "q"}[next]
		steps = append(steps, step{after: time.Minute, change: jobstatus.Change{PodDeleted: indexed(before, exited(1))}},
			step{after: time.Minute, change: jobstatus.Change{Pod: indexed(next, running())}})
	}
	_, err := follow(t, b, steps, finish(time.Minute, indexed("r", exited(0))))
	check(t, b, err, "[p 1] line 0\n[q 2] line 0\n[r 3] line 0\n")
}

// Which attempt a pod is shows only beside the others: nothing is read before all of them are known.
func TestAttemptsAreNumberedBySight(t *testing.T) {
	older, newer := pod("z", 0, exited(1), nil), pod("a", 0, running(), nil)
	newer.CreationTimestamp = metav1.NewTime(start.Add(time.Minute))
	one := job("")
	b := newBench(newNode(map[string]string{"a/c": numbered(1, 0), "z/c": numbered(1, 0)})).named()
	_, err := follow(t, b, []step{{change: jobstatus.Change{Job: one}}, {change: jobstatus.Change{Pod: newer}},
		{after: time.Second, change: jobstatus.Change{Pod: older}}, {change: jobstatus.Change{Synced: true}}},
		finish(time.Minute, pod("a", 0, exited(0), nil)))
	if got := b.out.String(); err != nil || !strings.Contains(got, "[a 2]") || !strings.Contains(got, "[z 1]") {
		t.Errorf("%v\n%s", err, got)
	}
}

// What is known at the end: whether there was anything to read, and which pods have gone.
func TestSituationAtTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		steps []step
		found bool
		left  []string
	}{
		"no pod":               {append(begin(), finish(0)...), false, nil},
		"a pod that went":      {slices.Concat(begin(pod("p", 0, exited(0), nil)), []step{{change: jobstatus.Change{PodDeleted: pod("p", 0, exited(0), nil)}}}, finish(0)), true, []string{"p"}},
		"one that only waited": {slices.Concat(begin(pod("p", 0, waiting("Pending"), nil)), []step{{after: time.Second, change: jobstatus.Change{PodDeleted: pod("p", 0, waiting("Pending"), nil)}}}, finish(0)), true, []string{"p"}},
	} {
		b := newBench(newNode(map[string]string{"p/c": numbered(1, 0)}))
		synctest.Test(t, func(t *testing.T) {
			_, end, err := b.Follow(t.Context(), Following{Feed: script(c.steps...)})
			if err != nil || end.Found != c.found || fmt.Sprint(end.Left) != fmt.Sprint(c.left) {
				t.Errorf("%s: %v found %v left %v", name, err, end.Found, end.Left)
			}
		})
	}
}

// Streams that may not join end the following before any line is shown.
func TestJoiningIsRefused(t *testing.T) {
	inTheWay := errors.New("a file is in the way")
	b := newBench(newNode(map[string]string{"p/c": numbered(3, 0)}))
	asked := 0
	synctest.Test(t, func(t *testing.T) {
		_, _, err := b.Follow(t.Context(), Following{
			Feed:   script(append(begin(pod("p", 0, exited(0), nil)), finish(0)...)...),
			Pods:   func(context.Context, *batchv1.Job) ([]*corev1.Pod, error) { return nil, nil },
			Joined: func([]logstream.Stream) error { asked++; return inTheWay },
		})
		if !errors.Is(err, inTheWay) || b.out.Len() > 0 || asked != 1 {
			t.Errorf("%v, asked %d times, output %q", err, asked, b.out.String())
		}
	})
}

// closing is a formatter that tells when its log has been read.
type closing struct {
	logstream.Formatter
	closed func(whole bool)
}

func (c closing) Done(whole bool) { c.closed(whole) }

// What a log is written with, which may be a file, is made when the log is read and not while it waits for its turn.
func TestFormattersOfThoseThatAreRead(t *testing.T) {
	logs := map[string]string{}
	var pods []*corev1.Pod
	for i := range 40 {
		name := fmt.Sprintf("p%02d", i)
		logs[name+"/c"] = numbered(3, time.Second)
		pods = append(pods, pod(name, 0, exited(0), nil))
	}
	b := newBench(newNode(logs))
	b.Requests = 3
	var made, open, most atomic.Int32
	b.Format = func(logstream.Stream) logstream.Formatter {
		made.Add(1)
		most.Store(max(most.Load(), open.Add(1)))
		return closing{&logstream.Text{}, func(bool) { open.Add(-1) }}
	}
	sum, err := follow(t, b, begin(pods...), finish(time.Second))
	check(t, b, err, strings.Repeat(plainly(logs["p00/c"]), 40))
	if sum.Streams != 40 || made.Load() != 40 || open.Load() != 0 || most.Load() > 3 {
		t.Errorf("%+v: %d were made, %d are open, %d were at once", sum, made.Load(), open.Load(), most.Load())
	}
}

// A feed that ends ends the following, however much there would be to read.
func TestFeedEnds(t *testing.T) {
	for _, why := range []error{errors.New("the credentials have expired"), nil} {
		b := newBench(openerFunc(func(ctx context.Context, _, _ string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
			return silent{strings.NewReader(cut(numbered(3, 0), o)), ctx.Done()}, nil
		}))
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, _, err := b.Follow(t.Context(), Following{Feed: func(_ context.Context, emit func(jobstatus.Change)) error {
				for _, s := range begin(pod("p", 0, running(), nil)) {
					emit(s.change)
				}
				time.Sleep(time.Second)
				return why
			}})
			if took := time.Since(began); !errors.Is(err, why) || took != time.Second || b.out.String() != "line 0\nline 1\nline 2\n" {
				t.Errorf("%v after %s, output %q", err, took, b.out.String())
			}
		})
	}
}

// L9: a pod that comes later is followed within a second of its container's start. L8: the end comes within a second too.
func TestL9WithinASecond(t *testing.T) {
	b := newBench(newNode(map[string]string{"p/c": numbered(3, 0), "q/c": strings.ReplaceAll(numbered(3, 0), "line", "other")}))
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var first time.Duration
		b.Out = writerFunc(func(p []byte) (int, error) {
			if strings.Contains(string(p), "other 0") {
				first = time.Since(began)
			}
			return len(p), nil
		})
		_, _, err := b.Follow(t.Context(), Following{Feed: script(slices.Concat(begin(pod("p", 0, running(), nil)), []step{
			{after: time.Minute, change: jobstatus.Change{Pod: pod("q", 0, waiting("ContainerCreating"), nil)}},
			{after: time.Minute, change: jobstatus.Change{Pod: pod("q", 0, running(), nil)}},
		}, finish(time.Minute, pod("p", 0, exited(0), nil), pod("q", 0, exited(0), nil)))...)})
		if ended := time.Since(began); err != nil || first < 2*time.Minute || first > 2*time.Minute+time.Second || ended > 3*time.Minute+time.Second {
			t.Errorf("%v: the other pod's lines came after %s, the end after %s", err, first, ended)
		}
	})
}

// A pod that is gone is not asked for its log any more: one of the same name that has come since is another stream, and its lines
// come once, under that.
func TestReplacedPodOfTheSameName(t *testing.T) {
	log := numbered(3, time.Second)
	next := strings.ReplaceAll(numbered(6, time.Second)[len(log):], "line", "next")
	for _, end := range []error{nil, io.ErrUnexpectedEOF} {
		k := newNode(map[string]string{"p/c": next})
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n == 0 {
				time.Sleep(2 * time.Second)
				return broken(log, end), nil
			}
			return broken(body, nil), nil
		}
		old, young := pod("p", 0, running(), nil), pod("p", 0, running(), nil)
		young.UID = "another"
		ended := young.DeepCopy()
		ended.Status.Phase, ended.Status.ContainerStatuses[0].State = corev1.PodSucceeded, exited(0)
		b := newBench(k)
		sum, err := follow(t, b, begin(old), []step{
			{after: time.Second, change: jobstatus.Change{PodDeleted: old}}, {after: 3 * time.Second, change: jobstatus.Change{Pod: young}},
		}, finish(time.Minute, ended))
		check(t, b, err, plainly(log+next))
		if (sum.GaveUp > 0) != (end != nil) {
			t.Errorf("after %v: %+v, notes %+v", end, sum, b.notes)
		}
	}
}

// L7: a container that waits to be started again may have been by the time its log is asked for. Its last run is shown all the
// same, and the next one as another.
func TestL7RestartedMeanwhile(t *testing.T) {
	log := numbered(3, time.Second)
	next := strings.NewReplacer("12:00", "12:01", "line", "next").Replace(log)
	crashing := pod("p", 0, waiting("CrashLoopBackOff"), terminated(1))
	b := newBench(newNode(map[string]string{"p/c/previous": log, "p/c": next})).named()
	_, err := follow(t, b, begin(crashing), []step{{after: time.Second, change: jobstatus.Change{Pod: pod("p", 1, running(), terminated(1))}}},
		finish(time.Minute, pod("p", 1, exited(0), terminated(1))))
	check(t, b, err, "[p 1] line 0\n[p 1] line 1\n[p 1] line 2\n[p 2] next 0\n[p 2] next 1\n[p 2] next 2\n")
}

// L13: the log of an ended container whose node does not answer is not asked for for ever. While the container runs it is, and
// that does not count against it.
func TestL13NodeStaysAway(t *testing.T) {
	log := numbered(3, time.Second)
	away := apierrors.NewInternalError(errors.New("no route to host"))
	for name, c := range map[string]struct {
		err    error
		lasts  time.Duration
		gaveUp int
	}{
		"for a while":                  {away, 6 * time.Minute, 0},
		"for ever":                     {away, time.Hour, 1},
		"and says that there is none":  {apierrors.NewBadRequest(`container "c" in pod "p" is not available`), time.Hour, 1},
		"and has one after some while": {apierrors.NewBadRequest(`container "c" in pod "p" is not available`), 6 * time.Minute, 0},
	} {
		k := newNode(map[string]string{"p/c": log})
		b := newBench(k)
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			k.answer = func(_ int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
				if time.Since(began) < c.lasts {
					return nil, c.err
				}
				return broken(body, nil), nil
			}
			sum, _, err := b.Follow(t.Context(), Following{Feed: script(slices.Concat(
				begin(pod("p", 0, running(), nil)), finish(5*time.Minute, pod("p", 0, exited(0), nil)))...)})
			if took := time.Since(began); err != nil || sum.GaveUp != c.gaveUp || took > 8*time.Minute {
				t.Errorf("%s: %v after %s: %+v, notes %+v", name, err, took, sum, b.notes)
			}
		})
	}
}
