package render

import "strings"

// eighths are a cell filled by 0 to 7 eighths from its left.
const eighths = " ▏▎▍▌▋▊▉"

// Bar draws fraction (0 to 1; below 0: unknown) as a bar of width cells, the done part in the colour of role. It is full
// only when everything is done, and not empty once something is. Without UTF-8 it is [####----].
func Bar(fraction float64, width int, role Role, st Style) string {
	if !st.UTF8 {
		return asciiBar(fraction, width, role, st)
	}
	if width <= 0 {
		return ""
	}
	if fraction < 0 {
		return st.Paint(Dim, strings.Repeat("░", width))
	}
	parts := filled(fraction, width*8)
	done := strings.Repeat("█", parts/8)
	if rest := parts % 8; rest > 0 {
		done += string([]rune(eighths)[rest])
	}
	left := strings.Repeat("░", width-(parts+7)/8)
	return st.Paint(role, done) + st.Paint(Dim, left)
}

func asciiBar(fraction float64, width int, role Role, st Style) string {
	width -= 2 // the brackets
	if width <= 0 {
		return ""
	}
	if fraction < 0 {
		return "[" + st.Paint(Dim, strings.Repeat("?", width)) + "]"
	}
	n := filled(fraction, width)
	return "[" + st.Paint(role, strings.Repeat("#", n)) + st.Paint(Dim, strings.Repeat("-", width-n)) + "]"
}

// filled is how many of n parts are drawn as done.
func filled(fraction float64, n int) int {
	switch {
	case fraction <= 0:
		return 0
	case fraction >= 1:
		return n
	}
	return min(max(1, int(fraction*float64(n))), n-1)
}

// percent is a fraction for people: 100% only when everything is done, and never 0% once something is.
func percent(fraction float64) int { return filled(fraction, 100) }
