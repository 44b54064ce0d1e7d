package logtail

import (
	"bytes"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// maxHeld bounds what is held back, in bytes.
const maxHeld = 256 << 10

// head holds back the lines of the first read with --tail until it is clear whether its first line is one too many.
//
// The kubelet counts pieces of at most 16 KiB, not lines, so a reply may begin in the middle of a line. Therefore one
// more is asked for than wanted: with that one dropped, the first line shown is whole.
type head struct {
	want  int64
	ask   int64 // pieces that are asked for
	tries int
	lines []logstream.Line
	size  int
}

// hold takes a line; false: it is to be shown as it is.
func (h *head) hold(l logstream.Line, t *tail) bool {
	h.size += len(l.Text)
	l.Stamp, l.Text = bytes.Clone(l.Stamp), bytes.Clone(l.Text)
	h.lines = append(h.lines, l)
	if h.size > maxHeld {
		t.flushHead()
	}
	return true
}

const (
	// pieceSize is how much of a line a node's runtime writes at once, in bytes (defaultBufSize in containerd's logger).
	pieceSize = 16 << 10
	// moreTries is how often more is asked for, four times as much each time.
	moreTries = 4
)

// begins says that the first line of the reply may lack its beginning: there was more than was asked for.
func (h *head) begins() bool {
	pieces := int64(0)
	for _, l := range h.lines {
		pieces += max(1, int64(len(l.Text)+pieceSize-1)/pieceSize)
	}
	return pieces >= h.ask
}

// again says that more must be asked for to show as many whole lines as are wanted.
func (h *head) again() bool {
	if h == nil || h.tries >= moreTries || h.want == 0 || !h.begins() || whole(h.lines) > h.want {
		return false
	}
	*h = head{want: h.want, ask: 4 * h.ask, tries: h.tries + 1}
	return true
}

// flushHead shows what is held back, without the line that is one too many.
func (t *tail) flushHead() {
	h := t.head
	if h == nil {
		return
	}
	t.head = nil
	lines := h.lines
	if n := whole(lines); n > h.want {
		lines = after(lines, n-h.want)
	} else if len(lines) > 0 && h.begins() {
		lines[0].Text = append([]byte("…"), lines[0].Text...)
	}
	for _, l := range lines {
		t.show(l)
	}
}

// whole counts the lines that end.
func whole(lines []logstream.Line) int64 {
	n := int64(0)
	for _, l := range lines {
		if l.End {
			n++
		}
	}
	return n
}

// after returns what follows the first n lines.
func after(lines []logstream.Line, n int64) []logstream.Line {
	for i, l := range lines {
		if n == 0 {
			return lines[i:]
		}
		if l.End {
			n--
		}
	}
	return nil
}
