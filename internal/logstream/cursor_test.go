package logstream

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// record is a line of a log on a node.
type record struct {
	at   time.Time
	text string
	open bool // has no line break: the last line of a container
}

const stampLayout = "2006-01-02T15:04:05.000000000Z07:00"

// serve is what a kubelet gives for a log: everything from a time on, in the order of the file.
func serve(log []record, since time.Time, resumed bool) []byte {
	var b bytes.Buffer
	for _, r := range log {
		if resumed && r.at.Before(since) {
			continue
		}
		b.WriteString(r.at.Format(stampLayout) + " " + r.text)
		if !r.open {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// reader collects what a cursor gives.
type reader struct {
	*Cursor
	out  bytes.Buffer
	gaps []Gap
}

func (r *reader) emit(l Line) {
	if l.Start {
		fmt.Fprintf(&r.out, "%d ", l.NS)
	}
	r.out.Write(l.Text)
	if l.End && l.Break {
		r.out.WriteByte('\n')
	}
}

// feed gives a cursor bytes in portions.
func feed(c *Cursor, body []byte, portion func() int, emit func(Line)) (gaps []Gap) {
	for len(body) > 0 {
		n := copy(c.Space(), body[:min(len(body), max(1, portion()))])
		body = body[n:]
		for gap := c.Added(n, emit); gap != nil; gap = c.PassGap(emit) {
			gaps = append(gaps, *gap)
		}
	}
	return gaps
}

func (r *reader) feed(body []byte, portion func() int) {
	r.gaps = append(r.gaps, feed(r.Cursor, body, portion, r.emit)...)
}

// want is what a log looks like when nothing is lost and nothing comes twice.
func want(log []record) string {
	var b strings.Builder
	for _, r := range log {
		fmt.Fprintf(&b, "%d %s", r.at.UnixNano(), r.text)
		if !r.open {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// TestLooseEnd: what stands behind the last line break counts when two streams of a log at its end agree about it. A stream
// that was cut short never makes a line of a half, not even of one that was shown.
func TestLooseEnd(t *testing.T) {
	at := time.Unix(1000, 0)
	closed := []record{{at: at, text: "one"}, {at: at.Add(1), text: "two"}, {at: at.Add(2), text: "three and a long way to go"}}
	open := append(slices.Clone(closed), record{at: at.Add(3), text: "four", open: true})
	huge := append(slices.Clone(closed), record{at: at.Add(3), text: strings.Repeat("x", 3*MaxLine), open: true})
	short := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:len(b)-n] } }
	whole := short(0)
	for name, c := range map[string]struct {
		log   []record
		reads []func([]byte) []byte
		want  []record
		half  bool // after the last read
	}{
		"once is not enough":         {open, []func([]byte) []byte{whole}, closed, true},
		"twice the same":             {open, []func([]byte) []byte{whole, whole}, open, false},
		"cut, then the same twice":   {open, []func([]byte) []byte{short(2), whole, whole}, open, false},
		"cut at two places":          {open, []func([]byte) []byte{short(1), short(2)}, closed, true},
		"cut inside a line with end": {closed, []func([]byte) []byte{short(5), whole}, closed, false},
		"a known line, cut": {closed, []func([]byte) []byte{whole, func(b []byte) []byte { return b[:len(b)-10] },
			func(b []byte) []byte { return b[:len(b)-10] }}, closed, true},
		"a huge one, once":  {huge, []func([]byte) []byte{whole}, nil, true},
		"a huge one, twice": {huge, []func([]byte) []byte{whole, whole}, huge, false},
	} {
		r := &reader{Cursor: NewCursor()}
		var e Ending
		for _, read := range c.reads {
			since, resumed := r.Since()
			r.Begin()
			r.feed(read(serve(c.log, since, resumed)), func() int { return 32 << 10 })
			e = r.End(true, r.emit)
		}
		if got := r.out.String(); c.want != nil && got != want(c.want) || e.Half != c.half {
			t.Errorf("%s: %d bytes, the end is %q, half %v", name, len(got), got[max(0, len(got)-60):], e.Half)
		}
	}
}

// TestManyLinesManyCuts is the same with a log that is larger than every buffer and what is remembered.
func TestManyLinesManyCuts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var log []record
	for i := range 100_000 {
		if i%5 == 0 { // five lines share a stamp
			at = at.Add(time.Duration(random.IntN(40)) * time.Microsecond)
		}
		log = append(log, record{at: at, text: fmt.Sprintf("line %d %s", i, strings.Repeat("x", random.IntN(80)))})
	}
	r := &reader{Cursor: NewCursor()}
	for range 100 {
		since, resumed := r.Since()
		body := serve(log, since, resumed)
		r.Begin()
		r.feed(body[:random.IntN(len(body)+1)], func() int { return 1 + random.IntN(100_000) })
		r.End(false, r.emit)
	}
	since, resumed := r.Since()
	r.Begin()
	r.feed(serve(log, since, resumed), func() int { return 1 << 20 })
	r.End(true, r.emit)
	if got := r.out.String(); got != want(log) {
		t.Fatalf("%d bytes came, %d were written", len(got), len(want(log)))
	}
}

// TestClockStepsBack (L15): lines that were written after the node's clock was set back are neither lost nor doubled.
func TestClockStepsBack(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 10, 0, time.UTC)
	for _, back := range []time.Duration{300 * time.Millisecond, 900 * time.Millisecond} {
		log := []record{{at: at, text: "a"}, {at: at.Add(time.Millisecond), text: "b"}}
		r := &reader{Cursor: NewCursor()}
		r.Begin()
		r.feed(serve(log, time.Time{}, false), func() int { return 7 })
		r.End(false, r.emit)
		log = append(log, record{at: at.Add(-back), text: "c"}, record{at: at.Add(-back + time.Millisecond), text: "d"})
		for range 3 {
			since, resumed := r.Since()
			r.Begin()
			r.feed(serve(log, since, resumed), func() int { return 7 })
			r.End(false, r.emit)
		}
		if got := r.out.String(); got != want(log) {
			t.Errorf("clock set back by %s: got\n%s\nwant\n%s", back, got, want(log))
		}
	}
}

// TestGapIsTold (L4): what was rotated away is told with both times, and what is left is shown.
func TestGapIsTold(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var log []record
	for i := range 100 {
		log = append(log, record{at: at.Add(time.Duration(i) * 100 * time.Millisecond), text: fmt.Sprint(i)})
	}
	r := &reader{Cursor: NewCursor()}
	r.Begin()
	r.feed(serve(log[:30], time.Time{}, false), func() int { return 100 })
	r.End(false, r.emit)
	since, resumed := r.Since()
	r.Begin()
	r.feed(serve(log[60:], since, resumed), func() int { return 100 })
	r.End(true, r.emit)
	if got, want := r.out.String(), want(append(slices.Clone(log[:30]), log[60:]...)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(r.gaps) != 1 || !r.gaps[0].After.Equal(log[29].at) || !r.gaps[0].Before.Equal(log[60].at) {
		t.Errorf("gaps: %v", r.gaps)
	}
}

// TestHalfLineNeverCounts (L2).
func TestHalfLineNeverCounts(t *testing.T) {
	log := []record{{at: time.Unix(100, 5), text: "one"}, {at: time.Unix(100, 6), text: "two"}}
	body := serve(log, time.Time{}, false)
	for cut := range body {
		r := &reader{Cursor: NewCursor()}
		r.Begin()
		r.feed(body[:cut], func() int { return 1000 })
		if e := r.End(false, r.emit); e.Kubelet != "" {
			t.Errorf("cut at %d: half a line was taken for the kubelet's word: %q", cut, e.Kubelet)
		}
		if whole := bytes.Count(body[:cut], []byte("\n")); strings.Count(r.out.String(), "\n") != whole {
			t.Errorf("cut at %d: %d whole lines came, shown: %q", cut, whole, r.out.String())
		}
	}
}

// TestKubeletSpeaks (L5): text without a stamp is not a line.
func TestKubeletSpeaks(t *testing.T) {
	const text = "failed to create fsnotify watcher: too many open files"
	for _, c := range []struct{ name, body, want, kubelet string }{
		{"alone", text, "", text},
		{"at the end", "2026-11-23T12:00:00Z a\n" + text, "a", text},
		{"with a line break", "2026-11-23T12:00:00Z a\n" + text + "\n", "a", text},
		{"the rest of a line that began before", "rest of it\n2026-11-23T12:00:00Z a\n", "a", ""},
		{"a stamp that was cut", "2026-11-23T12:00:00Z a\n2026-11-2", "a", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cursor := NewCursor()
			cursor.Begin()
			var got []string
			emit := func(l Line) { got = append(got, string(l.Text)) }
			cursor.Added(copy(cursor.Space(), c.body), emit)
			e := cursor.End(false, emit)
			if strings.Join(got, "|") != c.want || e.Kubelet != c.kubelet {
				t.Errorf("lines %q, kubelet %q", got, e.Kubelet)
			}
		})
	}
}

// TestLongLineInPieces (L12): a line of any length passes whole, in pieces, in bounded memory, wherever it breaks.
func TestLongLineInPieces(t *testing.T) {
	huge := strings.Repeat("0123456789", 5*MaxLine/10)
	log := []record{{at: time.Unix(100, 5), text: "before"}, {at: time.Unix(100, 6), text: huge}, {at: time.Unix(100, 7), text: "after"}}
	body := serve(log, time.Time{}, false)
	for _, cuts := range [][]int{nil, {MaxLine / 2}, {2*MaxLine + 17}, {2 * MaxLine, 100, 3*MaxLine + 5}, {len(body) - 3}} {
		r := &reader{Cursor: NewCursor()}
		for _, cut := range append(slices.Clone(cuts), len(body)) {
			since, resumed := r.Since()
			body := serve(log, since, resumed)
			r.Begin()
			r.feed(body[:min(cut, len(body))], func() int { return 32 << 10 })
			r.End(cut == len(body), r.emit)
		}
		if got := r.out.String(); got != want(log) {
			t.Errorf("cuts %v: %d bytes came, %d were written", cuts, len(got), len(want(log)))
		}
		if len(r.buf) > 2*MaxLine {
			t.Errorf("cuts %v: the buffer has %d bytes", cuts, len(r.buf))
		}
	}
}

// TestAdopt: a log that was opened when its container had just been restarted is not shown twice.
func TestAdopt(t *testing.T) {
	log := []record{{at: time.Unix(100, 5), text: "one"}, {at: time.Unix(101, 6), text: "two"}}
	first := &reader{Cursor: NewCursor()}
	first.Begin()
	first.feed(serve(log[:1], time.Time{}, false), func() int { return 1000 })
	first.End(false, first.emit)
	next := &reader{Cursor: NewCursor()}
	next.Adopt(first.Cursor)
	next.Begin()
	next.feed(serve(log, time.Time{}, false), func() int { return 1000 })
	next.End(true, next.emit)
	if got := first.out.String() + next.out.String(); got != want(log) || len(next.gaps) > 0 {
		t.Errorf("got %q, gaps %v", got, next.gaps)
	}
}

// FuzzCursor: whatever bytes come and however they are cut, nothing panics, and a single stream gives the same lines
// in portions as at once.
func FuzzCursor(f *testing.F) {
	f.Add([]byte("2026-11-23T12:00:00.000000001Z a\n2026-11-23T12:00:00Z b"), uint64(3))
	f.Add([]byte("no stamp\n\n2026-11-23T12:00:00+02:00 \xff\xfe\n"), uint64(1))
	f.Fuzz(func(t *testing.T, body []byte, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		var results []string
		for _, portion := range []func() int{func() int { return len(body) }, func() int { return 1 + random.IntN(9) }} {
			r := &reader{Cursor: NewCursor()}
			r.Begin()
			r.feed(body, portion)
			e := r.End(true, r.emit)
			results = append(results, fmt.Sprintf("%s|%+v", r.out.String(), e))
		}
		if results[0] != results[1] {
			t.Errorf("at once:\n%s\nin portions:\n%s", results[0], results[1])
		}
	})
}

func TestStamps(t *testing.T) {
	for _, text := range []string{
		"2026-11-23T12:00:00.123456789Z", "2026-11-23T12:00:00Z", "2024-02-29T23:59:59.5+02:00", "1999-12-31T00:00:00.000000001-11:30",
		"2000-03-01T00:00:00Z", "2100-01-01T12:00:00.1Z",
	} {
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		var s stamps
		for range 2 { // the second time from memory
			ns, n, ok := s.parse([]byte(text + " x"))
			if !ok || n != len(text)+1 || (ns != want.UnixNano()) {
				t.Errorf("%s: %d %d %v, want %d", text, ns, n, ok, want.UnixNano())
			}
		}
	}
	for _, text := range []string{
		"", "x", "2026-11-23", "2026-11-23T12:00:00", "2026-11-23T12:00:00Z", "2026-13-23T12:00:00Z x", "2026-11-23T25:00:00Z x",
		"2026-11-23T12:00:00. x", "2026-11-23T12:00:00.1234567890Z x", "2026-11-23T12:00:00+0200 x", "2026-11-23 12:00:00Z x",
	} {
		var s stamps
		if ns, _, ok := s.parse([]byte(text)); ok {
			t.Errorf("%q was taken for a stamp: %d", text, ns)
		}
	}
}
