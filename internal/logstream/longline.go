package logstream

import "bytes"

// startLong begins to pass on, in pieces, a line that is too long to be held.
func (c *Cursor) startLong(emit func(Line)) *Gap {
	line := c.buf[c.from:c.to]
	ns, n, ok := c.stamps.parse(line)
	if !ok {
		c.stray(line)
		c.long = &long{drop: true}
		c.from = c.to
		return nil
	}
	l := &long{entry: entry{ns, hashOf(c.seed, line[n:])}, stamp: bytes.Clone(line[:n-1])}
	switch c.judge(l.entry) {
	case old, earlier:
		l.drop = true
	case jump:
		return c.gap(l.entry)
	case fresh:
		c.takeUp(l, emit)
	}
	c.long = l
	c.stamped()
	c.piece(line[n:], false, false, emit)
	c.from = c.to
	return nil
}

// takeUp finds out how much of a long line has been shown already.
func (c *Cursor) takeUp(l *long, emit func(Line)) {
	switch p := c.partial; {
	case p == nil:
	case p.entry == l.entry:
		l.skip = p.shown
	default:
		c.breakOff(emit)
	}
}

// breakOff ends the line of which pieces have been shown: its rest cannot be had any more.
func (c *Cursor) breakOff(emit func(Line)) {
	p := c.partial
	c.partial = nil
	emit(Line{Stamp: p.stamp, NS: p.ns, End: true, Break: true})
}

// piece passes on a piece of the long line, without what was shown of it before.
func (c *Cursor) piece(text []byte, end, lineBreak bool, emit func(Line)) {
	l := c.long
	if l.drop || (len(text) == 0 && !end) {
		return
	}
	start := l.given == 0 && l.skip == 0
	skip := min(max(0, l.skip-l.given), len(text))
	l.given += len(text)
	if !end {
		c.partial = &partial{entry: l.entry, stamp: l.stamp, shown: max(l.given, l.skip)}
		if skip == len(text) {
			return
		}
	}
	emit(Line{Stamp: l.stamp, NS: l.ns, Text: text[skip:], Start: start, End: end, Break: lineBreak})
}

// finishLong passes on the last piece of a long line.
func (c *Cursor) finishLong(text []byte, lineBreak bool, emit func(Line)) {
	l := c.long
	c.piece(text, true, lineBreak, emit)
	c.long = nil
	if l.drop {
		return
	}
	c.partial = nil
	c.add(l.entry)
}

// endLong deals with a long line that was not finished when the stream ended.
func (c *Cursor) endLong(final bool, before loose, emit func(Line)) {
	now := loose{c.long.entry, c.long.given}
	switch {
	case c.long.drop:
	case final && now == before:
		c.finishLong(nil, false, emit)
	default:
		c.leave(now, final)
	}
}
