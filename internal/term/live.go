package term

import (
	"bytes"
	"io"
	"slices"
	"sync"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Live is a block of lines at the bottom of a terminal that is repainted in place, below lines that stay. Its methods
// may be called from several goroutines.
//
// Each call makes at most one write, and none if nothing changed. Between writes the cursor is visible and rests at the
// start of the line below the block; lines are cut to the width of the terminal, the block to its height less one. What
// the block showed last stays when the program ends. How often to repaint is the caller's to decide.
type Live struct {
	w       io.Writer
	size    func() (width, height int)
	reflows bool

	mu     sync.Mutex
	frame  []string // as given
	shown  []string // as written, cut to the size
	width  int      // of the terminal when shown was written
	height int
	closed bool
}

// NewLive prepares a block on w, which must be a terminal that t tells of.
func NewLive(w io.Writer, t *Terminal) *Live {
	return newLive(w, t.Size, t.Reflows)
}

func newLive(w io.Writer, size func() (int, int), reflows bool) *Live {
	return &Live{w: w, size: size, reflows: reflows}
}

// Draw writes the lines above, which stay for good and may wrap, and then the frame below them in place of the last one.
// Lines hold no line break; they may hold colours. The error is the write's.
func (l *Live) Draw(above, frame []string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.draw(above, frame)
}

// Repaint puts a new frame in the place of the last one.
func (l *Live) Repaint(frame []string) error { return l.Draw(nil, frame) }

// Print writes lines above the block, where they stay.
func (l *Live) Print(lines ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.draw(lines, l.frame)
}

// Clear takes the block away, so that others may write; Repaint brings it back.
func (l *Live) Clear() error { return l.Draw(nil, nil) }

// Restart leaves the block as it stands and begins a new one below: for when others wrote to the terminal meanwhile,
// as a shell does while the program is stopped.
func (l *Live) Restart() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown = nil
	return l.draw(nil, l.frame)
}

// Close ends repainting; the last frame stays. Later calls of any method write nothing.
func (l *Live) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

func (l *Live) draw(above, frame []string) error {
	if l.closed {
		return nil
	}
	width, height := l.size()
	lines := fit(frame, width, height)
	same := slices.Equal(lines, l.shown) && width == l.width && height == l.height
	nothing := len(lines) == 0 && len(l.shown) == 0
	if len(above) == 0 && (same || nothing) {
		l.frame = frame
		return nil
	}
	var b bytes.Buffer
	b.WriteString(ansi.SetModeSynchronizedOutput + ansi.HideCursor)
	if up := l.rows(width, height); up > 0 {
		b.WriteString(ansi.CursorUp(up))
	}
	writeAbove(&b, above)
	writeBlock(&b, lines, width)
	b.WriteString(ansi.ShowCursor + ansi.ResetModeSynchronizedOutput)
	l.frame, l.shown, l.width, l.height = frame, lines, width, height
	_, err := l.w.Write(b.Bytes())
	return err
}

// rows is how many rows of a terminal of this size the block that was shown takes. A terminal that became narrower may
// have wrapped its lines anew; rows that were pushed out of the top cannot be reached any more.
func (l *Live) rows(width, height int) int {
	n := len(l.shown)
	if width < l.width && l.reflows {
		n = 0
		for _, line := range l.shown {
			n += max(1, (safetext.Width(line)+width-1)/width)
		}
	}
	return min(n, height-1)
}

// writeAbove writes lines that stay. They start where the block did, so each row is cleared first.
func writeAbove(b *bytes.Buffer, above []string) {
	if len(above) == 0 {
		return
	}
	b.WriteString("\r" + ansi.EraseScreenBelow)
	for _, line := range above {
		b.WriteString(line)
		b.WriteString("\r\n")
	}
}

// writeBlock writes the block over the old one: each row first, then what is left of its old text, so that nothing
// flickers. Rows are kept from wrapping by the terminal too, for the characters whose width it takes for another.
func writeBlock(b *bytes.Buffer, lines []string, width int) {
	b.WriteString("\r" + ansi.ResetModeAutoWrap)
	for _, line := range lines {
		b.WriteString(line)
		if safetext.Width(line) < width { // beyond a full row the erasure would take its last cell
			b.WriteString(ansi.EraseLineRight)
		}
		b.WriteString("\r\n")
	}
	b.WriteString(ansi.SetModeAutoWrap + ansi.EraseScreenBelow)
}

// fit cuts a frame to the size of the terminal; one row is left for the cursor.
func fit(frame []string, width, height int) []string {
	n := min(len(frame), max(1, height-1))
	lines := make([]string, n)
	for i, line := range frame[:n] {
		lines[i] = safetext.Truncate(line, width, "")
	}
	return lines
}
