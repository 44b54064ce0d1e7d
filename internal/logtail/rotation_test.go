package logtail

import (
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// burst is a log of 20,000 lines in two seconds, and where its line i begins.
func burst() (log string, at func(i int) int) {
	log = numbered(20_000, 100*time.Microsecond)
	return log, func(i int) int {
		return strings.Index(log, start.Add(time.Duration(i)*100*time.Microsecond).Format(stampLayout))
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
		if o.Follow {
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

// A log that came fast is not at its end because a read after the container's end brings nothing new, nor because it
// stops within a line: the node may still be writing or rotating it.
func TestL4RotationInsideALine(t *testing.T) {
	log, at := burst()
	missing := apierrors.NewBadRequest(`failed to try resolving symlinks in path "0.log": lstat 0.log: no such file or directory`)
	for name, short := range map[string]func(n int, body string) (string, error){
		"control: all is there": func(_ int, body string) (string, error) { return body, nil },
		"the tail comes late": func(n int, body string) (string, error) {
			if n < 2 {
				return body[:len(body)-(len(log)-at(20_000-1637))], nil
			}
			return body, nil
		},
		"the read ends within a line": func(n int, body string) (string, error) {
			if n < 1 {
				return body[:len(body)-(len(log)-at(20_000-1637))-3], nil
			}
			return body, nil
		},
		"the file is away for a moment": func(n int, body string) (string, error) {
			if n < 2 {
				return "", missing
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

// When the file that is left begins with the second half of a line, what was shown last does not come back: a gap.
func TestL4RotationLosesTheOverlap(t *testing.T) {
	log, at := burst()
	rest := start.Add(1500*time.Millisecond).Format(stampLayout) + " e 14999\n" + log[at(15_001):]
	b, sum, err := followBurst(t, log, func(n int, body string) (string, error) {
		return rest[max(0, len(rest)-len(body)):], nil
	})
	if err != nil || sum.Gaps != 1 || !slices.Equal(b.kinds(), []NoteKind{GapNote}) {
		t.Errorf("%+v %v %v", sum, err, b.kinds())
	}
	if !strings.HasSuffix(b.out.String(), "line 19999\n") {
		t.Error("the last line is missing")
	}
	// An empty file is left: nothing says that all was shown.
	_, sum, _ = followBurst(t, log, func(int, string) (string, error) { return "", nil })
	if sum.GaveUp != 1 {
		t.Errorf("%+v", sum)
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
