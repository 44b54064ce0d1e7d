package logs

import (
	"io"
	"sync"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term"
)

// board is a line at the bottom of the terminal that tells, second by second, what is waited for. Everything else that is
// written to the terminal meanwhile takes it away first; it comes back when there is something to tell again.
type board struct {
	live *term.Live

	mu   sync.Mutex
	open bool // what was written last does not end its line: there is no place for the board
}

// hasPlace says whether there is a place for a board on the terminal that waiting is. What reads from a pipe, which out may be, may
// write to the same terminal, below the board, which would wipe that away: logs -f x | grep ERROR.
func hasPlace(out io.Writer, terminal, waiting *term.Terminal) bool {
	return waiting.IsTTY && waiting.Live && (terminal.IsTTY || term.IsFile(out))
}

// show tells a line; "": nothing is waited for.
func (b *board) show(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case line == "":
		_ = b.live.Clear() // a terminal that has gone away shows in the next write of a log
	case !b.open:
		_ = b.live.Repaint([]string{line})
	}
}

// over is a writer that takes the board away before it writes.
func (b *board) over(w io.Writer) io.Writer { return &boarded{b, w} }

type boarded struct {
	board *board
	w     io.Writer
}

// Write implements io.Writer.
func (w *boarded) Write(p []byte) (int, error) {
	w.board.mu.Lock()
	defer w.board.mu.Unlock()
	_ = w.board.live.Clear() // see show
	n, err := w.w.Write(p)
	w.board.open = n > 0 && p[n-1] != '\n'
	return n, err
}
