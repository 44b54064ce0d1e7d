package logtail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

func notFound(name string) error { return apierrors.NewNotFound(corev1.Resource("pods"), name) }

// follow runs an engine in a bubble of time, in which every goroutine must have ended.
func follow(t *testing.T, b *bench, steps ...[]step) (sum Summary, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		sum, _, err = b.Follow(ctx, Following{Feed: script(slices.Concat(steps...)...)})
	})
	return sum, err
}

func check(t *testing.T, b *bench, err error, want string) {
	t.Helper()
	if err != nil {
		t.Errorf("error: %v", err)
	}
	if got := b.out.String(); got != want {
		t.Errorf("got %d bytes, want %d:\n%.2000s\nwant\n%.2000s", len(got), len(want), got, want)
	}
}

// A clean end of a stream is not the end of the container.
func TestL1(t *testing.T) {
	log := numbered(100, 100*time.Millisecond)
	half := strings.Index(log, start.Add(4*time.Second).Format(stampLayout))
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		if n == 0 {
			return broken(body[:half], nil), nil
		}
		return broken(body, nil), nil
	}
	b := newBench(k)
	_, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(5*time.Second, pod("p", 0, exited(0), nil)))
	check(t, b, err, plainly(log))
}

// Half a line is never shown and never counted.
func TestL2(t *testing.T) {
	log := numbered(50, 10*time.Millisecond)
	for _, end := range []error{nil, io.ErrUnexpectedEOF} {
		k := newNode(map[string]string{"p/c": log})
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n < 20 {
				return broken(body[:min(len(body), 71*(n+1))], end), nil
			}
			return broken(body, nil), nil
		}
		b := newBench(k)
		_, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Minute, pod("p", 0, exited(0), nil)))
		check(t, b, err, plainly(log))
	}
}

// A short log whose first read ends inside a line is not taken for whole, though that was no error.
func TestL2ShortLogCut(t *testing.T) {
	log := numbered(5, time.Second)
	for _, p := range []*corev1.Pod{pod("p", 0, exited(0), nil), pod("p", 0, running(), nil)} {
		k := newNode(map[string]string{"p/c": log})
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			if n == 0 {
				return broken(body[:100], nil), nil
			}
			return broken(body, nil), nil
		}
		b := newBench(k)
		_, err := b.Fetch(t.Context(), plan(p))
		check(t, b, err, plainly(log))
	}
}

// A resumed stream that breaks before it has passed what it repeats shows nothing twice.
func TestL3(t *testing.T) {
	log := numbered(5000, time.Millisecond)
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		switch {
		case n >= 100:
			return broken(body, nil), nil
		case n%2 == 0:
			return broken(body[:min(len(body), 30_000+n*3000)], io.ErrUnexpectedEOF), nil
		default:
			return broken(body[:min(len(body), 10_000)], io.ErrUnexpectedEOF), nil
		}
	}
	b := newBench(k)
	_, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(5*time.Minute, pod("p", 0, exited(0), nil)))
	check(t, b, err, plainly(log))
}

// What was rotated away while the stream was down is told, with both times, and stands in the JSON output.
func TestL4(t *testing.T) {
	log, at := tenths()
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		if n == 0 {
			return broken(log[:at(30)], io.ErrUnexpectedEOF), nil
		}
		return broken(log[max(at(60), len(log)-len(body)):], nil), nil
	}
	b := newBench(k)
	b.Format = func(s logstream.Stream) logstream.Formatter { return logstream.NewJSON(s, nil) }
	sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Minute, pod("p", 0, exited(0), nil)))
	if err != nil || sum.Gaps != 1 || !slices.Equal(b.kinds(), []NoteKind{GapNote}) {
		t.Fatalf("%+v %v %v", sum, err, b.kinds())
	}
	if g := b.notes[0].Gap; !g.After.Equal(start.Add(2900*time.Millisecond)) || !g.Before.Equal(start.Add(6*time.Second)) {
		t.Errorf("gap %v", g)
	}
	out := b.out.String()
	if strings.Count(out, "\n") != 71 || !strings.Contains(out, `"type":"gap","namespace":"ns","job":"j","pod":"p","attempt":1,"container":"c","after":"2026-11-23T12:00:02.9Z","before":"2026-11-23T12:00:06Z"}`) {
		t.Errorf("output:\n%s", out)
	}
}

// What the kubelet writes into a log is an error and no line, and the stream is tried again.
func TestL5(t *testing.T) {
	log := numbered(20, time.Millisecond)
	const text = "failed to create fsnotify watcher: too many open files"
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		if n < 2 {
			return broken(body+text, nil), nil
		}
		return broken(body, nil), nil
	}
	b := newBench(k)
	_, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Minute, pod("p", 0, exited(0), nil)))
	check(t, b, err, plainly(log))
	if len(b.notes) != 1 || b.notes[0].Kind != KubeletNote || b.notes[0].Text != text {
		t.Errorf("notes: %+v", b.notes)
	}
}

// A container that has not started: told at once without -f, waited for with it.
func TestL6(t *testing.T) {
	b := newBench(newNode(nil))
	sum, err := b.Fetch(t.Context(), plan(pod("p", 0, waiting("ImagePullBackOff"), nil)))
	var not *NotStarted
	if err != nil || sum.GaveUp != 1 || len(b.notes) != 1 || !errors.As(b.notes[0].Err, &not) || not.Stream.Reason != "ImagePullBackOff" {
		t.Errorf("%+v %v %+v", sum, err, b.notes)
	}
	log := numbered(3, time.Second)
	b = newBench(newNode(map[string]string{"p/c": log}))
	_, err = follow(t, b, begin(pod("p", 0, waiting("ContainerCreating"), nil)),
		[]step{{after: 2 * time.Minute, change: jobstatus.Change{Pod: pod("p", 0, running(), nil)}}},
		finish(time.Minute, pod("p", 0, exited(0), nil)))
	check(t, b, err, plainly(log))
}

// Every run of a container that is restarted is shown, also one that came and went between two looks.
func TestL7(t *testing.T) {
	logs := []string{numbered(3, time.Second), strings.ReplaceAll(numbered(3, time.Second), "line", "second"), strings.ReplaceAll(numbered(2, time.Second), "line", "third")}
	k := newNode(map[string]string{"p/c": logs[0]})
	b := newBench(k).named()
	steps := begin(pod("p", 0, running(), nil))
	steps = append(steps,
		step{after: 10 * time.Second, change: jobstatus.Change{Pod: pod("p", 0, exited(1), nil)}},
	)
	b2 := func() { // the node after two restarts
		k.mu.Lock()
		defer k.mu.Unlock()
		k.logs["p/c/previous"], k.logs["p/c"] = logs[1], logs[2]
	}
	late := pod("p", 2, running(), terminated(1))
	feed := func(ctx context.Context, emit func(jobstatus.Change)) error {
		rest := append([]step{{after: 10 * time.Second, change: jobstatus.Change{Pod: late}}}, finish(10*time.Second, pod("p", 2, exited(0), terminated(1)))...)
		return script(append(steps, rest...)...)(ctx, func(c jobstatus.Change) {
			if c.Pod == late {
				b2()
			}
			emit(c)
		})
	}
	var err error
	synctest.Test(t, func(t *testing.T) {
		_, _, err = b.Follow(t.Context(), Following{Feed: feed})
	})
	var want strings.Builder
	for i, log := range logs {
		for line := range strings.Lines(plainly(log)) {
			fmt.Fprintf(&want, "[p %d] %s", i+1, line)
		}
	}
	check(t, b, err, want.String())
}

// A pod that comes later is followed as well.
func TestL9(t *testing.T) {
	log := numbered(3, time.Second)
	b := newBench(newNode(map[string]string{"p/c": log, "q/c": log})).named()
	_, err := follow(t, b, begin(pod("p", 0, running(), nil)),
		[]step{{after: time.Minute, change: jobstatus.Change{Pod: pod("p", 0, exited(1), nil)}},
			{after: time.Minute, change: jobstatus.Change{Pod: pod("q", 0, running(), nil)}}},
		finish(time.Minute, pod("q", 0, exited(0), nil)))
	if got := b.out.String(); err != nil || strings.Count(got, "[p 1]") != 3 || strings.Count(got, "[q 1]")+strings.Count(got, "[q 2]") != 3 {
		t.Errorf("%v\n%s", err, got)
	}
}
