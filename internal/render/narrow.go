package render

import "slices"

// tooMany are the columns that have to give way for the table to fit.
func (t Table) tooMany(st Style) []string {
	if st.Width <= 0 || len(t.Yields) == 0 {
		return nil
	}
	widths := t.widths()
	total := len(t.Indent) - gap
	for i, w := range widths {
		if i == len(widths)-1 && t.LastRoom > 0 {
			w = min(w, t.LastRoom)
		}
		total += w + gap
	}
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
