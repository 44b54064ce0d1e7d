package logtail

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// paced is a body that gives a line every so often, and is cut when its request is.
type paced struct {
	lines []string
	every time.Duration
	ctx   context.Context
	rest  string // of the line that is being given
}

func (p *paced) Read(b []byte) (int, error) {
	if p.rest == "" {
		if len(p.lines) == 0 {
			return 0, io.EOF
		}
		select {
		case <-time.After(p.every):
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
		p.rest, p.lines = p.lines[0], p.lines[1:]
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (*paced) Close() error { return nil }

// A stream that still delivers when its container has ended, and when its pod is gone, is read to its end.
func TestL8LastWordsOfADeletedPod(t *testing.T) {
	log := numbered(40, 500*time.Millisecond)
	b := newBench(openerFunc(func(ctx context.Context, _, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
		if !o.Follow {
			return nil, notFound(pod)
		}
		return &paced{slices.Collect(strings.Lines(log)), 500 * time.Millisecond, ctx, ""}, nil
	}))
	ended := pod("p", 0, exited(143), nil)
	sum, err := follow(t, b, begin(pod("p", 0, running(), nil)),
		[]step{{after: time.Second, change: jobstatus.Change{Pod: ended}}, {after: 10 * time.Second, change: jobstatus.Change{PodDeleted: ended}}},
		finish(time.Second))
	check(t, b, err, plainly(log))
	if sum.GaveUp != 0 || sum.Gaps != 0 || len(b.notes) != 0 {
		t.Errorf("%+v, notes %+v", sum, b.notes)
	}
}

// One that brings nothing any more is cut some seconds after its container's end, also while nothing has come at all: a
// kubelet answers only when there is a line.
func TestStreamOverstaysItsContainer(t *testing.T) {
	for _, answered := range []bool{true, false} {
		b := newBench(openerFunc(func(ctx context.Context, _, _ string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
			switch {
			case !o.Follow:
				return broken(numbered(3, time.Second), nil), nil
			case answered:
				return silent{strings.NewReader(""), ctx.Done()}, nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}))
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, _, err := b.Follow(t.Context(), Following{Feed: script(append(begin(pod("p", 0, running(), nil)),
				finish(10*time.Second, pod("p", 0, exited(0), nil))...)...)})
			check(t, b, err, plainly(numbered(3, time.Second)))
			if took := time.Since(began); took > 16*time.Second {
				t.Errorf("answered %v: it took %s", answered, took)
			}
		})
	}
}

// stalls serves some of a log and then nothing, so many times; if it is deaf it does not even answer.
func stalls(log string, times int, deaf bool) (Opener, func() int) {
	var mu sync.Mutex
	asked := 0
	return openerFunc(func(ctx context.Context, _, _ string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		body := cut(log, o)
		switch {
		case asked > times:
			return broken(body, nil), nil
		case deaf:
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			return nil, ctx.Err()
		}
		return silent{strings.NewReader(body[:min(len(body), 50*asked)]), ctx.Done()}, nil
	}), func() int { mu.Lock(); defer mu.Unlock(); return asked }
}

// W6 for logs: a read that falls silent is cut and done again, and given up when that happens every time.
func TestStalledRead(t *testing.T) {
	log := numbered(10, time.Second)
	for _, p := range []*corev1.Pod{pod("p", 0, exited(0), nil), pod("p", 0, running(), nil)} {
		for _, deaf := range []bool{false, true} {
			open, _ := stalls(log, 2, deaf)
			b := newBench(open)
			synctest.Test(t, func(t *testing.T) {
				sum, err := b.Fetch(t.Context(), plan(p))
				check(t, b, err, plainly(log))
				if sum.Streams != 1 || len(b.notes) != 0 {
					t.Errorf("%+v, notes %+v", sum, b.notes)
				}
			})
			open, asked := stalls(log, 1000, deaf)
			b = newBench(open)
			synctest.Test(t, func(t *testing.T) {
				sum, err := b.Fetch(t.Context(), plan(p))
				if err != nil || sum.GaveUp != 1 || !errors.Is(b.notes[0].Err, errSilent) || asked() > 2*maxBarren {
					t.Errorf("deaf %v: %v %+v, notes %+v, asked %d times", deaf, err, sum, b.notes, asked())
				}
			})
		}
	}
}

// A reader of jobx's output that is slow for a minute is no stall.
func TestStalledReaderIsNoStalledRead(t *testing.T) {
	log, _ := burst()
	k := newNode(map[string]string{"p/c": log})
	b := newBench(k)
	var out strings.Builder
	b.Out = writerFunc(func(p []byte) (int, error) {
		if out.Len() == 0 {
			time.Sleep(time.Minute)
		}
		return out.Write(p)
	})
	synctest.Test(t, func(t *testing.T) {
		if _, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil))); err != nil || out.String() != plainly(log) || k.requests["p/c"] > 2 {
			t.Errorf("%v, %d bytes, asked %d times", err, out.Len(), k.requests["p/c"])
		}
	})
}

// L5: where a running container's log always ends in the kubelet's own words a plain read gives up in the end.
func TestL5KubeletSpeaksEveryTime(t *testing.T) {
	log := numbered(3, time.Second)
	const text = "failed to create fsnotify watcher: too many open files"
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(_ int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		return broken(body+text, nil), nil
	}
	b := newBench(k)
	synctest.Test(t, func(t *testing.T) {
		sum, err := b.Fetch(t.Context(), plan(pod("p", 0, running(), nil)))
		check(t, b, err, plainly(log))
		if sum.GaveUp != 1 || !slices.Equal(b.kinds(), []NoteKind{KubeletNote, GaveUp}) || b.notes[1].Err.Error() != text {
			t.Errorf("%+v, notes %+v", sum, b.notes)
		}
	})
}

// W15: the first refusal of the credentials is followed by another try, for a plugin may have renewed them meanwhile; the
// second in a row is final.
func TestW15RefusedCredentials(t *testing.T) {
	log := numbered(3, time.Second)
	refusal, busy := apierrors.NewUnauthorized("Unauthorized"), apierrors.NewInternalError(errors.New("busy"))
	for _, c := range []struct {
		refused []error
		asked   int
		gaveUp  int
	}{{[]error{refusal}, 2, 0}, {[]error{refusal, refusal}, 2, 1}, {[]error{refusal, busy, refusal}, 4, 0}} {
		n := 0
		b := newBench(openerFunc(func(_ context.Context, _, _ string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
			if n++; n <= len(c.refused) {
				return nil, c.refused[n-1]
			}
			return broken(cut(log, o), nil), nil
		}))
		synctest.Test(t, func(t *testing.T) {
			sum, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil)))
			if err != nil || sum.GaveUp != c.gaveUp || n != c.asked {
				t.Errorf("%v: %v %+v, asked %d times", c.refused, err, sum, n)
			}
		})
	}
}

// L13: a pod that is listed and whose log is not found is asked for some times, and then given up and told.
func TestL13NotFoundWhileThePodIsThere(t *testing.T) {
	n := 0
	b := newBench(openerFunc(func(_ context.Context, _, pod string, _ *corev1.PodLogOptions) (io.ReadCloser, error) {
		n++
		return nil, notFound(pod)
	}))
	sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(5*time.Minute, pod("p", 0, exited(0), nil)))
	if err != nil || sum.GaveUp != 1 || n > maxBarren+1 || !slices.Equal(b.kinds(), []NoteKind{GaveUp}) {
		t.Errorf("%v %+v, asked %d times, notes %+v", err, sum, n, b.notes)
	}
}

// L13: a kubelet that restarts cannot be reached for a while, and does not know its pods at first. However long that takes, the
// stream is taken up again as if nothing had been, in which a read that brings nothing is no end either.
func TestL13KubeletRestarts(t *testing.T) {
	log := numbered(40, time.Second)
	for name, c := range map[string]struct {
		ends  time.Duration // after which the container does
		first func() (io.ReadCloser, error)
	}{
		"a pod that it does not know": {time.Minute, func() (io.ReadCloser, error) { return nil, notFound("p") }},
		"a read that breaks at once":  {time.Second, func() (io.ReadCloser, error) { return broken("", io.ErrUnexpectedEOF), nil }},
	} {
		k := newNode(map[string]string{"p/c": log})
		var began time.Time
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n == 0 {
				began = time.Now()
				return broken(body[:len(body)/2], io.ErrUnexpectedEOF), nil
			}
			switch away := time.Since(began); {
			case away < 15*time.Second:
				return nil, apierrors.NewInternalError(errors.New("connection refused"))
			case away < 20*time.Second:
				return c.first()
			}
			return broken(body, nil), nil
		}
		b := newBench(k)
		sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(c.ends, pod("p", 0, exited(0), nil)))
		check(t, b, err, plainly(log))
		if sum.GaveUp != 0 || !slices.Equal(b.kinds(), []NoteKind{Trouble}) {
			t.Errorf("%s: %+v, notes %+v", name, sum, b.notes)
		}
	}
}

// L5: what a kubelet says or refuses for a moment, while the container runs, is asked for again: a log that it is rotating, one
// that it cannot watch, a container that it has just started.
func TestL5PassesWhileRunning(t *testing.T) {
	log := numbered(3, time.Second)
	said := func(text string) (io.ReadCloser, error) { return broken(text, nil), nil }
	for text, c := range map[string]struct {
		answer func(text string) (io.ReadCloser, error)
		times  int
		notes  []NoteKind
	}{
		missing:                   {said, maxBarren - 1, nil},
		missing + ", as it seems": {said, maxBarren, []NoteKind{KubeletNote}},
		"failed to create fsnotify watcher: too many open files": {said, maxBarren, []NoteKind{KubeletNote}},
		`container "c" in pod "p" is not available`:              {func(text string) (io.ReadCloser, error) { return nil, apierrors.NewBadRequest(text) }, maxBarren, nil},
	} {
		k := newNode(map[string]string{"p/c": log})
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n < c.times {
				return c.answer(text)
			}
			return broken(body, nil), nil
		}
		b := newBench(k)
		sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Minute, pod("p", 0, exited(0), nil)))
		check(t, b, err, plainly(log))
		if sum.GaveUp != 0 || !slices.Equal(b.kinds(), c.notes) {
			t.Errorf("%s: %+v, notes %+v", text, sum, b.notes)
		}
	}
}

// W4: a node that cannot be asked says nothing about a stream, which goes on.
func TestW4StreamGoesOnWhileRequestsAreRefused(t *testing.T) {
	log := numbered(10, 20*time.Second)
	follows := 0
	b := newBench(openerFunc(func(ctx context.Context, _, _ string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
		if !o.Follow {
			return nil, fmt.Errorf("dial tcp: %w", io.ErrClosedPipe)
		}
		follows++
		return &paced{slices.Collect(strings.Lines(cut(log, o))), 50 * time.Second, ctx, ""}, nil
	}))
	b.Format = func(logstream.Stream) logstream.Formatter { return &logstream.Text{} }
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 501*time.Second)
		defer cancel()
		_, _, _ = b.Follow(ctx, Following{Feed: script(begin(pod("p", 0, running(), nil))...)})
	})
	if got := b.out.String(); got != plainly(log) || follows > 2 {
		t.Errorf("followed %d times, got %q", follows, got)
	}
}

// A kubelet ends a followed log when the container has ended, and may have removed both when it is asked whether that was all.
// Nothing is missing then, unless the stream broke.
func TestRemovedAfterItsEnd(t *testing.T) {
	log := numbered(5, time.Second)
	for _, c := range []struct {
		end  error
		gaps int
	}{{nil, 0}, {io.ErrUnexpectedEOF, 1}} {
		k := newNode(map[string]string{"p/c": log})
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n == 0 {
				return broken(body, c.end), nil
			}
			return broken("unable to retrieve container logs for containerd://x", nil), nil
		}
		b := newBench(k)
		sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Millisecond, pod("p", 0, exited(0), nil)))
		check(t, b, err, plainly(log))
		if sum.Gaps != c.gaps || slices.Contains(b.kinds(), Removed) != (c.gaps > 0) {
			t.Errorf("after %v: %d gaps and the notes %v, want %d", c.end, sum.Gaps, b.kinds(), c.gaps)
		}
	}
}

// The clean end of a stream is not the end of a container that runs: when its node cannot be reached any more, and nothing is
// left of it then, its last lines are lost.
func TestL8NodeIsLost(t *testing.T) {
	log := numbered(5, time.Second)
	unknown := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown"}}
	for name, c := range map[string]struct {
		end  error // of the stream
		last jobstatus.Change
		none bool // it was never opened
	}{
		"the pod is removed":             {nil, jobstatus.Change{PodDeleted: pod("p", 0, running(), nil)}, false},
		"nobody knows the container":     {nil, jobstatus.Change{Pod: pod("p", 0, unknown, nil)}, false},
		"nor how its stream would go on": {io.ErrUnexpectedEOF, jobstatus.Change{Pod: pod("p", 0, unknown, nil)}, false},
		"nor what its log was":           {nil, jobstatus.Change{Pod: pod("p", 0, unknown, nil)}, true},
	} {
		k := newNode(map[string]string{"p/c": log})
		var began time.Time
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n == 0 {
				began = time.Now()
			}
			switch {
			case n == 0 && !c.none:
				return broken(body, c.end), nil
			case time.Since(began) < time.Minute:
				return nil, apierrors.NewInternalError(errors.New("no route to host"))
			}
			return nil, notFound("p")
		}
		b := newBench(k)
		sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), []step{{after: time.Minute, change: c.last}}, finish(0))
		want := plainly(log)
		if c.none {
			want = ""
		}
		check(t, b, err, want)
		if sum.Gaps != 1 || sum.GaveUp != 1 || !slices.Equal(b.kinds(), []NoteKind{Trouble, GaveUp}) || !errors.Is(b.notes[1].Err, errRemoved) {
			t.Errorf("%s: %+v, notes %+v", name, sum, b.notes)
		}
	}
}
