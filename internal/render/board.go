package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Board draws several Jobs as a block of lines for a live view: one line with a bar each, by namespace and name, those
// that ended below those that run, and a total line last. Where the height does not hold all, the last are counted
// instead.
func Board(jobs []jobstatus.Status, now time.Time, st Style) []string {
	jobs = slices.Clone(jobs)
	slices.SortStableFunc(jobs, func(a, b jobstatus.Status) int {
		return cmp.Or(
			cmp.Compare(sunk(a), sunk(b)),
			cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Name, b.Name),
		)
	})
	shown := jobs
	if st.Height > 0 {
		if limit := st.Height - 2; len(jobs) > limit { // the total, and the cursor's row
			shown = jobs[:max(0, limit-1)]
		}
	}
	lines := boardRows(shown, now, st)
	if rest := jobs[len(shown):]; len(rest) > 0 {
		lines = append(lines, st.Paint(Dim, fmt.Sprintf("%s %d more: %s", st.ellipsis(), len(rest), strings.Join(outcomes(rest), ", "))))
	}
	return clip(append(lines, total(jobs, st)), st)
}

func sunk(s jobstatus.Status) int {
	if s.Outcome == jobstatus.Unfinished {
		return 0
	}
	return 1
}

// boardRows lays the Jobs out in columns: sign and name, bar, done of total, state and for how long, why. A narrow
// terminal shows neither why nor a bar, a very narrow one not how long either.
func boardRows(jobs []jobstatus.Status, now time.Time, st Style) []string {
	const veryNarrow, wide = 60, 100
	names := boardNames(jobs, st)
	nameWidth, barWidth := boardWidths(jobs, names, st)
	table := Table{}
	for i, s := range jobs {
		name := names[i]
		if st.Width > 0 {
			name = st.Truncate(name, nameWidth)
		}
		row := []string{mark(s, st) + " " + name}
		if barWidth > 0 {
			row = append(row, jobBar(s, barWidth, st))
		}
		row = append(row, boardDone(s), st.Paint(stateRole(s), string(s.State)))
		if st.Width <= 0 || st.Width >= veryNarrow {
			row = append(row, boardTime(s, now))
		}
		if st.Width <= 0 || st.Width >= wide {
			row = append(row, st.Paint(Dim, boardWhy(s, st)))
		}
		table.Rows = append(table.Rows, row)
	}
	return table.Lines(st)
}

// boardNames are the Jobs' names, with their namespaces where these differ.
func boardNames(jobs []jobstatus.Status, st Style) []string {
	names := make([]string, len(jobs))
	for i, s := range jobs {
		names[i] = st.Text(s.Name)
		if !sameNamespace(jobs) {
			names[i] = st.Text(s.Namespace + "/" + s.Name)
		}
	}
	return names
}

// boardWidths shares a terminal's width between names and bars: names first, up to two fifths of a wide one.
func boardWidths(jobs []jobstatus.Status, names []string, st Style) (name, bar int) {
	const longestBar, shortestBar, longestTime, sign = 20, 5, 6, 2
	if st.Width <= 0 {
		return 0, longestBar
	}
	widest, done, state := 0, 0, 0
	for i, s := range jobs {
		widest = max(widest, safetext.Width(names[i]))
		done = max(done, len(boardDone(s)))
		state = max(state, len(s.State))
	}
	left := st.Width - sign - done - state - 2*gap
	name = min(widest, left)
	if wide := min(widest, st.Width*2/5); left-wide >= shortestBar+longestTime+2*gap {
		return wide, min(longestBar, left-wide-longestTime-2*gap)
	}
	return max(1, name), 0
}

// boardDone is progress in the shortest form: the unit is not told.
func boardDone(s jobstatus.Status) string {
	if s.Progress.Total == 0 && s.Kind == jobstatus.WorkQueue {
		return fmt.Sprintf("%d/?", s.Progress.Done)
	}
	return fmt.Sprintf("%d/%d", s.Progress.Done, s.Progress.Total)
}

func sameNamespace(jobs []jobstatus.Status) bool {
	for _, s := range jobs {
		if s.Namespace != jobs[0].Namespace {
			return false
		}
	}
	return true
}

func jobBar(s jobstatus.Status, width int, st Style) string {
	fraction, known := s.Progress.Fraction()
	if !known {
		fraction = -1
	}
	role := Good
	if stateRole(s) == Bad {
		role = Bad
	}
	return Bar(fraction, width, role, st)
}

// boardTime is how long a Job took, or has been in its state.
func boardTime(s jobstatus.Status, now time.Time) string {
	switch {
	case s.Outcome == jobstatus.Succeeded || s.Outcome == jobstatus.FailedOutcome:
		return Duration(s.Duration)
	case s.Since.IsZero():
		return ""
	}
	return Since(s.Since, now)
}

// boardWhy is why a Job is not well, or its ETA.
func boardWhy(s jobstatus.Status, st Style) string {
	if text := diagnosis.Headline(diagnosis.Facts{Status: s}); text != "" {
		return st.Text(text)
	}
	return eta(s.Progress.ETA)
}

// total is the last line: how many Jobs, how they stand, and how far they are together.
func total(jobs []jobstatus.Status, st Style) string {
	var done, of int
	for _, s := range jobs {
		if s.Progress.Unit == jobstatus.Completions {
			done += int(s.Progress.Done)
			of += int(s.Progress.Total)
		}
	}
	parts := append([]string{st.Paint(Bold, plural(len(jobs), "Job"))}, outcomes(jobs)...)
	if of > 0 {
		fraction := float64(done) / float64(of)
		parts = append(parts, fmt.Sprintf("%d/%d completions", done, of), fmt.Sprintf("%d%%", percent(fraction)))
	}
	return st.join(st.dot(), parts...)
}

// outcomes counts Jobs by how they stand: "1 failed", "3 unfinished", "4 complete".
func outcomes(jobs []jobstatus.Status) []string {
	count := map[string]int{}
	for _, s := range jobs {
		count[standing(s)]++
	}
	var parts []string
	for _, word := range []string{"failed", "gone", "unfinished", "complete"} {
		if n := count[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	return parts
}

func standing(s jobstatus.Status) string {
	switch s.Outcome {
	case jobstatus.Succeeded:
		return "complete"
	case jobstatus.FailedOutcome:
		return "failed"
	case jobstatus.Vanished, jobstatus.ReplacedByTwin:
		return "gone"
	case jobstatus.Unfinished:
	}
	return "unfinished"
}
