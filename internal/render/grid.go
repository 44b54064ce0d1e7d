package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Grid draws the completion indexes of a Job as cells in rows, and a legend with the number of each sort below. Where
// there are more indexes than fit, a cell stands for several and shows what matters most among them: a failed one, then
// one that is retried, else how much is done. It takes at most rows lines, at least two: fewer give none.
func Grid(ix *jobstatus.Indexes, rows int, st Style) []string {
	if ix == nil || ix.Total <= 0 || rows < 2 {
		return nil
	}
	entries := newTally(ix).legend(st)
	legend := st.flow(entries, rows/2)
	plan := planGrid(int(ix.Total), rows-len(legend), st.Width)
	if plan.each > 1 {
		each := st.Paint(Dim, fmt.Sprintf("a cell is %d indexes", plan.each))
		legend = st.flow(append(entries, each), rows/2)
		plan = planGrid(int(ix.Total), rows-len(legend), st.Width)
	}
	cells := bucket(ix, plan)
	var lines []string
	for first := 0; first < len(cells); first += plan.perRow {
		row := cells[first:min(first+plan.perRow, len(cells))]
		lines = append(lines, plan.label(first)+drawCells(row, st))
	}
	return append(lines, legend...)
}

// plan is how a grid is laid out.
type plan struct {
	total  int // indexes
	each   int // indexes a cell
	perRow int // cells a row, in groups of ten
	margin int // width of the label before a row; 0: no labels
}

// cellGroup is how many cells stand together before a blank.
const cellGroup = 10

// defaultGridWidth is the width of a grid that is not drawn on a terminal.
const defaultGridWidth = 80

func planGrid(total, rows, width int) plan {
	if width <= 0 {
		width = defaultGridWidth
	}
	p := plan{total: total, each: 1, margin: len(strconv.Itoa(total-1)) + 1}
	if total <= cellGroup && total <= width {
		p.margin, p.perRow = 0, total
		return p
	}
	p.perRow = max(1, (width-p.margin+1)/(cellGroup+1)) * cellGroup
	if width < p.margin+cellGroup {
		p.margin, p.perRow = 0, max(1, width)
	}
	for n := 0; ceilDiv(total, p.each) > rows*p.perRow; n++ {
		p.each = roundNumber(n)
	}
	return p
}

// roundNumber is the nth of 2, 5, 10, 20, 50, 100 …
func roundNumber(n int) int {
	power := 1
	for range n / 3 {
		power *= 10
	}
	return [...]int{2, 5, 10}[n%3] * power
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// label is the first index of a row.
func (p plan) label(cell int) string {
	if p.margin == 0 {
		return ""
	}
	return fmt.Sprintf("%*d ", p.margin-1, cell*p.each)
}

// kinds of indexes, in the order of the legend.
type indexKind int

const (
	indexDone indexKind = iota
	indexRunning
	indexPending
	indexRetrying
	indexFailed
	indexIdle
	indexKinds
)

// look is how a kind of index is drawn and called.
type look struct {
	utf8, ascii string
	role        Role
	name        string
}

func (k indexKind) look() look {
	switch k {
	case indexDone:
		return look{"■", "#", Good, "done"}
	case indexRunning:
		return look{"▸", ">", Busy, "running"}
	case indexPending:
		return look{"○", "o", Warn, "pending"}
	case indexRetrying:
		return look{"↻", "r", Warn, "retrying"}
	case indexFailed:
		return look{"✗", "x", Bad, "failed"}
	case indexIdle, indexKinds:
	}
	return look{"·", ".", Dim, "not started"}
}

func (k indexKind) draw(st Style) string {
	l := k.look()
	return st.Paint(l.role, st.either(l.utf8, l.ascii))
}

// tally counts indexes by kind.
type tally [indexKinds]int

func newTally(ix *jobstatus.Indexes) tally {
	var t tally
	total := int(ix.Total)
	for kind, set := range indexSets(ix) {
		for _, r := range set {
			t[kind] += max(0, min(int(r.Last), total-1)-int(r.First)+1)
		}
		t[indexIdle] -= t[kind]
	}
	t[indexIdle] = max(0, t[indexIdle]+total)
	return t
}

// indexSets are the sets of an Indexes by kind.
func indexSets(ix *jobstatus.Indexes) [indexIdle]jobstatus.IndexSet {
	return [indexIdle]jobstatus.IndexSet{
		indexDone: ix.Completed, indexRunning: ix.Running, indexPending: ix.Pending,
		indexRetrying: ix.Retrying, indexFailed: ix.Failed,
	}
}

// legend names the kinds that there are, with their numbers.
func (t tally) legend(st Style) []string {
	var entries []string
	for kind, n := range t {
		if n > 0 {
			k := indexKind(kind)
			entries = append(entries, fmt.Sprintf("%s %d %s", k.draw(st), n, k.look().name))
		}
	}
	return entries
}

// bucket counts the indexes of each kind in each cell. It walks over ranges, not over indexes: 100,000 of them are not
// too many for ten frames a second.
func bucket(ix *jobstatus.Indexes, p plan) []tally {
	cells := make([]tally, ceilDiv(p.total, p.each))
	for i := range cells {
		cells[i][indexIdle] = min(p.each, p.total-i*p.each)
	}
	for kind, set := range indexSets(ix) {
		for _, r := range set {
			first, last := max(0, int(r.First)), min(int(r.Last), p.total-1)
			for first <= last {
				cell := first / p.each
				end := min(last, (cell+1)*p.each-1)
				cells[cell][kind] += end - first + 1
				cells[cell][indexIdle] -= end - first + 1
				first = end + 1
			}
		}
	}
	return cells
}

// drawCells draws a row of cells, neighbours of one colour under one paint.
func drawCells(cells []tally, st Style) string {
	var line, run strings.Builder
	var role Role
	flush := func() {
		line.WriteString(st.Paint(role, run.String()))
		run.Reset()
	}
	for i, c := range cells {
		r, sign := c.draw(st)
		if r != role {
			flush()
			role = r
		}
		if i > 0 && i%cellGroup == 0 {
			run.WriteByte(' ')
		}
		run.WriteString(sign)
	}
	flush()
	return line.String()
}

// draw is the sign of a cell and its colour: that of what matters most among its indexes.
func (t tally) draw(st Style) (Role, string) {
	rest := t[indexRunning] + t[indexPending] + max(0, t[indexIdle])
	kind := indexIdle
	switch {
	case t[indexFailed] > 0:
		kind = indexFailed
	case t[indexRetrying] > 0:
		kind = indexRetrying
	case rest == 0:
		kind = indexDone
	case t[indexDone] > 0:
		return t.share(rest, st)
	case t[indexRunning] > 0:
		kind = indexRunning
	case t[indexPending] > 0:
		kind = indexPending
	}
	l := kind.look()
	return l.role, st.either(l.utf8, l.ascii)
}

// share is the sign of a cell that is done in part, in the colour of the work that goes on in it: a shade, or tenths.
func (t tally) share(rest int, st Style) (Role, string) {
	role := Good
	if t[indexRunning] > 0 {
		role = Busy
	}
	done := float64(t[indexDone]) / float64(t[indexDone]+rest)
	tenths := strconv.Itoa(min(9, max(1, int(done*10))))
	return role, st.either(string([]rune("░▒▓")[min(2, int(done*3))]), tenths)
}
