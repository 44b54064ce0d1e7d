package logtail

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// twoStreams is a log of 20 lines of a container that writes to stdout and stderr at once: two neighbours stand the other way
// round, of which one is the first that is read with --tail 3.
func twoStreams(rest string) string {
	var b strings.Builder
	for i := range 20 {
		at := time.Duration(i) * time.Millisecond
		if i == 15 {
			at += 1500 * time.Microsecond
		}
		fmt.Fprintf(&b, "%s line %d%s\n", start.Add(at).Format(stampLayout), i, rest)
	}
	return b.String()
}

// L10: --tail with -f of such a log: what is read when it is taken up from a time on is told from what was shown by its place.
func TestL10TailOfTwoStreams(t *testing.T) {
	for tail, want := range map[int64]string{0: "", 1: "line 19\n", 3: "line 17\nline 18\nline 19\n", 4: "line 16\nline 17\nline 18\nline 19\n"} {
		b := newBench(newNode(map[string]string{"p/c": twoStreams("")}))
		b.Read.Tail = tail
		sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Minute, pod("p", 0, exited(0), nil)))
		check(t, b, err, want)
		if sum.Gaps != 0 || sum.GaveUp != 0 || len(b.notes) != 0 {
			t.Errorf("--tail %d: %+v, notes %v", tail, sum, b.kinds())
		}
	}
}

// The same without -f, where the log is read again because its last line has no line break, or is not known to be the last.
func TestL10TailOfTwoStreamsThatEnded(t *testing.T) {
	log := twoStreams(" " + strings.Repeat("x", 4000))
	for _, text := range []string{log, strings.TrimSuffix(log, "\n")} {
		b := newBench(newNode(map[string]string{"p/c": text}))
		b.Read.Tail = 3
		sum, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil)))
		if n := strings.Count(b.out.String(), "line "); err != nil || n != 3 || sum.Gaps != 0 || sum.GaveUp != 0 {
			t.Errorf("%v %+v, notes %v, %d lines", err, sum, b.kinds(), n)
		}
	}
}

// Lines that a runtime gives one time, and that equal each other, are counted by their place as well.
func TestL10TailOfEqualLines(t *testing.T) {
	line := start.Format(stampLayout) + " \n"
	b := newBench(newNode(map[string]string{"p/c": strings.Repeat(line, 6)}))
	b.Read.Tail = 2
	sum, err := follow(t, b, begin(pod("p", 0, running(), nil)), finish(time.Minute, pod("p", 0, exited(0), nil)))
	check(t, b, err, "\n\n")
	if sum.Gaps != 0 || sum.GaveUp != 0 || len(b.notes) != 0 {
		t.Errorf("%+v, notes %v", sum, b.kinds())
	}
}
