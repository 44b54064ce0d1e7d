package logtail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// burst is a log of 20,000 lines in two seconds, and where its line i begins.
func burst() (log string, at func(i int) int) {
	log = numbered(20_000, 100*time.Microsecond)
	return log, func(i int) int {
		return strings.Index(log, start.Add(time.Duration(i)*100*time.Microsecond).Format(stampLayout))
	}
}

// tenths is a log of 100 lines, a tenth of a second apart, and where its line i begins.
func tenths() (log string, at func(i int) int) {
	log = numbered(100, 100*time.Millisecond)
	return log, func(i int) int {
		return strings.Index(log, start.Add(time.Duration(i)*100*time.Millisecond).Format(stampLayout))
	}
}

// followBurst follows a burst whose container ends after a second: while it runs a stream brings the first 10,000 lines,
// and after its end the n-th read (from 0) what late says.
func followBurst(t *testing.T, log string, late func(n int, body string) (string, error)) (*bench, Summary, error) {
	t.Helper()
	_, at := burst()
	var mu sync.Mutex
	reads := 0
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(_ int, o *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case o.TailLines != nil:
			return broken(body, nil), nil
		case o.Follow:
			return broken(body[:max(0, at(10_000)-(len(log)-len(body)))], nil), nil
		}
		reads++
		text, err := late(reads-1, body)
		if err != nil {
			return nil, err
		}
		return broken(text, nil), nil
	}
	b := newBench(k)
	sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Second, pod("p", 0, exited(0), nil)))
	return b, sum, err
}

// missing is what a kubelet answers while it rotates a log.
const missing = `failed to try resolving symlinks in path "0.log": lstat 0.log: no such file or directory`

// A log that came fast is not at its end because a read after the container's end stops within a line, nor because there
// is no file: the node may still be writing or rotating it.
func TestL4RotationInsideALine(t *testing.T) {
	log, at := burst()
	for name, short := range map[string]func(n int, body string) (string, error){
		"control: all is there": func(_ int, body string) (string, error) { return body, nil },
		"the read ends within a line": func(n int, body string) (string, error) {
			if n < 1 {
				return body[:len(body)-(len(log)-at(20_000-1637))-3], nil
			}
			return body, nil
		},
		"the file is away for a moment": func(n int, body string) (string, error) {
			if n < 2 {
				return missing, nil
			}
			return body, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, sum, err := followBurst(t, log, short)
			check(t, b, err, plainly(log))
			if sum.Gaps != 0 || len(b.notes) != 0 {
				t.Errorf("%+v, notes %v", sum, b.kinds())
			}
		})
	}
}

// What was shown last is not in the file that is left. Lines are lost for certain if there was time for another rotation
// in between, and not if the file goes on at once: then the old one had been read to its end.
func TestL4RotationLosesTheOverlap(t *testing.T) {
	log, at := burst()
	after := func(pause time.Duration) string {
		var b strings.Builder
		for i := range 100 {
			b.WriteString(start.Add(time.Second+pause).Format(stampLayout) + " late " + strconv.Itoa(i) + "\n")
		}
		return b.String()
	}
	for _, c := range []struct {
		pause time.Duration
		notes []NoteKind
	}{{4 * time.Second, []NoteKind{GapNote}}, {2 * time.Second, nil}} {
		rest := after(c.pause)
		b, sum, err := followBurst(t, log, func(int, string) (string, error) { return rest, nil })
		if err != nil || sum.Gaps != len(c.notes) || !slices.Equal(b.kinds(), c.notes) {
			t.Errorf("%s: %+v %v %v", c.pause, sum, err, b.kinds())
		}
		if got := b.out.String(); got != plainly(log[:at(10_000)]+rest) {
			t.Errorf("%s: %d bytes, the end is %q", c.pause, len(got), got[max(0, len(got)-100):])
		}
	}
	// An empty file is left: nothing says that all was shown.
	_, sum, _ := followBurst(t, log, func(int, string) (string, error) { return "", nil })
	if sum.GaveUp != 1 {
		t.Errorf("%+v", sum)
	}
}

// A stream that ends cleanly while its container runs has not read all there was: what the file that is left lacks is a gap,
// however short.
func TestL4RotationAfterACleanEnd(t *testing.T) {
	log, at := tenths()
	k := newNode(map[string]string{"p/c": log})
	k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
		if n == 0 {
			return broken(log[:at(30)], nil), nil
		}
		return broken(log[max(at(45), len(log)-len(body)):], nil), nil
	}
	b := newBench(k)
	sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Minute, pod("p", 0, exited(0), nil)))
	check(t, b, err, plainly(log[:at(30)]+log[at(45):]))
	if sum.Gaps != 1 || !slices.Equal(b.kinds(), []NoteKind{GapNote}) {
		t.Errorf("%+v, notes %+v", sum, b.notes)
	}
}

// A run that ends while its stream is away is read as the one before the next. What was rotated before that is a gap as any
// other: the log does not belong to another run for it, and what is left of it is shown.
func TestL4RotationBeforeARestart(t *testing.T) {
	log, at := tenths()
	next := strings.NewReplacer("12:00", "12:01", "line", "next").Replace(numbered(3, time.Second))
	for _, c := range []struct {
		end   error // of the stream
		from  int   // the line with which the file begins that is left
		notes []NoteKind
	}{{io.ErrUnexpectedEOF, 70, []NoteKind{GapNote}}, {nil, 31, nil}} {
		k := newNode(map[string]string{"p/c": next, "p/c/previous": log})
		k.answer = func(n int, o *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			switch {
			case o.Previous:
				return broken(log[at(c.from):], nil), nil
			case n == 0:
				return broken(log[:at(30)], c.end), nil
			case o.SinceTime != nil && o.SinceTime.Before(&metav1.Time{Time: start.Add(time.Minute)}):
				return nil, apierrors.NewInternalError(errors.New("down"))
			}
			return broken(body, nil), nil
		}
		b := newBench(k)
		sum, err := follow(t, b, begin(pod("p", 0, running(), nil)),
			[]step{{after: 500 * time.Millisecond, change: jobstatus.Change{Pod: pod("p", 1, running(), terminated(1))}}},
			finish(time.Minute, pod("p", 1, exited(0), terminated(1))))
		check(t, b, err, plainly(log[:at(30)]+log[at(c.from):]+next))
		if sum.Gaps != len(c.notes) || sum.GaveUp != 0 || !slices.Equal(b.kinds(), c.notes) {
			t.Errorf("from line %d: %+v, notes %+v", c.from, sum, b.notes)
		}
	}
}

// silent is a body that gives some text and then nothing until its request is cut.
type silent struct {
	io.Reader
	cut <-chan struct{}
}

func (s silent) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if n > 0 || !errors.Is(err, io.EOF) {
		return n, err
	}
	<-s.cut
	return 0, context.Canceled
}

func (silent) Close() error { return nil }

// rotating is a node whose kubelet, when it follows a log, stays at the file that was there when it began: what is
// written after half of the log is in another file.
type rotating struct {
	mu      sync.Mutex
	whole   string // to follow
	file    string // what is left: what a read gives
	follows int
	asked   int // for the last line alone
}

func (r *rotating) OpenLog(ctx context.Context, _, _ string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case o.Follow && r.follows == 0:
		r.follows++
		return silent{strings.NewReader(r.whole), ctx.Done()}, nil
	case o.Follow:
		r.follows++
		return silent{strings.NewReader(cut(r.file, o)), ctx.Done()}, nil
	case o.LimitBytes != nil:
		r.asked++
		last := cut(r.file, o)
		return io.NopCloser(strings.NewReader(last[:min(len(last), int(*o.LimitBytes))])), nil
	default:
		return io.NopCloser(strings.NewReader(cut(r.file, o))), nil
	}
}

// A stream that stays at a file that was rotated is noticed by what the node says its last line is, and taken up anew:
// every line comes, once, and there is no talk of a gap. The stream that has brought everything is left alone.
func TestL4StuckAtTheOldFile(t *testing.T) {
	log, at := burst()
	for _, c := range []struct {
		name          string
		first, file   string
		follows, asks int
	}{
		{"rotated", log[:at(10_000)], log[at(10_000):], 2, 9},
		{"rotated, and nothing written since", log[:at(10_000)], "", 2, 9},
		{"level", log, log, 1, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &rotating{whole: c.first, file: c.file}
			b := newBench(r)
			sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(8*time.Minute, pod("p", 0, exited(0), nil)))
			want := c.first
			if c.file != c.first {
				want += c.file
			}
			if got := b.out.String(); err != nil || got != plainly(want) {
				t.Errorf("%v: got %d bytes, want %d", err, len(got), len(plainly(want)))
			}
			if c.file != "" && (sum.Gaps != 0 || sum.GaveUp != 0 || len(b.notes) != 0) {
				t.Errorf("%+v, notes %v", sum, b.kinds())
			}
			if r.follows != c.follows || r.asked > c.asks {
				t.Errorf("followed %d times, asked %d times", r.follows, r.asked)
			}
		})
	}
}

// A reader of jobx's output that is slow for minutes is no reason to doubt the stream.
func TestL4SlowReaderIsNoStuckStream(t *testing.T) {
	log, _ := burst()
	r := &rotating{whole: log, file: log}
	b := newBench(r)
	var slow bytes.Buffer
	b.Out = writerFunc(func(p []byte) (int, error) {
		if slow.Len() == 0 {
			time.Sleep(3 * time.Minute) // of the bubble's time, in which follow runs this
		}
		return slow.Write(p)
	})
	_, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(5*time.Minute, pod("p", 0, exited(0), nil)))
	if err != nil || slow.String() != plainly(log) || r.follows != 1 {
		t.Errorf("%v, %d bytes, followed %d times", err, slow.Len(), r.follows)
	}
}

// The last line of a great log may really lack its line break: it is shown, once.
func TestL11GreatLog(t *testing.T) {
	whole, _ := burst()
	log := strings.TrimSuffix(whole, "\n")
	b, sum, err := followBurst(t, log, func(_ int, body string) (string, error) { return body, nil })
	check(t, b, err, plainly(log))
	if sum.Gaps != 0 || len(b.notes) != 0 {
		t.Errorf("%+v, notes %v", sum, b.kinds())
	}
}

// A container that ends just after a rotation that the kubelet missed: the stream ends cleanly with the old file, and is taken up
// before the news of the end. The new file goes on where that one ended, unless a request was refused in between: then the kubelet
// may have been restarted.
func TestL4RotationJustBeforeTheEnd(t *testing.T) {
	log, at := tenths()
	for _, refused := range []bool{false, true} {
		k := newNode(map[string]string{"p/c": log})
		k.answer = func(n int, _ *corev1.PodLogOptions, body string) (io.ReadCloser, error) {
			switch {
			case n == 0:
				return broken(log[:at(30)], nil), nil
			case n == 1 && refused:
				return nil, apierrors.NewInternalError(errors.New("connection refused"))
			}
			return broken(log[max(at(30), len(log)-len(body)):], nil), nil
		}
		b := newBench(k)
		sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Second, pod("p", 0, exited(0), nil)))
		check(t, b, err, plainly(log))
		if (sum.Gaps == 1) != refused {
			t.Errorf("refused %v: %+v, notes %+v", refused, sum, b.notes)
		}
	}
}
