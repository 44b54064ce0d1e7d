package safetext

import (
	"github.com/charmbracelet/x/ansi"
)

// LogLine says how a line of a program's output is shown on a terminal.
type LogLine struct {
	// Color keeps the program's colours (SGR sequences: ESC [ digits m); without it they are left out.
	Color bool
	// ASCII is for a terminal without UTF-8.
	ASCII bool
}

// Append appends one line of a program's output, without its line break, to dst. Colours are kept if wanted and reset
// at the end of the line; tabs are kept; a carriage return at the end is dropped, as of a CRLF; everything else that is not printable is shown as an escape. It does not
// allocate beyond growing dst, unless the line holds something to escape beyond ASCII.
func (o LogLine) Append(dst, line []byte) []byte {
	start, colored := len(dst), false
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	for len(line) > 0 {
		n := printable(line)
		dst = append(dst, line[:n]...)
		line = line[n:]
		if len(line) == 0 {
			break
		}
		if n = SGR(line); n > 0 {
			if o.Color {
				dst = append(dst, line[:n]...)
				colored = true
			}
			line = line[n:]
			continue
		}
		n = special(line)
		dst = o.appendSpecial(dst, line[:n], len(dst) == start)
		line = line[n:]
	}
	if colored {
		dst = append(dst, ansi.ResetStyle...)
	}
	return dst
}

// appendSpecial appends text that is not plain and holds no colour.
func (o LogLine) appendSpecial(dst, text []byte, first bool) []byte {
	if o.ASCII {
		return append(dst, ASCII(string(appendLine(nil, text)))...)
	}
	if first {
		return append(dst, appendLine(nil, text)...)
	}
	return appendLine(dst, text)
}

// printable is the length of the plain text at the start of line: printable ASCII and tabs.
func printable(line []byte) int {
	for i, c := range line {
		if !plain(c) && c != '\t' {
			return i
		}
	}
	return len(line)
}

// special is the length of the text at the start of line that is neither plain nor may start a colour: at least 1.
func special(line []byte) int {
	for i, c := range line {
		if i > 0 && (c < 0x80 || c == '\x1b') {
			return i
		}
	}
	return len(line)
}

// SGR is the length of a colour sequence (ESC [ digits, semicolons and colons, m) at the start of line, or 0.
func SGR(line []byte) int {
	if len(line) < 3 || line[0] != ansi.ESC || line[1] != '[' {
		return 0
	}
	for i, c := range line[2:] {
		switch {
		case c == 'm':
			return i + 3
		case c < '0' || c > ';':
			return 0
		}
	}
	return 0
}
