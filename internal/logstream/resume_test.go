package logstream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAnyCuttingGivesTheSameLines reads logs with equal stamps, equal lines, clocks that step back and neighbours out of order,
// through streams that break at any byte, in portions of any size: from the beginning or from its middle (--tail), with more or
// fewer lines remembered, and with files that are rotated meanwhile.
func TestAnyCuttingGivesTheSameLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawReading(t)
		cuts := rapid.SliceOfN(rapid.IntRange(0, 1000), 0, 30).Draw(t, "cuts")
		for _, cut := range cuts {
			l.rotate(t)
			if l.barren == manyBarren-1 { // after one more that breaks before anything new there is no margin
				cut = 1000
			}
			body := l.body()
			l.Begin()
			l.feed(body[:len(body)*cut/1000], l.portion(t))
			l.End(false, l.emit)
		}
		for range 2 { // a last line without a line break counts when it has come twice
			body := l.body()
			l.Begin()
			l.feed(body, l.portion(t))
			l.End(true, l.emit)
		}
		if got, want := l.out.String(), want(l.log[l.first:]); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		if len(l.gaps) > 0 {
			t.Fatalf("nothing is missing, but gaps are told: %v", l.gaps)
		}
	})
}

// reading is the reading of a log.
type reading struct {
	reader
	log   []record
	first int // that is wanted
	from  int // where the file begins
	turns bool
	sizes *rapid.Generator[int]
}

func drawReading(t *rapid.T) *reading {
	l := &reading{reader: reader{Cursor: NewCursor()}, sizes: rapid.IntRange(1, 4096)}
	l.seen.most = rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3, 8}).Draw(t, "remembered")
	l.turns = rapid.Bool().Draw(t, "rotated")
	middle := rapid.Bool().Draw(t, "from the middle")
	distinct := l.turns || l.seen.most > 0 || (middle && rapid.Bool().Draw(t, "distinct"))
	l.log = drawLog(t, distinct)
	// A runtime that writes equal lines with one time has taken that once for all of them, and has no neighbours out of order.
	if distinct || !middle {
		swap(t, l.log)
	}
	if len(l.log) == 0 || !middle {
		return l
	}
	// What is read at first is whole, and so is what was written in one moment.
	end := rapid.IntRange(1, len(l.log)).Draw(t, "there at first")
	for end < len(l.log) && l.log[end].at.Equal(l.log[end-1].at) {
		end++
	}
	first := rapid.IntRange(0, end-1).Draw(t, "first")
	l.first = first
	l.Midway()
	l.Begin()
	l.feed(serve(l.log[first:end], time.Time{}, false), l.portion(t))
	l.End(false, l.emit)
	if l.seen.empty() { // a line without its end
		return drawReading(t)
	}
	return l
}

// drawLog draws a log. Where the lines cannot be counted that equal each other none does: what is known of them is their order.
func drawLog(t *rapid.T, distinct bool) []record {
	step := rapid.SampledFrom([]time.Duration{0, 0, 1, 1000, time.Millisecond, 300 * time.Millisecond, time.Second, 5 * time.Second})
	text := rapid.SampledFrom([]string{"", "a", "a", "b", "\r", "2026-11-23T12:00:00Z looks like a stamp", strings.Repeat("long ", 300)})
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	at = at.Add(-rapid.SampledFrom([]time.Duration{0, 1, 1000, time.Millisecond, 301 * time.Millisecond}).Draw(t, "before the second"))
	log := make([]record, rapid.IntRange(0, 60).Draw(t, "lines"))
	for i := range log {
		at = at.Add(step.Draw(t, "step"))
		log[i] = record{at: at, text: text.Draw(t, "text")}
		if distinct {
			log[i].text = fmt.Sprint(i, " ", log[i].text)
		}
	}
	if n := len(log); n > 0 && rapid.Bool().Draw(t, "open") {
		log[n-1].open = true
		log[n-1].text += "x" // an empty line without a line break is no line
	}
	return log
}

// swap lets neighbours stand the other way round, as those of stdout and stderr may.
func swap(t *rapid.T, log []record) {
	for _, i := range rapid.SliceOfN(rapid.IntRange(1, 60), 0, 8).Draw(t, "out of order") {
		if i < len(log) && log[i].at.Sub(log[i-1].at).Abs() <= 5*time.Millisecond {
			log[i].at, log[i-1].at = log[i-1].at, log[i].at
		}
	}
}

func (l *reading) portion(t *rapid.T) func() int {
	return func() int { return l.sizes.Draw(t, "portion") }
}

// body is what the node gives.
func (l *reading) body() []byte {
	since, resumed := l.Since()
	return serve(l.log[l.from:], since, resumed)
}

// shown is how many lines of the log were, and those before them.
func (l *reading) shown() int { return l.first + strings.Count(l.out.String(), "\n") }

// rotate takes away some of what was shown, but not the last line.
func (l *reading) rotate(t *rapid.T) {
	if last := l.shown() - 1; l.turns && last > l.from && last < len(l.log) && rapid.IntRange(0, 3).Draw(t, "rotate") == 0 {
		l.from = rapid.IntRange(l.from, last).Draw(t, "from")
	}
}

// TestResumeOfABurst: of a log that comes faster than is remembered no line is lost, and none is doubled, where neighbours of stdout
// and stderr stand out of order at the edge of what is remembered, and where a clock stepped back (L15).
func TestResumeOfABurst(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		apart time.Duration
		off   func(i int) time.Duration
		shown int
	}{
		"every other line is late": {10 * time.Microsecond, func(i int) time.Duration { return time.Duration((i+1)%2) * 15 * time.Microsecond }, 60_000},
		"now and then one is": {10 * time.Microsecond, func(i int) time.Duration {
			if i%20 == 0 {
				return 15 * time.Microsecond
			}
			return 0
		}, 60_009},
		"the clock steps back": {50 * time.Microsecond, func(i int) time.Duration {
			if i >= 80_000 {
				return -3 * time.Second
			}
			return 0
		}, 119_000},
	} {
		log := make([]record, c.shown+10_000)
		for i := range log {
			log[i] = record{at: at.Add(time.Duration(i)*c.apart + c.off(i)), text: fmt.Sprint("line ", i)}
		}
		for shown := c.shown; shown < c.shown+20; shown += 4 {
			r := &reader{Cursor: NewCursor()}
			r.Begin()
			r.feed(serve(log[:shown], time.Time{}, false), func() int { return 32 << 10 })
			r.End(false, r.emit)
			since, resumed := r.Since()
			r.Begin()
			r.feed(serve(log, since, resumed), func() int { return 32 << 10 })
			r.End(false, r.emit)
			if r.out.String() != want(log) || len(r.gaps) > 0 {
				t.Errorf("%s, cut after %d: %d lines of %d, gaps %v", name, shown, strings.Count(r.out.String(), "\n"), len(log), r.gaps)
			}
		}
	}
}

// TestGapBehindDisorder: what is left of a log that was rotated begins with a line out of order. It is taken for one of those before
// what is remembered, until the next shows that these are gone: then the log is to be read again, and all that is left of it is shown.
func TestGapBehindDisorder(t *testing.T) {
	at := time.Unix(1000, 0)
	log := []record{{at: at, text: "wanted"}, {at: at.Add(time.Microsecond), text: "early"}, {at: at.Add(3 * time.Second), text: "late"}}
	r := &reader{Cursor: NewCursor()}
	r.Midway()
	r.Begin()
	r.feed(serve(log[:1], time.Time{}, false), func() int { return 100 })
	r.End(false, r.emit)
	for i, again := range []bool{true, false} {
		body := serve(log[1:], time.Time{}, false)
		r.Begin()
		gap := r.Added(copy(r.Space(), body), r.emit)
		if gap == nil || gap.Again != again {
			t.Fatalf("read %d: gap %+v", i, gap)
		}
		if !again {
			r.PassGap(r.emit)
		}
		r.End(false, r.emit)
	}
	if got := r.out.String(); got != want(log) {
		t.Errorf("got\n%s", got)
	}
}
