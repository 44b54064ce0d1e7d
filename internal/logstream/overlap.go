package logstream

import "math"

// overlap is what a resumed stream is expected to bring again: the lines that were shown, in the order of the file. That order is
// the only certain one: a runtime takes the time of a line before it waits for the file, so that two neighbours of stdout and
// stderr may stand the other way round, and a clock may step back.
//
// The stream begins with lines that are not remembered (front), or in the middle of those that are: what was before has been
// rotated away. The line shown last ends it.
type overlap struct {
	lines  []entry
	since  int64 // what is older was not asked for
	front  int64 // a line that is not younger may stand before them all
	newest int64
	blur   bool // all were written in one moment, and so may be what stands before them

	first   entry // of the log, to know it by; zero: it is not to be known by that
	adopted bool  // it may be another log

	at      []int // how many of lines have come, for each place in them at which the stream may stand; the largest first
	count   int   // lines of the stream
	came    bool  // the line shown last did
	full    bool  // and before it all the others
	skipped int   // lines that were taken for such of the front
	latest  int64 // and the latest time of one
	dropped int   // lines after the one shown last that were taken for remembered ones
}

// overlap returns what a stream that is asked for lines from since on (nanoseconds) should begin with.
func (s *seen) overlap(since int64) *overlap {
	o := &overlap{lines: make([]entry, 0, len(s.times)-s.from), since: since, front: s.forgot, newest: math.MinInt64}
	for i := s.from; i < len(s.times); i++ {
		if e := s.at(i); e.ns >= since {
			o.lines, o.newest = append(o.lines, e), max(o.newest, e.ns)
		}
	}
	switch {
	case s.midway:
		o.front = o.newest + margin
		o.blur = o.lines[0].ns == s.last().ns
	case s.forgot == 0:
		o.front = math.MinInt64
	}
	return o
}

// verdict is what becomes of a line that a resumed stream brings.
type verdict int

const (
	fresh   verdict = iota // not shown yet: what comes after it is fresh as well
	old                    // shown already
	earlier                // stands before what is remembered
	jump                   // not shown yet, and the line shown last did not come before it: there is a gap
)

// judge decides about a line. The log is a file that grows at its end, so whatever comes before the line shown last is old.
func (o *overlap) judge(e entry) verdict {
	if e.ns < o.since {
		return earlier
	}
	last, first := len(o.lines), o.count == 0
	o.advance(e)
	o.count++
	switch {
	case len(o.at) > 0 && o.at[0] == last:
		o.came, o.full, o.dropped = true, o.full || o.count >= last, 0
		return old
	case len(o.at) > 0:
		if o.came {
			o.dropped++
		}
		return old
	case o.came && o.blur && e.ns == o.lines[last-1].ns: // in front of them stood one that equals the last
		o.dropped++
		return earlier
	case o.came && o.dropped == 0:
		return fresh
	case !o.came && o.adopted && first && e == o.first:
		o.front = math.MaxInt64 // of this log more was shown than is remembered
		fallthrough
	case !o.came && e.ns <= o.front:
		o.skipped++
		o.latest = max(o.latest, e.ns)
		return earlier
	default:
		return jump
	}
}

// advance finds the places at which the stream may stand behind a line.
func (o *overlap) advance(e entry) {
	next := o.at[:0]
	for _, n := range o.at {
		if n < len(o.lines) && o.lines[n] == e {
			next = append(next, n+1)
		}
	}
	switch inFront := e.ns <= o.front; {
	case o.count == 0, !inFront && !o.came && len(next) == 0:
		for i := len(o.lines) - 1; i >= 0; i-- {
			if o.lines[i] == e {
				next = append(next, i+1)
			}
		}
	case inFront && o.lines[0] == e && (!o.full || o.blur):
		next = append(next, 1)
	}
	o.at = next
}

// whole says that the line shown last came, and that it was no other one that equals it: none of the places at which the stream
// may have begun has more to come.
func (o *overlap) whole() bool {
	return o.came && o.dropped == 0 && (len(o.at) < 2 || o.at[1] < o.count)
}

// learn keeps what a stream that brought the line shown last has told of what stands before those remembered.
func (s *seen) learn(o *overlap) {
	if !s.midway {
		return
	}
	s.midway, s.forgot = false, max(s.forgot, o.latest, o.since-1)
	if o.blur {
		s.forgot = max(s.forgot, o.newest)
	}
}
