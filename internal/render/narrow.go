package render

import (
	"slices"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// tooMany are the columns that have to give way for the table to fit.
func (t Table) tooMany(st Style) []string {
	if st.Width <= 0 || len(t.Yields) == 0 {
		return nil
	}
	widths := t.widths()
	total := t.total(widths)
	var out []string
	for _, column := range t.Yields {
		if total <= st.Width {
			break
		}
		if at := slices.Index(t.Headers, column); at >= 0 {
			out = append(out, column)
			total -= widths[at] + gap
		}
	}
	return out
}

// total is how wide the table is, with LastRoom for the last column.
func (t Table) total(widths []int) int {
	total := len(t.Indent) - gap
	for i, w := range widths {
		if i == len(widths)-1 && t.LastRoom > 0 {
			w = min(w, t.LastRoom)
		}
		total += w + gap
	}
	return total
}

// shortened is the table with shorter names, if they take too much of a terminal on which it does not fit.
func (t Table) shortened(st Style) Table {
	at := slices.Index(t.Headers, t.Names)
	if st.Width <= 0 || at < 0 {
		return t
	}
	const half, fifths, least = 2, 5, 2 // of those at least two are left to the names
	widths := t.widths()
	over := t.total(widths) - st.Width
	if over <= 0 || half*widths[at] <= st.Width {
		return t
	}
	room := max(st.Width*least/fifths, widths[at]-over)
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = row
		if at < len(row) && safetext.Width(row[at]) > room {
			rows[i] = slices.Clone(row)
			rows[i][at] = st.middle(row[at], room)
		}
	}
	t.Rows = rows
	return t
}

// middle leaves out the middle of a text. Its end tells most names apart.
func (st Style) middle(text string, width int) string {
	const ending = 16
	tail := min(ending, width/2)
	head := st.Truncate(text, width-tail)
	return head + ansi.TruncateLeft(text, safetext.Width(text)-tail, "")
}

// without is the table without some of its columns.
func (t Table) without(columns []string) Table {
	if len(columns) == 0 {
		return t
	}
	var kept []int
	for i, header := range t.Headers {
		if !slices.Contains(columns, header) {
			kept = append(kept, i)
		}
	}
	pick := func(cells []string) []string {
		some := make([]string, 0, len(kept))
		for _, i := range kept {
			if i < len(cells) {
				some = append(some, cells[i])
			}
		}
		return some
	}
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = pick(row)
	}
	t.Headers, t.Rows, t.Yields = pick(t.Headers), rows, nil
	return t
}
