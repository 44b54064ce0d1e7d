package render

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Style is what the output understands and how large it is. The zero value is a pipe without UTF-8.
type Style struct {
	Color bool
	UTF8  bool
	// Width and Height are the terminal's, in cells; 0: not a terminal, nothing is cut.
	Width, Height int
}

// Role is what a piece of text means, from which its colour follows.
type Role int

// The roles.
const (
	Plain Role = iota
	Good       // done, succeeded
	Bad        // failed
	Warn       // waits for something, needs a look
	Busy       // being worked on
	Dim        // of little weight
	Bold       // what the eye should find first
)

// Paint gives s the colour of its role, if there are colours. s must be safe already.
func (st Style) Paint(role Role, s string) string {
	if !st.Color || s == "" {
		return s
	}
	switch role {
	case Plain:
		return s
	case Good:
		return ansi.NewStyle(ansi.AttrGreenForegroundColor).Styled(s)
	case Bad:
		return ansi.NewStyle(ansi.AttrRedForegroundColor).Styled(s)
	case Warn:
		return ansi.NewStyle(ansi.AttrYellowForegroundColor).Styled(s)
	case Busy:
		return ansi.NewStyle(ansi.AttrCyanForegroundColor).Styled(s)
	case Dim:
		return ansi.NewStyle(ansi.AttrFaint).Styled(s)
	case Bold:
		return ansi.NewStyle(ansi.AttrBold).Styled(s)
	}
	return s
}

// Text makes text from the cluster safe for one line of this output: see safetext.Cell. On a terminal, text written
// from right to left is kept from reordering what stands beside it. It is applied once, to each value.
func (st Style) Text(s string) string {
	s = safetext.Cell(s)
	switch {
	case !st.UTF8:
		return safetext.ASCII(s)
	case st.Width > 0:
		return safetext.Isolate(s)
	}
	return s
}

// Truncate cuts s to width cells with an ellipsis that the output understands.
func (st Style) Truncate(s string, width int) string {
	return safetext.CloseIsolates(safetext.Truncate(s, width, st.ellipsis()))
}

func (st Style) ellipsis() string { return st.either(safetext.Ellipsis, "...") }

// either is the first with UTF-8, the second without.
func (st Style) either(utf8, ascii string) string {
	if st.UTF8 {
		return utf8
	}
	return ascii
}

// fit cuts a line to the width of the output.
func (st Style) fit(line string) string {
	if st.Width <= 0 {
		return line
	}
	return st.Truncate(line, st.Width)
}

// join puts as many parts on one line as fit, with a separator between them, and drops the others from the end; empty
// parts are left out. The first part always stands, cut if it must be.
func (st Style) join(separator string, parts ...string) string {
	var line strings.Builder
	width := 0
	for _, part := range parts {
		if part == "" {
			continue
		}
		w := safetext.Width(part)
		switch {
		case width == 0:
			part = st.fit(part)
			w = safetext.Width(part)
		case st.Width > 0 && width+safetext.Width(separator)+w > st.Width:
			return line.String()
		default:
			line.WriteString(separator)
			width += safetext.Width(separator)
		}
		line.WriteString(part)
		width += w
	}
	return line.String()
}

// flow puts entries beside each other, on as many lines as it takes, at most limit; the others are left out.
func (st Style) flow(entries []string, limit int) []string {
	const between = 2
	var lines []string
	width := 0
	for _, entry := range entries {
		w := safetext.Width(entry)
		switch {
		case len(lines) > 0 && (st.Width <= 0 || width+between+w <= st.Width):
			lines[len(lines)-1] += strings.Repeat(" ", between) + entry
			width += between + w
		case len(lines) == max(1, limit):
			return lines
		default:
			lines = append(lines, entry)
			width = w
		}
	}
	return lines
}

// wrap breaks safe text into lines between words, the last of at most limit lines cut; margin cells are kept free.
func (st Style) wrap(text string, margin, limit int) []string {
	if st.Width <= 0 {
		return []string{text}
	}
	width := max(1, st.Width-margin)
	lines := strings.Split(ansi.Wrap(text, width, ""), "\n")
	if len(lines) > limit {
		rest := strings.Join(lines[limit-1:], " ")
		lines = append(lines[:limit-1], st.Truncate(rest, width))
	}
	return lines
}

// dot separates facts of equal weight on one line.
func (st Style) dot() string { return st.either(" · ", ", ") }

// times is how a count is written before what it counts.
func (st Style) times() string { return st.either("×", "x") }
