package logtail

import (
	"bytes"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

const (
	// maxHeld bounds what is held back of a log, in bytes.
	maxHeld = 256 << 10
	// pieceSize is how much of a line a node's runtime writes at once, in bytes (defaultBufSize in containerd's logger).
	pieceSize = 16 << 10
	// moreTries is how often a log is read anew: four times as much each time, or the same once more where a read broke.
	moreTries = 4
)

// head holds back the lines of the first read with --tail until it is clear whether its first line is one too many.
//
// The kubelet counts pieces of at most 16 KiB, not lines, so a reply may begin in the middle of a line. Therefore one
// more is asked for than wanted: with that one dropped, the first line shown is whole. What is too much to be held is
// counted, and read a second time: then it is known beforehand where what is wanted begins.
type head struct {
	want  int64
	ask   int64 // pieces that are asked for
	tries int

	lines  []logstream.Line
	size   int   // of their text, in bytes
	great  bool  // they are too much to be held: they are counted only
	whole  int64 // lines that have ended
	pieces int64 // in them
	length int   // of the line that has not ended
	told   int64 // bytes of the reply that the lines account for
	first  int64 // when the first line was written

	passing bool // the second read: lines are shown as they come
	begun   bool
	skip    int64 // lines that are still to be left out
	cut     bool  // the first line that is shown lacks its beginning
}

// take says whether a line is to be shown now, and how. The others are held, or left out.
func (h *head) take(l logstream.Line) (logstream.Line, bool) {
	if h.passing {
		return h.pass(l)
	}
	h.count(l)
	if h.great {
		return l, false
	}
	h.size += len(l.Text)
	if h.great = h.size > maxHeld; h.great {
		h.lines = nil
		return l, false
	}
	l.Stamp, l.Text = bytes.Clone(l.Stamp), bytes.Clone(l.Text)
	h.lines = append(h.lines, l)
	return l, false
}

func (h *head) count(l logstream.Line) {
	if h.told == 0 {
		h.first = l.NS
	}
	if l.Start {
		h.told += int64(len(l.Stamp)) + 1
	}
	h.told += int64(len(l.Text))
	h.length += len(l.Text)
	if l.Break {
		h.told++
	}
	if l.End {
		h.whole++
		h.pieces += inPieces(h.length)
		h.length = 0
	}
}

// inPieces is in how many pieces a line is written: one that fills its last piece has an empty one behind it.
func inPieces(n int) int64 { return int64(n)/pieceSize + 1 }

// pass leaves out the lines of the second read that are not wanted. A log that was whole at the first read and begins
// with another line now has grown since.
func (h *head) pass(l logstream.Line) (logstream.Line, bool) {
	if !h.begun {
		h.begun = true
		if h.skip == 0 && !h.cut && l.NS != h.first {
			h.skip = 1
		}
	}
	if h.skip > 0 {
		if l.End {
			h.skip--
		}
		return l, false
	}
	if h.cut {
		h.cut = false
		l.Text = ellipsis(l.Text)
	}
	return l, true
}

func ellipsis(text []byte) []byte { return append([]byte("…"), text...) }

// begins says that the first line of a reply of so many bytes may lack its beginning: it has all that was asked for.
// What the lines do not account for is one that has not ended.
func (h *head) begins(read int64) bool {
	pieces := h.pieces
	if rest := read - h.told; rest > 0 {
		pieces += inPieces(int(rest))
	}
	return pieces >= h.ask
}

// reply is how a read of the end of a log went.
type reply struct {
	bytes int64
	whole bool // it did not break, nor end within the container's last line
}

// again says that the log must be read anew to show as many whole lines as are wanted, and prepares that.
func (h *head) again(r reply) bool {
	switch {
	case h == nil || h.passing:
		return false
	case !r.whole && h.tries < moreTries:
		*h = head{want: h.want, ask: h.ask, tries: h.tries + 1}
	case h.want > 0 && h.tries < moreTries && h.whole <= h.want && h.begins(r.bytes):
		*h = head{want: h.want, ask: 4 * h.ask, tries: h.tries + 1}
	case h.great:
		skip := max(0, h.whole-h.want)
		*h = head{want: h.want, ask: h.ask, passing: true, first: h.first, skip: skip, cut: skip == 0 && h.begins(r.bytes)}
	default:
		return false
	}
	return true
}

// flushHead shows what is held back, without what is too many.
func (t *tail) flushHead() {
	h := t.head
	if h == nil || h.passing {
		return
	}
	t.head = nil
	lines := h.lines
	if h.whole > h.want {
		lines = after(lines, h.whole-h.want)
	} else if len(lines) > 0 && h.begins(t.bytes) {
		lines[0].Text = ellipsis(lines[0].Text)
	}
	for _, l := range lines {
		t.show(l)
	}
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
