package logtail

import (
	"bytes"
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
)

// --tail shows whole lines, though the kubelet counts pieces of 16 KiB.
func TestL10(t *testing.T) {
	long := strings.Repeat("x", 40_000)
	log := numbered(5, time.Second) + start.Add(time.Minute).Format(stampLayout) + " " + long + "\n"
	for _, c := range []struct {
		tail int64
		want string
	}{
		{0, ""},
		{1, long + "\n"},
		{4, "line 2\nline 3\nline 4\n" + long + "\n"},
		{100, plainly(log)},
	} {
		b := newBench(newNode(map[string]string{"p/c": log}))
		b.Read.Tail = c.tail
		if _, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil))); err != nil {
			t.Fatal(err)
		}
		got := b.out.String()
		if got != c.want {
			t.Errorf("--tail %d: %.100q", c.tail, got)
		}
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, "x") && line != long+"\n" {
				t.Errorf("--tail %d: a line of %d bytes lacks its beginning", c.tail, len(line))
			}
		}
	}
	b := newBench(newNode(map[string]string{"p/c": numbered(50, time.Second)}))
	b.Read.Tail = 7
	if _, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil))); err != nil || strings.Count(b.out.String(), "\n") != 7 {
		t.Errorf("%v\n%s", err, b.out.String())
	}
}

// A last line without a line break gets one in front of the next log, and none when it is alone.
func TestL11(t *testing.T) {
	log := numbered(2, time.Second) + start.Add(3*time.Second).Format(stampLayout) + " no end"
	b := newBench(newNode(map[string]string{"p/c": log, "q/c": log}))
	_, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil)))
	check(t, b, err, "line 0\nline 1\nno end")
	b = newBench(b.Open)
	_, err = b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil), pod("q", 0, exited(0), nil)))
	check(t, b, err, "line 0\nline 1\nno end\nline 0\nline 1\nno end")
	b = newBench(b.Open)
	_, err = follow(t, b, begin(pod("p", 0, exited(0), nil)), finish(time.Second, pod("p", 0, exited(0), nil)))
	check(t, b, err, "line 0\nline 1\nno end")
}

// A line of any length passes, in bounded memory, however logs are read.
func TestL12(t *testing.T) {
	const size = 300 << 20
	for name, read := range map[string]func(*bench) error{
		"Fetch": func(b *bench) error { _, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil))); return err },
		"Merge": func(b *bench) error {
			_, err := b.Merge(t.Context(), plan(pod("p", 0, exited(0), nil), pod("q", 0, exited(0), nil)))
			return err
		},
		"Follow": func(b *bench) error {
			ended := pod("p", 0, exited(0), nil)
			_, _, err := b.Follow(t.Context(), Following{Feed: script(append(begin(ended), finish(0, ended)...)...)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newNode(map[string]string{"p/c": "", "q/c": numbered(3, time.Second)})
			b := newBench(openerFunc(func(ctx context.Context, ns, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
				if pod == "q" {
					return k.OpenLog(ctx, ns, pod, o)
				}
				return io.NopCloser(io.MultiReader(strings.NewReader(start.Format(stampLayout)+" "), io.LimitReader(endless{}, size), strings.NewReader("\n"))), nil
			}))
			var huge, written int
			before := heapInUse()
			largest := before
			b.Out = writerFunc(func(p []byte) (int, error) {
				huge += bytes.Count(p, []byte("x"))
				if written += len(p); written%(64<<20) < len(p) {
					largest = max(largest, heapInUse())
				}
				b.out.Write(bytes.TrimLeft(p, "x"))
				return len(p), nil
			})
			if err := read(b); err != nil || huge != size {
				t.Errorf("%d bytes came, %d were written: %v", size, huge, err)
			}
			want := "\n"
			if name == "Merge" {
				want += plainly(k.logs["q/c"])
			}
			if got := b.out.String(); got != want {
				t.Errorf("beside it was written %q, want %q", got, want)
			}
			if most := largest - before; most > 16<<20 {
				t.Errorf("%d KiB were in use", most>>10)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Being forbidden is final at once, a busy server is waited out in silence, and other streams go on.
func TestL13(t *testing.T) {
	log := numbered(3, time.Second)
	k := newNode(map[string]string{"p/c": log, "q/c": log})
	var mu sync.Mutex
	asked := map[string]int{}
	open := openerFunc(func(ctx context.Context, ns, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
		mu.Lock()
		asked[pod]++
		n := asked[pod]
		mu.Unlock()
		switch {
		case pod == "p":
			return nil, apierrors.NewForbidden(corev1.Resource("pods/log"), pod, errors.New("no"))
		case n == 1:
			return nil, apierrors.NewTooManyRequests("busy", 1)
		case n < 4:
			return nil, apierrors.NewInternalError(errors.New("down"))
		}
		return k.OpenLog(ctx, ns, pod, o)
	})
	b := newBench(open)
	sum, err := follow(t, b, begin(pod("p", 0, running(), nil), pod("q", 0, running(), nil)),
		finish(time.Minute, pod("p", 0, exited(0), nil), pod("q", 0, exited(0), nil)))
	check(t, b, err, plainly(log))
	if sum.GaveUp != 1 || asked["p"] != 1 || !slices.Equal(b.kinds(), []NoteKind{GaveUp}) {
		t.Errorf("%+v, asked %v, notes %v", sum, asked, b.kinds())
	}
}

type openerFunc func(context.Context, string, string, *corev1.PodLogOptions) (io.ReadCloser, error)

func (f openerFunc) OpenLog(ctx context.Context, ns, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	return f(ctx, ns, pod, o)
}

// More streams than may be read at once wait for their turn; all are read.
func TestL14(t *testing.T) {
	logs := map[string]string{}
	var before, after []*corev1.Pod
	for i := range 40 {
		name := fmt.Sprintf("p%02d", i)
		logs[name+"/c"] = numbered(3, time.Second)
		before = append(before, pod(name, 0, running(), nil))
		after = append(after, pod(name, 0, exited(0), nil))
	}
	k := newNode(logs)
	b := newBench(k)
	b.Requests = 3
	sum, err := follow(t, b, begin(before...), finish(time.Second, after...))
	if err != nil || sum.Streams != 40 || strings.Count(b.out.String(), "\n") != 120 || k.mostOpen > 3 {
		t.Errorf("%+v %v, %d open at once", sum, err, k.mostOpen)
	}
	b = newBench(newNode(logs))
	b.Requests = 3
	sum, err = b.Fetch(t.Context(), plan(after...))
	check(t, b, err, strings.Repeat(plainly(logs["p00/c"]), 40))
	if sum.Streams != 40 {
		t.Errorf("%+v", sum)
	}
}

// The margin of a resume, which allows for a clock that steps back, does not stop progress.
func TestL15(t *testing.T) {
	log := numbered(20_000, 100*time.Microsecond) // 10,000 lines a second
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		// Each stream ends after no more than one second of lines: with the margin it would never pass what it repeats.
		return broken(body[:min(len(body), 10_500*43)], io.ErrUnexpectedEOF), nil
	}
	b := newBench(k)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, _, _ = b.Follow(ctx, Following{Feed: script(begin(pod("p", 0, running(), nil))...)})
	})
	if got := b.out.String(); got != plainly(log) {
		t.Errorf("%d of %d bytes came", len(got), len(plainly(log)))
	}
}
