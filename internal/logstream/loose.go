package logstream

// loose is a last line without a line break. A stream that was cut short ends with one as well, so it counts as a line
// only when two streams in a row end with the same.
type loose struct {
	entry
	length int
}

func (c *Cursor) endRest(final bool, emit func(Line)) {
	rest, before := c.buf[c.from:c.to], c.loose
	c.loose = loose{}
	if c.held {
		c.ending.Half = true
		return
	}
	if c.long != nil {
		c.endLong(final, before, emit)
		return
	}
	if len(rest) == 0 {
		return
	}
	ns, n, ok := c.stamps.parse(rest)
	if !ok {
		if c.ending.Half = unfinishedStamp(rest); !c.ending.Half {
			c.stray(rest)
		}
		return
	}
	now := loose{entry{ns, hashOf(c.seed, rest[n:])}, len(rest) - n}
	if !final || now != before {
		c.leave(now, final)
		return
	}
	switch v := c.judge(now.entry); {
	case v == fresh, v == earlier && c.overlap.came, v == jump && now.ns > c.overlap.newest:
		c.show(now.entry, Line{Stamp: rest[:n-1], NS: ns, Text: rest[n:], Start: true, End: true}, emit)
	case v == jump, v == earlier:
		c.ending.Half = true // a piece of a line that was shown
	}
}

// leave leaves what stands behind the last line break for the next stream to bring again.
func (c *Cursor) leave(now loose, final bool) {
	c.ending.Half = true
	if final {
		c.loose = now
	}
}
