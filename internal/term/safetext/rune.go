package safetext

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// plain says that a byte is printable ASCII.
func plain(c byte) bool { return c-0x20 < 0x5f }

// shown says that a rune may be sent to a terminal as it is: it is visible, or a blank that moves the cursor to the
// right and nothing else.
func shown(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return plain(byte(r))
	case r == '\uFE0E', r == '\uFE0F': // the text and the emoji form of the symbol before them
		return true
	case unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return false // printable by category, invisible on the screen
	}
	return unicode.IsPrint(r) || unicode.Is(unicode.Zs, r)
}

// joins says that a rune is drawn onto the one before it, so that it must not come first: it would alter our own text.
func joins(r rune) bool {
	return r >= utf8.RuneSelf && unicode.Is(unicode.M, r)
}

// appendEscaped appends a rune that must not be sent as it is. A rune of RuneError with size 1 is a byte that is not
// UTF-8: first is that byte.
func appendEscaped(dst []byte, r rune, size int, first byte) []byte {
	switch {
	case r == utf8.RuneError && size == 1:
		return append(dst, '\\', 'x', hexDigits[first>>4], hexDigits[first&15])
	case r == '\n':
		return append(dst, `\n`...)
	case r == '\r':
		return append(dst, `\r`...)
	case r == '\t':
		return append(dst, `\t`...)
	case r < utf8.RuneSelf:
		return append(dst, '\\', 'x', hexDigits[r>>4], hexDigits[r&15])
	}
	return fmt.Appendf(dst, "<U+%04X>", r)
}

// appendLine appends s with everything made visible; line breaks too. It is the heart of every function here.
func appendLine[T ~string | ~[]byte](dst []byte, s T) []byte {
	atStart := len(dst) == 0
	for i := 0; i < len(s); {
		if c := s[i]; plain(c) {
			dst, atStart = append(dst, c), false
			i++
			continue
		}
		r, size := decode(s[i:])
		switch {
		case r == utf8.RuneError && size == 1, !shown(r), atStart && joins(r):
			dst = appendEscaped(dst, r, size, s[i])
		default:
			dst = append(dst, s[i:i+size]...)
		}
		atStart = false
		i += size
	}
	return dst
}

// decode is utf8.DecodeRune for strings and byte slices alike, without a conversion that allocates.
func decode[T ~string | ~[]byte](s T) (rune, int) {
	var buf [utf8.UTFMax]byte
	n := copy(buf[:], s)
	return utf8.DecodeRune(buf[:n])
}

// clean says that s needs nothing: printable ASCII only.
func clean[T ~string | ~[]byte](s T) bool {
	for i := range len(s) {
		if !plain(s[i]) {
			return false
		}
	}
	return true
}
