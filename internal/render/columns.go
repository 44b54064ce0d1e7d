package render

import (
	"bufio"
	"io"

	"github.com/olekukonko/ll"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// gap is the number of blanks between two columns, as kubectl's.
const gap = 3

// columns lays rows out in kubectl's look. It is a renderer for tablewriter, whose own counts some characters' width by
// the locale, cuts within characters, and takes twice the time.
type columns struct {
	out    *bufio.Writer
	style  Style
	indent string
	widths []int
	row    []byte
	err    error
}

var _ tw.Renderer = (*columns)(nil)

// line writes one row: each cell filled with blanks to its column's width, none after the last that is not empty.
func (c *columns) line(cells []string) {
	last := len(cells) - 1
	for last > 0 && cells[last] == "" {
		last--
	}
	c.row = append(c.row[:0], c.indent...)
	width := len(c.indent)
	for i, cell := range cells[:last+1] {
		c.row = append(c.row, cell...)
		if i == last {
			width += safetext.Width(cell)
			break
		}
		for n := safetext.Width(cell); n < c.widths[i]+gap; n++ {
			c.row = append(c.row, ' ')
		}
		width += c.widths[i] + gap
	}
	if c.style.Width > 0 && width > c.style.Width {
		c.row = append(c.row[:0], c.style.fit(string(c.row))...)
	}
	c.row = append(c.row, '\n')
	if _, err := c.out.Write(c.row); err != nil && c.err == nil {
		c.err = err
	}
}

// Header is called by tablewriter with the headers, one slice a line.
func (c *columns) Header(headers [][]string, _ tw.Formatting) {
	for _, cells := range headers {
		c.line(cells)
	}
}

// Row is called by tablewriter with each row.
func (c *columns) Row(cells []string, _ tw.Formatting) { c.line(cells) }

// Start is called by tablewriter first; the output is known already.
func (c *columns) Start(io.Writer) error { return nil }

// Close is called by tablewriter last.
func (c *columns) Close() error { return c.err }

// Footer and Line are not part of kubectl's look.
func (c *columns) Footer([][]string, tw.Formatting) {}

// Line would draw a border.
func (c *columns) Line(tw.Formatting) {}

// Logger is not used: nothing is logged.
func (c *columns) Logger(*ll.Logger) {}

// Config tells tablewriter that there are no borders and that rows may come one by one.
func (c *columns) Config() tw.Rendition {
	return tw.Rendition{
		Borders:   tw.BorderNone,
		Symbols:   tw.NewSymbols(tw.StyleNone),
		Settings:  tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		Streaming: true,
	}
}
