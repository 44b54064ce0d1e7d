package render

import (
	"bufio"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// page collects the lines of a describe page: labels with values, in blocks whose values begin at one column.
type page struct {
	st    Style
	lines []string
	block []pair
}

// pair is one label with its value.
type pair struct {
	level int
	label string // with its colon
	value string // safe; may hold line breaks, which continue at the value's column
	role  Role
}

// levelWidth is by how many blanks a level is indented, as in kubectl.
const levelWidth = 2

// put adds a label with a value of our own making; the value must be safe.
func (p *page) put(level int, label, value string) { p.putRole(level, label, value, Plain) }

func (p *page) putRole(level int, label, value string, role Role) {
	p.block = append(p.block, pair{level, label + ":", value, role})
}

// text adds a label with a value from the cluster, which may be anything, several lines too.
func (p *page) text(level int, label, value string) {
	p.block = append(p.block, pair{level, p.st.Text(label) + ":", p.safe(value), Plain})
}

// safe keeps the line breaks of a value and nothing else that is not printable.
func (p *page) safe(value string) string {
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(value, "\r\n", "\n"), "\n"), "\n")
	for i, line := range lines {
		// Line, not Cell: nothing is cut here.
		line = safetext.Line(strings.ReplaceAll(line, "\t", "    "))
		if !p.st.UTF8 {
			line = safetext.ASCII(line)
		} else if p.st.Width > 0 {
			line = safetext.Isolate(line)
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// title adds a label without a value, over a block of its own.
func (p *page) title(level int, label string) {
	p.flush()
	p.lines = append(p.lines, strings.Repeat(" ", level*levelWidth)+p.st.Paint(Bold, label+":"))
}

// raw adds finished lines.
func (p *page) raw(lines ...string) {
	p.flush()
	p.lines = append(p.lines, lines...)
}

// blank adds an empty line between sections.
func (p *page) blank() {
	p.flush()
	if n := len(p.lines); n > 0 && p.lines[n-1] != "" {
		p.lines = append(p.lines, "")
	}
}

// flush lays out the block.
func (p *page) flush() {
	column := 0
	for _, e := range p.block {
		column = max(column, e.level*levelWidth+safetext.Width(e.label)+2)
	}
	for _, e := range p.block {
		p.lines = append(p.lines, p.layOut(e, column)...)
	}
	p.block = p.block[:0]
}

// layOut puts the value at its column. Further lines of the value itself stand behind a bar, so that none looks like a
// line of the page; lines that only the terminal's width made do not.
func (p *page) layOut(e pair, column int) []string {
	head := strings.Repeat(" ", e.level*levelWidth) + e.label
	if e.value == "" {
		return []string{head}
	}
	if p.below(e.value, column) {
		return p.layBelow(e, head)
	}
	margin := strings.Repeat(" ", column)
	var lines []string
	for i, line := range strings.Split(e.value, "\n") {
		for j, part := range p.fold(line, column) {
			switch {
			case i == 0 && j == 0:
				lines = append(lines, safetext.Pad(head, column)+p.st.Paint(e.role, part))
			case i == 0:
				lines = append(lines, margin+p.st.Paint(e.role, part))
			default:
				lines = append(lines, margin+"| "+p.st.Paint(e.role, part))
			}
		}
	}
	return lines
}

// below says that there is no room for a value at its column, and more below its label.
func (p *page) below(value string, column int) bool {
	if p.st.Width <= 0 || p.st.Width-column >= little {
		return false
	}
	return slices.ContainsFunc(strings.Split(value, "\n"), func(line string) bool { return safetext.Width(line) > p.st.Width-column })
}

// layBelow puts a value below its label, all of it behind a bar.
func (p *page) layBelow(e pair, head string) []string {
	lines := []string{head}
	margin := strings.Repeat(" ", (e.level+1)*levelWidth) + "| "
	for _, line := range strings.Split(e.value, "\n") {
		for _, part := range p.fold(line, len(margin)) {
			lines = append(lines, margin+p.st.Paint(e.role, part))
		}
	}
	return lines
}

// little is from how few cells on a value is rather put below its label.
const little = 20

// fold breaks a line between words where the terminal ends; a word that is longer is left whole, to be copied.
func (p *page) fold(line string, column int) []string {
	if p.st.Width <= 0 || safetext.Width(line) <= p.st.Width-column {
		return []string{line}
	}
	return wrapWords(line, max(little, p.st.Width-column))
}

// wrapWords breaks a line at blanks alone, so that what a reader copies stays whole.
func wrapWords(line string, width int) []string {
	var lines []string
	current := ""
	for _, word := range strings.SplitAfter(line, " ") {
		if current != "" && safetext.Width(strings.TrimRight(current+word, " ")) > width {
			lines = append(lines, strings.TrimRight(current, " "))
			current = ""
		}
		current += word
	}
	return append(lines, strings.TrimRight(current, " "))
}

// table adds a table whose last column is folded instead of cut: an event's message is what it is read for.
func (p *page) table(t Table) {
	p.flush()
	if p.st.Width <= 0 || len(t.Rows) == 0 {
		p.lines = append(p.lines, t.Lines(Style{Color: p.st.Color, UTF8: p.st.UTF8})...)
		return
	}
	widths := t.widths()
	last := len(widths) - 1
	used := len(t.Indent)
	for _, w := range widths[:last] {
		used += w + gap
	}
	const least = 24
	room := p.st.Width - used
	if room < least {
		p.twoLines(t, last)
		return
	}
	var rows [][]string
	for _, row := range t.Rows {
		rows = append(rows, foldRow(row, last, room)...)
	}
	t.Rows = rows
	p.lines = append(p.lines, t.Lines(p.st)...)
}

// twoLines is a table whose last column stands below each row: there is no room beside it.
func (p *page) twoLines(t Table, last int) {
	rest := make([]string, len(t.Rows))
	narrow := Table{Headers: t.Headers[:min(last, len(t.Headers))], Indent: t.Indent, Yields: t.Yields}
	for i, row := range t.Rows {
		if len(row) > last {
			rest[i] = row[last]
		}
		narrow.Rows = append(narrow.Rows, row[:min(last, len(row))])
	}
	lines := narrow.Lines(p.st)
	if len(t.Headers) > 0 {
		p.lines = append(p.lines, lines[0])
		lines = lines[1:]
	}
	margin := t.Indent + "    "
	for i, line := range lines {
		p.lines = append(p.lines, line)
		if rest[i] == "" {
			continue
		}
		for _, part := range strings.Split(ansi.Wrap(rest[i], max(1, p.st.Width-len(margin)), ""), "\n") {
			p.lines = append(p.lines, margin+part)
		}
	}
}

func foldRow(row []string, last, room int) [][]string {
	if len(row) <= last || safetext.Width(row[last]) <= room {
		return [][]string{row}
	}
	var rows [][]string
	for i, part := range strings.Split(ansi.Wrap(row[last], room, ""), "\n") {
		r := make([]string, last+1)
		if i == 0 {
			copy(r, row[:last])
		}
		r[last] = part
		rows = append(rows, r)
	}
	return rows
}

// writeTo writes the page. The error is the write's.
func (p *page) writeTo(w io.Writer) error {
	p.flush()
	b := bufio.NewWriter(w)
	for _, line := range p.lines {
		if _, err := b.WriteString(line + "\n"); err != nil {
			return err
		}
	}
	return b.Flush()
}
