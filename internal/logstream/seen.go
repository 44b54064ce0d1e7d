package logstream

import (
	"hash/maphash"
	"math"
	"time"
)

// entry is what is remembered of a line that has been shown: when it was written, to the nanosecond, and a hash of its
// beginning. Lines that agree in both are counted.
type entry struct {
	ns   int64
	hash uint32
}

const (
	// hashedBytes is how much of a line is hashed: enough to tell lines of one nanosecond apart, and known before a
	// line of a gigabyte has ended.
	hashedBytes = 4 << 10
	// maxSeen bounds how many lines are remembered: 12 bytes each. What is older than all of them is told by its time.
	maxSeen = 32 << 10
	// window is for how long lines are remembered: the margin of a resume and the second that it is rounded down by.
	window = int64(2 * time.Second)
)

// seen remembers the newest lines shown, in their order. The zero value is empty.
type seen struct {
	times  []int64
	hashes []uint32
	from   int // entries before it are forgotten
}

func hashOf(seed maphash.Seed, text []byte) uint32 {
	return uint32(maphash.Bytes(seed, text[:min(len(text), hashedBytes)]))
}

// add remembers a line and forgets those that no resume can ask for.
func (s *seen) add(e entry) {
	s.times, s.hashes = append(s.times, e.ns), append(s.hashes, e.hash)
	for s.times[s.from] < e.ns-window || len(s.times)-s.from > maxSeen {
		s.from++
	}
	if s.from > 1024 && s.from > len(s.times)/2 {
		n := copy(s.times, s.times[s.from:])
		copy(s.hashes, s.hashes[s.from:])
		s.times, s.hashes, s.from = s.times[:n], s.hashes[:n], 0
	}
}

func (s *seen) empty() bool { return s.from == len(s.times) }

// last is the line shown last. There must be one.
func (s *seen) last() entry { return s.at(len(s.times) - 1) }

func (s *seen) at(i int) entry { return entry{s.times[i], s.hashes[i]} }

// overlap is what a resumed stream is expected to bring again: a multiset of the lines that were shown.
type overlap struct {
	left           map[entry]int
	last           entry
	oldest, newest int64
}

// overlap returns what a stream that is asked for lines from since on (nanoseconds) should begin with.
func (s *seen) overlap(since int64) *overlap {
	o := &overlap{left: make(map[entry]int, len(s.times)-s.from), last: s.last(), oldest: s.times[s.from], newest: math.MinInt64}
	for i := s.from; i < len(s.times); i++ {
		e := s.at(i)
		o.newest = max(o.newest, e.ns)
		if e.ns >= since {
			o.left[e]++
		}
	}
	return o
}

// verdict is what becomes of a line that a resumed stream brings.
type verdict int

const (
	fresh   verdict = iota // not shown yet
	old                    // shown already, or before the first that was wanted
	oldLast                // the line that was shown last: everything after it is fresh
	jump                   // not shown yet, and the line shown last did not come before it: there is a gap
)

// judge decides about a line. The log is a file that grows at its end, so whatever comes before the line shown last is
// old. A line that is not remembered is old as well if it is not younger than all that is remembered.
func (o *overlap) judge(e entry) verdict {
	switch n := o.left[e]; {
	case n > 0:
		o.left[e] = n - 1
		if e == o.last && n == 1 {
			return oldLast
		}
		return old
	case e.ns <= o.oldest:
		return old
	default:
		return jump
	}
}

// had says that a line was remembered, whether it has come again or not.
func (o *overlap) had(e entry) bool {
	_, ok := o.left[e]
	return ok
}
