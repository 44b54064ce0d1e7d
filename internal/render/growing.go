package render

import (
	"io"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Growing is a table to which rows are added as they come. Its columns stay where they are as long as nothing wider
// comes. The zero value is one without rows.
type Growing struct {
	NoHeaders bool

	begun   bool
	without []string // columns that gave way to the first rows
	widths  []int
}

// Again makes the headers come once more before the next row.
func (g *Growing) Again() { g.begun = false }

// Write adds a table's rows, with its headers the first time. It changes the table.
func (g *Growing) Write(w io.Writer, t Table, st Style) error {
	if len(t.Rows) == 0 {
		return nil
	}
	if g.widths == nil {
		g.without = t.tooMany(st)
	}
	t = t.without(g.without).shortened(st)
	lines := t.Rows
	if !g.begun && !g.NoHeaders {
		lines = append([][]string{t.Headers}, lines...)
	}
	g.begun = true
	for _, row := range lines {
		for i, cell := range row {
			if i == len(g.widths) {
				g.widths = append(g.widths, 0)
			}
			g.widths[i] = max(g.widths[i], safetext.Width(cell))
		}
	}
	for _, row := range lines {
		for i := range row[:len(row)-1] {
			row[i] = safetext.Pad(row[i], g.widths[i])
		}
	}
	t.Headers, t.Rows = nil, lines
	return t.write(w, st)
}
