package logtail

import (
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"

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
