package safetext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// cells is how widths are counted: by grapheme cluster, colours as nothing.
func cells() displaywidth.Options { return displaywidth.Options{ControlSequences: true} }

// Width is the number of terminal cells that s takes. s may hold colours; it must hold no line break.
func Width(s string) int { return cells().String(s) }

// Truncate cuts s to at most width cells, the last of them tail (Ellipsis, or "..." where there is no UTF-8) if
// something was cut. Colours are closed properly. A width that does not even hold the tail gives as much of s as fits.
func Truncate(s string, width int, tail string) string {
	if width <= 0 {
		return ""
	}
	if len(s) <= width && clean(s) {
		return s
	}
	if cells().String(tail) >= width {
		tail = ""
	}
	return cells().TruncateString(s, width, tail)
}

// Pad fills s with blanks on its right to width cells. What is wider stays as it is.
func Pad(s string, width int) string {
	if n := width - Width(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// The marks that keep text of its own direction from reordering what stands beside it.
const (
	firstStrongIsolate    = "\u2068"
	popDirectionalIsolate = "\u2069"
)

// Isolate puts direction marks around text that is written from right to left, so that a terminal which reorders such
// text reorders this value and not the columns beside it. Other text stays as it is. The marks are ours and take no
// cell; apply it after Cell, which escapes marks.
func Isolate(s string) string {
	for _, r := range s {
		if r >= utf8.RuneSelf && rightToLeft(r) {
			return firstStrongIsolate + s + popDirectionalIsolate
		}
	}
	return s
}

// CloseIsolates closes what Isolate opened in text whose end was cut off since.
func CloseIsolates(s string) string {
	open := strings.Count(s, firstStrongIsolate) - strings.Count(s, popDirectionalIsolate)
	return s + strings.Repeat(popDirectionalIsolate, max(0, open))
}

// rightToLeft says that a rune belongs to a script written from right to left.
func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Samaritan,
		unicode.Mandaic, unicode.Adlam, unicode.Hanifi_Rohingya, unicode.Yezidi, unicode.Mende_Kikakui)
}
