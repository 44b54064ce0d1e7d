package logstream

import "time"

// Line is a line of a log, or a piece of one that is too long to be held. Its bytes are valid until the next call of
// the cursor.
type Line struct {
	Stamp []byte // when it was written, as the kubelet put it: RFC 3339 with nanoseconds
	NS    int64  // the same in nanoseconds since 1970
	Text  []byte // without the line break
	// Start and End say that the piece is the line's first and its last; both hold for a whole line.
	Start, End bool
	// Break says that a line break follows. It is missing only after the last line of a container.
	Break bool
}

// Time is when the line was written.
func (l Line) Time() time.Time { return time.Unix(0, l.NS) }

// Gap is a hole in a log: the line shown last did not come back when the stream was taken up again, so what was written
// between the two times cannot be had any more.
type Gap struct {
	After, Before time.Time
	// Again says that it is not certain yet, for lines before it were not shown: to be so, the log is to be read once more.
	Again bool
}

// Ending says what a stream, from its beginning to its end, has brought.
type Ending struct {
	// News is the number of lines that had not been seen.
	News int
	// Whole says that what the stream had to repeat, it did: it was not cut short before that.
	Whole bool
	// Half says that the stream ended in the middle of a line, whose bytes were dropped.
	Half bool
	// Kubelet is text without a timestamp: the kubelet's own, an error as a rule. At most 4 KiB.
	Kubelet string
}
