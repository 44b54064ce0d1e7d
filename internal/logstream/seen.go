package logstream

import (
	"cmp"
	"hash/maphash"
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
	// maxSeen bounds how many lines are remembered: 12 bytes each. What stands before all of them is told by its time.
	maxSeen = 32 << 10
	// window is for how long lines are remembered: the margin of a resume and the second that it is rounded down by.
	window = int64(2 * time.Second)
)

// seen remembers the newest lines shown, in their order. The zero value is empty.
type seen struct {
	times  []int64
	hashes []uint32
	from   int   // entries before it are forgotten
	most   int   // how many are remembered; 0: maxSeen
	forgot int64 // the latest time of a line that stands in the log before those remembered; 0: none does
	midway bool  // lines that were never asked for stand there, too: their times are not known
}

func hashOf(seed maphash.Seed, text []byte) uint32 {
	return uint32(maphash.Bytes(seed, text[:min(len(text), hashedBytes)]))
}

// add remembers a line and forgets those that no resume can ask for.
func (s *seen) add(e entry) {
	s.times, s.hashes = append(s.times, e.ns), append(s.hashes, e.hash)
	for s.times[s.from] < e.ns-window || len(s.times)-s.from > cmp.Or(s.most, maxSeen) {
		s.forgot = max(s.forgot, s.times[s.from])
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

// alone says that the log does not hold any more what stood before the lines remembered.
func (s *seen) alone() { s.forgot, s.midway = 0, false }
