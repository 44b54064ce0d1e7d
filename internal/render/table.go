package render

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Table is rows in columns, as kubectl prints them: no borders, three blanks between columns, aligned to the left by
// display width. Cells must be safe (Style.Text) and may be painted.
type Table struct {
	Headers []string // empty: no line of headers
	Rows    [][]string
	// Indent is put before each line.
	Indent string
	// Yields are columns that give way, in this order, until the table fits the terminal: a name that is cut cannot be
	// copied. LastRoom is then enough for the last column, of which the end may be cut; 0: all of it.
	Yields   []string
	LastRoom int
	// Names is the column of names, which are shortened in the middle where they take more than half of the terminal and the table
	// does not fit otherwise: what it is read for comes behind them.
	Names string
}

// manyRows is from where a table's rows go straight to the layout. tablewriter keeps several maps per row, which takes
// 15 µs a row of nine columns: 150 ms for 10,000 rows that are laid out in 5 ms. The text is the same.
const manyRows = 500

// Write writes the table to w. On a terminal (Style.Width above 0) each row is cut to the width; into a pipe never. The
// error is the write's.
func (t Table) Write(w io.Writer, st Style) error {
	return t.without(t.tooMany(st)).shortened(st).write(w, st)
}

func (t Table) write(w io.Writer, st Style) error {
	buffered := bufio.NewWriterSize(w, 64<<10)
	layout := &columns{out: buffered, style: st, indent: t.Indent, widths: t.widths()}
	if err := t.fill(layout); err != nil {
		return err
	}
	return buffered.Flush()
}

// Lines is the table as lines without their line breaks.
func (t Table) Lines(st Style) []string {
	if len(t.Headers) == 0 && len(t.Rows) == 0 {
		return nil
	}
	var b bytes.Buffer
	_ = t.Write(&b, st) // a buffer takes everything
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// fill hands the rows to the layout, by way of tablewriter unless there are too many.
func (t Table) fill(layout *columns) error {
	if len(t.Rows) >= manyRows {
		if len(t.Headers) > 0 {
			layout.line(t.Headers)
		}
		for _, row := range t.Rows {
			layout.line(row)
		}
		return layout.err
	}
	table := tablewriter.NewTable(layout.out,
		tablewriter.WithRenderer(layout),
		tablewriter.WithStreaming(tw.StreamConfig{Enable: true}),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off), // blanks before a name draw a tree
		tablewriter.WithPadding(tw.Padding{Overwrite: true}),
	)
	if err := table.Start(); err != nil {
		return fmt.Errorf("starting a table: %w", err)
	}
	if len(t.Headers) > 0 {
		table.Header(t.Headers)
	}
	for _, row := range t.Rows {
		if err := table.Append(row); err != nil {
			return fmt.Errorf("adding a row to a table: %w", err)
		}
	}
	if err := table.Close(); err != nil {
		return fmt.Errorf("ending a table: %w", err)
	}
	return layout.err
}

// widths is the display width of each column.
func (t Table) widths() []int {
	var widths []int
	for _, row := range append([][]string{t.Headers}, t.Rows...) {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], safetext.Width(cell))
		}
	}
	return widths
}
