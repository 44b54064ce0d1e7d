package safetext

import (
	"strings"
	"unicode/utf8"
)

// Ellipsis marks where something was cut.
const Ellipsis = "…"

// maxError is how many characters of an error message are shown: servers have been seen to echo a whole object.
const maxError = 1000

// breaks are the characters at which a terminal, or an editor that opens a saved output, may start a new line: LF, VT,
// FF, CR, NEL, LS, PS.
const breaks = "\n\v\f\r\u0085\u2028\u2029"

// Cell makes s fit for one line: everything that is not printable is shown as an escape, and the text is cut with an
// ellipsis at its first line break. Line breaks around the text are dropped.
func Cell(s string) string {
	if clean(s) {
		return s
	}
	s = strings.Trim(s, breaks)
	cut := strings.IndexAny(s, breaks)
	if cut >= 0 {
		s = s[:cut]
	}
	out := appendLine(nil, s)
	if cut >= 0 {
		out = append(out, Ellipsis...)
	}
	return string(out)
}

// Line is Cell for text that must not be cut: line breaks are shown as escapes (\n, <U+2028>).
func Line(s string) string {
	if clean(s) {
		return s
	}
	return string(appendLine(nil, s))
}

// block makes s fit for a value of several lines that starts at the column indent: each following line begins there
// behind a bar, so that a line of the value never looks like one of the page's own. Tabs become four blanks; every
// other line break than LF and CRLF is shown as an escape. Line breaks at the end are dropped.
func block(s string, indent int) string {
	if clean(s) {
		return s
	}
	s = strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	s = strings.ReplaceAll(s, "\t", "    ")
	first, rest, more := strings.Cut(s, "\n")
	out := appendLine(nil, first)
	prefix := strings.Repeat(" ", max(0, indent)) + "| "
	for more {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		out = append(out, '\n')
		out = append(out, prefix...)
		out = append(out, appendLine(nil, line)...)
	}
	return string(out)
}

// Error makes a server's message fit for stderr: as block with no indent, cut to 1,000 characters.
func Error(s string) string {
	if utf8.RuneCountInString(s) > maxError {
		n := 0
		for i := range s {
			if n == maxError {
				s = s[:i] + Ellipsis
				break
			}
			n++
		}
	}
	return block(s, 0)
}

// ASCII is for a terminal that does not understand UTF-8, which may take the second byte of a character for a control
// character of its own: every character beyond ASCII is shown as <U+00FC>, typographic signs as their plain forms.
// s must be safe already.
func ASCII(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return s
	}
	var out []byte
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case plainer(r) != "":
			out = append(out, plainer(r)...)
		default:
			out = appendEscaped(out, r, utf8.RuneLen(r), 0)
		}
	}
	return string(out)
}

// plainer is the plain form of a typographic sign, as messages use it; empty: there is none.
func plainer(r rune) string {
	switch r {
	case '…':
		return "..."
	case '×':
		return "x"
	case '–', '—':
		return "-"
	case '‘', '’':
		return "'"
	case '“', '”':
		return `"`
	}
	return ""
}
