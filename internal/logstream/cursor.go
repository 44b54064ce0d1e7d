package logstream

import (
	"bytes"
	"hash/maphash"
	"math"
	"time"
)

const (
	// firstBuffer is the room for what is read at once, in bytes.
	firstBuffer = 64 << 10
	// MaxLine is how much of a line is held, in bytes. Longer lines are passed on in pieces.
	MaxLine = 1 << 20
	// margin is how far before the last line a stream is taken up again: a node's clock may step back.
	margin = int64(time.Second)
	// smallMargin is that after a stream which brought nothing new: of a log that comes fast no more may come in one
	// stream than the margin has. Neighbours of stdout and stderr stand out of order by less. After manyBarren there is none.
	smallMargin = int64(10 * time.Millisecond)
	manyBarren  = 4
	// maxKubelet bounds how much of the kubelet's own text is kept, in bytes.
	maxKubelet = 4 << 10
)

// Cursor turns the bytes of a log, which come in streams that may break anywhere, into lines: each once, in order. It
// remembers the lines of the last two seconds, so that what a resumed stream repeats is told from what is new.
//
// For each stream: Begin, then Space and Added by turns, then End. It is not safe for concurrent use.
type Cursor struct {
	seed    maphash.Seed
	stamps  stamps
	seen    seen
	overlap *overlap // what the stream is expected to repeat; nil: all of it has come
	resumed bool
	barren  int  // streams in a row that brought nothing new: then the margin is small
	held    bool // stands at a gap that has not been accepted

	buf     []byte
	from    int // what is before it has been dealt with
	to      int // what is behind it is free
	scanned int // no line break before it

	long    *long
	partial *partial
	loose   loose   // what stood behind the last line break when the last stream ended
	first   entry   // of the log, or of what is left of it
	before  *Cursor // of the container's run before
	ending  Ending
	lines   int // with a stamp, in this stream
}

// long is a line too long to be held, of which pieces have been passed on.
type long struct {
	entry
	stamp []byte
	drop  bool // it is old
	skip  int  // bytes of it that have been shown already
	given int  // bytes of it that have come in this stream
}

// partial is a line of which pieces have been shown when the stream broke.
type partial struct {
	entry
	stamp []byte
	shown int
}

// NewCursor returns a cursor at the beginning of a log.
func NewCursor() *Cursor { return &Cursor{seed: maphash.MakeSeed()} }

// Since is the time, in whole seconds, from which on a stream is to be asked for; false: from the beginning. Asking
// for less than whole seconds is no use: the API server passes on no more.
func (c *Cursor) Since() (time.Time, bool) {
	if c.seen.empty() {
		return time.Time{}, false
	}
	return time.Unix(c.since()/int64(time.Second), 0).UTC(), true
}

// Last is when the line shown last was written, in nanoseconds since 1970; 0: none was.
func (c *Cursor) Last() int64 {
	if c.seen.empty() {
		return 0
	}
	return c.seen.last().ns
}

// Shown says that a line, with its stamp and without its line break, is the one that was shown last.
func (c *Cursor) Shown(line []byte) bool {
	ns, n, ok := c.stamps.parse(line)
	return ok && !c.seen.empty() && c.seen.last() == entry{ns, hashOf(c.seed, line[n:])}
}

func (c *Cursor) since() int64 {
	ns := c.seen.last().ns
	switch {
	case c.barren == 0:
		ns -= margin
	case c.barren < manyBarren:
		ns -= smallMargin
	}
	return ns - ns%int64(time.Second)
}

// Begin starts a stream that was asked for from Since on.
func (c *Cursor) Begin() {
	c.from, c.to, c.scanned, c.lines, c.held = 0, 0, 0, 0, false
	c.long = nil
	c.ending = Ending{Whole: true}
	c.overlap, c.resumed = nil, !c.seen.empty()
	switch {
	case c.resumed:
		c.overlap = c.seen.overlap(c.since())
	case c.before != nil:
		c.overlap = c.before.seen.overlap(math.MinInt64)
		c.overlap.adopted, c.overlap.first, c.overlap.front, c.overlap.blur = true, c.before.first, math.MinInt64, false
	}
}

// Adopt makes the cursor of a container's next run know what was shown of the run before: if the container was
// restarted while its log was being opened, that may have been the next run's log already.
func (c *Cursor) Adopt(before *Cursor) {
	c.seed = before.seed
	if !before.seen.empty() {
		c.before = before
	}
}

// Midway says that the stream which begins now does so in the middle of the log: it was asked for its last lines.
func (c *Cursor) Midway() { c.seen.midway = true }

// Anew returns a cursor at the beginning of the same log, to read it once more.
func (c *Cursor) Anew() *Cursor { return &Cursor{seed: c.seed, before: c.before, loose: c.loose} }

// Release lets go of the buffer of a log that has been read.
func (c *Cursor) Release() { c.buf, c.from, c.to, c.scanned = nil, 0, 0, 0 }

// Space is where the next bytes of the stream go. It is never empty.
func (c *Cursor) Space() []byte {
	if c.from > 0 {
		n := copy(c.buf, c.buf[c.from:c.to])
		c.scanned -= c.from
		c.from, c.to = 0, n
	}
	switch {
	case c.buf == nil:
		c.buf = make([]byte, firstBuffer)
	case c.to == 0 && len(c.buf) > firstBuffer:
		c.buf = make([]byte, firstBuffer) // a long line has passed
	case c.to == len(c.buf):
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	}
	return c.buf[c.to:]
}

// Added says that n more bytes are in the space, and gives the lines that are complete to emit. At a gap it stops, with
// the line behind the gap not given yet: PassGap goes on.
func (c *Cursor) Added(n int, emit func(Line)) *Gap {
	c.to += n
	if c.held {
		return nil
	}
	for {
		i := bytes.IndexByte(c.buf[c.scanned:c.to], '\n')
		if i < 0 {
			break
		}
		end := c.scanned + i
		if gap := c.complete(c.buf[c.from:end], emit); gap != nil {
			return gap
		}
		c.from, c.scanned = end+1, end+1
	}
	c.scanned = c.to
	if c.long != nil {
		c.piece(c.buf[c.from:c.to], false, false, emit)
		c.from = c.to
		return nil
	}
	if c.to-c.from >= MaxLine {
		return c.startLong(emit)
	}
	return nil
}

// PassGap accepts the gap that Added or End stopped at and goes on.
func (c *Cursor) PassGap(emit func(Line)) *Gap {
	c.overlap, c.held = nil, false
	c.first = entry{}
	c.seen.alone()
	return c.Added(0, emit)
}

// End says that the stream has ended. Bytes after the last line break are a line only if the log itself is at its end
// (final: the container has ended before the stream was opened, and the stream did not break), and if the last such stream
// ended with the same bytes.
func (c *Cursor) End(final bool, emit func(Line)) Ending {
	c.endRest(final, emit)
	e := c.ending
	e.Whole = c.overlap == nil || !c.resumed || c.overlap.whole()
	if e.Whole && c.resumed && c.overlap != nil && !c.overlap.blur {
		c.seen.learn(c.overlap)
	}
	switch {
	case !c.resumed || e.News > 0:
		c.barren = 0
	case e.Whole: // it may have broken right behind what it had to repeat
		c.barren = 1
	default:
		c.barren++
	}
	c.long = nil
	c.from, c.to, c.scanned = 0, 0, 0
	return e
}

// complete deals with a line whose line break has come.
func (c *Cursor) complete(line []byte, emit func(Line)) *Gap {
	if c.long != nil {
		c.finishLong(line, true, emit)
		return nil
	}
	ns, n, ok := c.stamps.parse(line)
	if !ok {
		c.stray(line)
		return nil
	}
	e := entry{ns, hashOf(c.seed, line[n:])}
	if c.overlap != nil {
		switch c.judge(e) {
		case old, earlier:
			c.stamped()
			return nil
		case jump:
			return c.gap(e)
		case fresh:
		}
	}
	c.stamped()
	c.show(e, Line{Stamp: line[:n-1], NS: ns, Text: line[n:], Start: true, End: true, Break: true}, emit)
	return nil
}

// stamped counts a line with a stamp. What stood without one in front of a stream's first line was not the kubelet's
// word but the rest of a line that began before the time asked for.
func (c *Cursor) stamped() {
	if c.lines == 0 {
		c.ending.Kubelet = ""
	}
	c.lines++
}

// judge tells what is new from what a resumed stream repeats.
func (c *Cursor) judge(e entry) verdict {
	if c.overlap == nil {
		return fresh
	}
	v := c.overlap.judge(e)
	if v == jump && c.overlap.adopted {
		v = fresh // it is not known of the run before: this is another log, whatever its clock says
	}
	if v == fresh {
		if c.resumed {
			c.seen.learn(c.overlap)
		}
		c.overlap = nil
	}
	return v
}

// gap stops at a line. Lines that were taken for such as stand before what was shown did not: that is not in the log any more, so
// nothing is that stood before it, and the next stream brings them again.
func (c *Cursor) gap(e entry) *Gap {
	c.held = true
	g := &Gap{After: time.Unix(0, c.seen.last().ns).UTC(), Before: time.Unix(0, e.ns).UTC()}
	if g.Again = c.overlap.skipped > 0 && !c.overlap.came; g.Again {
		c.seen.alone()
	}
	return g
}

// show gives a line, without what pieces have shown of it before the stream broke.
func (c *Cursor) show(e entry, l Line, emit func(Line)) {
	switch p := c.partial; {
	case p == nil:
	case p.entry == e:
		c.partial, l.Start, l.Text = nil, false, l.Text[min(p.shown, len(l.Text)):]
	default:
		c.breakOff(emit)
	}
	c.add(e)
	emit(l)
}

// add remembers a line that is shown.
func (c *Cursor) add(e entry) {
	if c.first == (entry{}) {
		c.first = e
	}
	c.seen.add(e)
	c.ending.News++
}

// stray keeps text without a timestamp. In front of the first line of a stream it is the rest of a line that began
// before the time asked for; anywhere else the kubelet speaks.
func (c *Cursor) stray(text []byte) {
	if room := maxKubelet - len(c.ending.Kubelet); room > 0 {
		if c.ending.Kubelet != "" {
			c.ending.Kubelet += "\n"
		}
		c.ending.Kubelet += string(text[:min(len(text), room)])
	}
}
