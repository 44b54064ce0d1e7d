package logstream

// Formatter writes the lines of one stream in one way. It is not safe for concurrent use: a stream has its own.
type Formatter interface {
	// Append appends a line, or a piece of one, to dst.
	Append(dst []byte, l Line) []byte
}

// Text writes lines as they are, with what is wanted around them. The zero value gives the bytes of the log.
type Text struct {
	// Prefix appends what stands in front of each line; nil: nothing. It may change from line to line.
	Prefix func(dst []byte) []byte
	Stamps bool // put the time in front, as the kubelet writes it
	// Complete ends a last line that has no line break with one.
	Complete bool
	Filter   *Filter // nil: every line
	// Paint changes a line's text before it is shown (highlighting, and what a terminal must not be sent); nil: as it is.
	Paint func(dst, text []byte) []byte

	hidden bool // the line whose pieces come is not wanted
}

// Append implements Formatter.
func (t *Text) Append(dst []byte, l Line) []byte {
	if l.Start {
		t.hidden = t.Filter != nil && !t.Filter.Wants(l.Text)
	}
	if t.hidden {
		return dst
	}
	if l.Start {
		if t.Prefix != nil {
			dst = t.Prefix(dst)
		}
		if t.Stamps {
			dst = append(dst, l.Stamp...)
			dst = append(dst, ' ')
		}
	}
	if t.Paint != nil {
		dst = t.Paint(dst, l.Text)
	} else {
		dst = append(dst, l.Text...)
	}
	if l.End && (l.Break || t.Complete) {
		dst = append(dst, '\n')
	}
	return dst
}
