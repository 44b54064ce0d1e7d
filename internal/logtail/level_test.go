package logtail

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// TestWholeWithoutASecondRead: a log that ended cleanly is known to be whole by its last two lines, however large it is.
// Only where these do not say so is it read from some time on, which the node finds by reading all of it.
func TestWholeWithoutASecondRead(t *testing.T) {
	large := numbered(20_000, 100*time.Microsecond)
	alike := large + strings.Repeat(large[strings.LastIndex(large[:len(large)-1], "\n")+1:], 2) // three lines of one time
	half := strings.Index(large, " line 10000\n") + len(" line 10000\n")
	var counted strings.Builder // a line that differs everywhere
	for i := range 20_000 {
		fmt.Fprintf(&counted, "%d ", i)
	}
	for name, c := range map[string]struct {
		log   string
		first string // of a read from the beginning
		since int    // reads from some time on
	}{
		"whole":                                {large, large, 0},
		"the node went down between two lines": {large, large[:half], 1},
		"the clock tells no lines apart":       {alike, alike, 1},
		"one line":                             {start.Format(stampLayout) + " " + strings.Repeat("x", 10_000) + "\n", "", 0},
		"one line in pieces":                   {start.Format(stampLayout) + " " + counted.String() + "\n", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			k := newNode(map[string]string{"p/c": c.log})
			asked := map[string]int{}
			k.answer = func(_ int, o *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
				kind := fmt.Sprintf("since %v, end %v", o.SinceTime != nil, o.TailLines != nil)
				if asked[kind]++; asked[kind] == 1 && o.SinceTime == nil && o.TailLines == nil && c.first != "" {
					body = c.first
				}
				return broken(body, nil), nil
			}
			b := newBench(k)
			synctest.Test(t, func(t *testing.T) {
				sum, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil)))
				check(t, b, err, plainly(c.log))
				if sum.Gaps != 0 || len(b.notes) != 0 {
					t.Errorf("%+v, notes %v", sum, b.kinds())
				}
			})
			if whole := asked["since false, end false"]; whole != 1 || asked["since true, end false"] != c.since || asked["since false, end true"] < 1 {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

// TestWholeOfARunBefore: the last two lines are asked of the run that is read.
func TestWholeOfARunBefore(t *testing.T) {
	before := numbered(1_000, time.Millisecond)
	k := newNode(map[string]string{"p/c/previous": before, "p/c": ""})
	b := newBench(k)
	stream := plan(pod("p", 0, exited(0), nil))[0]
	stream.Previous = true
	synctest.Test(t, func(t *testing.T) {
		_, err := b.Fetch(t.Context(), []logstream.Stream{stream})
		check(t, b, err, plainly(before))
	})
	if want := map[string]int{"p/c/previous": 2}; !maps.Equal(k.requests, want) {
		t.Errorf("asked %v, want %v", k.requests, want)
	}
}

// afterTheCut follows or fetches a large log of an ended container, of which the first read ends cleanly in the middle. What
// comes then says answer, which is given how many requests there have been since.
func afterTheCut(t *testing.T, followed bool, answer func(n int, body string) (string, error)) (*bench, Summary) {
	t.Helper()
	log, at := burst()
	var mu sync.Mutex
	since := 0
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		if n == 0 {
			return broken(log[:at(10_000)], nil), nil
		}
		mu.Lock()
		defer mu.Unlock()
		since++
		text, err := answer(since, body)
		if err != nil {
			return nil, err
		}
		return broken(text, nil), nil
	}
	b, ended := newBench(k), pod("p", 0, exited(0), nil)
	var sum Summary
	var err error
	if followed {
		sum, err = follow(t, b, begin(ended), finish(0), []step{{after: time.Minute, change: jobstatus.Change{PodDeleted: ended}}})
	} else {
		synctest.Test(t, func(t *testing.T) { sum, err = b.Fetch(t.Context(), plan(ended)) })
	}
	if err != nil {
		t.Error(err)
	}
	return b, sum
}

// L1: a kubelet that is restarted ends a stream cleanly, cannot be reached then, and does not know its pods at first. A large
// log of an ended container is read on when it does, and is no whole one when it never does.
func TestL1KubeletRestarts(t *testing.T) {
	log, at := burst()
	for name, c := range map[string]struct {
		followed bool
		back     int // the first request that is answered
		want     string
		kinds    []NoteKind
	}{
		"and is back":                  {false, 6, log, nil},
		"and is back, followed":        {true, 6, log, nil},
		"and the pod is gone":          {false, 100, log[:at(10_000)], []NoteKind{GaveUp}},
		"and the pod is gone, as told": {true, 100, log[:at(10_000)], []NoteKind{GaveUp}},
	} {
		b, sum := afterTheCut(t, c.followed, func(n int, body string) (string, error) {
			switch {
			case n < 4:
				return "", apierrors.NewInternalError(errors.New("connection refused"))
			case n < c.back:
				return "", notFound("p")
			}
			return body, nil
		})
		check(t, b, nil, plainly(c.want))
		if sum.GaveUp != len(c.kinds) || !slices.Equal(b.kinds(), c.kinds) || sum.GaveUp > 0 && !errors.Is(b.notes[0].Err, errRemoved) {
			t.Errorf("%s: %+v, notes %+v", name, sum, b.notes)
		}
	}
}

// L8: that the node has no container is also what it says while its runtime restarts. Only when it goes on saying so is the log
// lost, and what was read of it, which may be nothing, no whole one.
func TestL8RuntimeRestarts(t *testing.T) {
	log := numbered(3, time.Second)
	for _, c := range []struct {
		away  int // so many requests
		want  string
		notes []NoteKind
	}{{4, plainly(log), nil}, {1000, "", []NoteKind{Removed}}} {
		k := newNode(map[string]string{"p/c": log})
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n < c.away {
				return broken(noContainer+"containerd://x", nil), nil
			}
			return broken(body, nil), nil
		}
		b, whole := newBench(k), false
		b.Format = func(logstream.Stream) logstream.Formatter {
			return closing{&logstream.Text{}, func(w bool) { whole = w }}
		}
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			sum, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil)))
			check(t, b, err, c.want)
			if sum.GaveUp != 0 || sum.Gaps != len(c.notes) || !slices.Equal(b.kinds(), c.notes) || whole != (c.want != "") {
				t.Errorf("away for %d requests: %+v, whole %v, notes %+v", c.away, sum, whole, b.notes)
			}
			if took := time.Since(began); took > 6*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// L1: a plain read of a container that runs is at its end where the log was when it was read, though its kubelet went down
// between two lines. That takes one small request more where the log is large, and none where it is short.
func TestL1PlainReadOfARunningContainer(t *testing.T) {
	log, at := burst()
	down := apierrors.NewInternalError(errors.New("down"))
	for name, c := range map[string]struct {
		log         string
		cut         int   // the first read ends there
		grown       int   // what is written by the time of the look: so much of the log
		look        error // what the node answers to that
		reads, asks int
	}{
		"short":                        {log[:at(100)], at(100), at(100), nil, 1, 0},
		"large":                        {log, at(10_000), at(10_000), nil, 1, 1},
		"cut":                          {log, at(10_000), len(log), nil, 2, 1},
		"cut, and the end is not told": {log, at(10_000), len(log), down, 3, 3},
	} {
		k := newNode(map[string]string{"p/c": c.log})
		var reads, asks int
		k.answer = func(_ int, o *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if o.TailLines != nil {
				asks++
				return broken(cut(c.log[:c.grown], o), nil), c.look
			}
			if reads++; reads == 1 {
				body = body[:c.cut]
			}
			return broken(body, nil), nil
		}
		b := newBench(k)
		synctest.Test(t, func(t *testing.T) {
			sum, err := b.Fetch(t.Context(), plan(pod("p", 0, running(), nil)))
			check(t, b, err, plainly(c.log[:c.grown]))
			if sum.Streams != 1 || len(b.notes) != 0 || reads != c.reads || asks != c.asks {
				t.Errorf("%s: %+v, %d reads, asked %d times, notes %+v", name, sum, reads, asks, b.notes)
			}
		})
	}
}
