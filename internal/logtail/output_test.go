package logtail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// A stream that stops inside a line of megabytes lets the others go on after some seconds, on lines of their own.
func TestStreamThatStopsInsideALine(t *testing.T) {
	const head = logstream.MaxLine
	for _, complete := range []bool{true, false} {
		b := newBench(openerFunc(func(ctx context.Context, _, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
			if pod == "p" {
				begun := start.Format(stampLayout) + " " + strings.Repeat("x", head)
				switch {
				case o.LimitBytes != nil:
					return broken(begun[:64], nil), nil
				case !o.Follow:
					return broken(begun+"y\n", nil), nil
				}
				return &paced{[]string{begun[:head/2], begun[head/2:], "y\n"}, 20 * time.Second, ctx, ""}, nil
			}
			return broken(cut(numbered(3, time.Second), o), nil), nil
		}))
		b.Complete = complete
		var at []time.Duration
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			b.Out = writerFunc(func(p []byte) (int, error) {
				if bytes.Contains(p, []byte("line 2")) {
					at = append(at, time.Since(began))
				}
				return b.out.Write(p)
			})
			_, _, err := b.Follow(t.Context(), Following{Feed: script(append(begin(pod("p", 0, running(), nil)),
				step{after: 63 * time.Second, change: jobstatus.Change{Pod: pod("q", 0, running(), nil)}},
				step{after: 5 * time.Minute, change: jobstatus.Change{Pod: pod("p", 0, exited(0), nil)}},
				step{change: jobstatus.Change{Pod: pod("q", 0, exited(0), nil)}},
				step{change: jobstatus.Change{Job: job(batchv1.JobComplete)}})...)})
			if err != nil {
				t.Error(err)
			}
		})
		if len(at) != 1 || at[0] < 65*time.Second || at[0] > 68*time.Second {
			t.Errorf("the other stream's lines came at %v", at)
		}
		if got, want := b.out.String(), strings.Repeat("x", head)+"\nline 0\nline 1\nline 2\ny\n"; got != want {
			t.Errorf("complete %v: got %d bytes, want %d: …%.60q", complete, len(got), len(want), got[max(0, len(got)-40):])
		}
	}
}

// A stream that ends while a piece of its last line is being written has the rest of that line written before another's.
func TestStreamThatEndsInsideALine(t *testing.T) {
	var got bytes.Buffer
	out, release := newOutput(t.Context(), &Engine{Out: &got}, asTheyCome)
	defer release()
	put := func(l *lane, text string, midLine bool) {
		if _, err := out.put(l, []byte(text), midLine); err != nil {
			t.Fatal(err)
		}
	}
	p, q := out.lane(), out.lane()
	put(p, "the first piece", true)
	piece, _ := out.next() // is being written
	put(q, "another line\n", false)
	put(p, " and the last\n", false)
	out.finish(p)
	out.finish(q)
	out.wrote(piece, out.write(piece))
	out.close()
	if err := out.run(); err != nil || got.String() != "the first piece and the last\nanother line\n" {
		t.Errorf("%v, got %q", err, got.String())
	}
}

// A failure of jobx's own output is told from one of the network, whatever the network's says.
func TestWriteErrorIsTheOutputs(t *testing.T) {
	full := errors.New("no space left on device")
	for name, read := range map[string]func(*bench, []logstream.Stream) error{
		"Fetch": func(b *bench, s []logstream.Stream) error { _, err := b.Fetch(t.Context(), s); return err },
		"Merge": func(b *bench, s []logstream.Stream) error { _, err := b.Merge(t.Context(), s); return err },
		"Follow": func(b *bench, _ []logstream.Stream) error {
			_, _, err := b.Follow(t.Context(), Following{Feed: script(begin(pod("p", 0, running(), nil))...)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(newNode(map[string]string{"p/c": numbered(3, time.Second)}))
			b.Out = writerFunc(func([]byte) (int, error) { return 0, full })
			var failed *WriteError
			if err := read(b, plan(pod("p", 0, exited(0), nil))); !errors.As(err, &failed) || !errors.Is(err, full) {
				t.Errorf("%T %v", err, err)
			}
		})
	}
}

// What had arrived is written when --merge is interrupted, by time.
func TestMergeInterrupted(t *testing.T) {
	b := newBench(openerFunc(func(ctx context.Context, _, pod string, _ *corev1.PodLogOptions) (io.ReadCloser, error) {
		if pod == "p" {
			return silent{strings.NewReader(numbered(3, 2*time.Second)), ctx.Done()}, nil
		}
		return silent{strings.NewReader(strings.ReplaceAll(numbered(1, 0), "line", "other")), ctx.Done()}, nil
	}))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := b.Merge(ctx, plan(pod("p", 0, exited(0), nil), pod("q", 0, exited(0), nil)))
		if !errors.Is(err, context.DeadlineExceeded) || b.out.String() != "line 0\nother 0\nline 1\nline 2\n" {
			t.Errorf("%v, %q", err, b.out.String())
		}
	})
}

// A list of pods that fails when all seems to be over is asked for again: a pod that lived briefly may be on it.
func TestLastLookIsRepeated(t *testing.T) {
	b := newBench(newNode(map[string]string{"p/c": numbered(3, time.Second)}))
	asked := 0
	synctest.Test(t, func(t *testing.T) {
		_, _, err := b.Follow(t.Context(), Following{
			Feed: script(append(begin(), finish(time.Second)...)...),
			Pods: func(context.Context, *batchv1.Job) ([]*corev1.Pod, error) {
				if asked++; asked < 3 {
					return nil, apierrors.NewInternalError(errors.New("down"))
				}
				return []*corev1.Pod{pod("p", 0, exited(0), nil)}, nil
			},
		})
		check(t, b, err, plainly(numbered(3, time.Second)))
	})
	if asked != 3 {
		t.Errorf("asked %d times", asked)
	}
}

// heapInUse is what is in use after a collection, in bytes.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What reading a log takes is let go of when it has been read: the last of two thousand logs is written with no more memory
// in use than that of those which are read at the time.
func TestFetchLetsGo(t *testing.T) {
	text := strings.Repeat(start.Format(stampLayout)+" "+strings.Repeat("x", 200)+"\n", 500)
	var pods []*corev1.Pod
	for i := range 2000 {
		pods = append(pods, pod(fmt.Sprintf("p%04d", i), 0, exited(0), nil))
	}
	streams := plan(pods...)
	read := map[string]func(*bench) error{
		"Fetch": func(b *bench) error { _, err := b.Fetch(t.Context(), streams); return err },
		"Follow": func(b *bench) error {
			_, _, err := b.Follow(t.Context(), Following{Feed: script(append(begin(pods...), finish(0)...)...)})
			return err
		},
	}
	for name, read := range read {
		t.Run(name, func(t *testing.T) {
			b := newBench(openerFunc(func(context.Context, string, string, *corev1.PodLogOptions) (io.ReadCloser, error) {
				return broken(text, nil), nil
			}))
			before, most, written := heapInUse(), uint64(0), 0
			b.Requests = 10
			b.Out = writerFunc(func(p []byte) (int, error) {
				if was := written; was/(40<<20) != (was+len(p))/(40<<20) {
					most = max(most, heapInUse())
				}
				written += len(p)
				return len(p), nil
			})
			if err := read(b); err != nil {
				t.Fatal(err)
			}
			if written != 2000*500*201 {
				t.Errorf("%d bytes were written", written)
			}
			if used := int64(most) - int64(before); used > 48<<20 {
				t.Errorf("%d MiB were in use", used>>20)
			}
		})
	}
}
