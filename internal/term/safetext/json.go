package safetext

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON makes encoded JSON safe for a terminal without changing its meaning: what is not printable, which encoding/json
// leaves raw from DEL on, is written as \u escapes. Line breaks between values stay.
func JSON(encoded []byte) []byte {
	for i, c := range encoded {
		if !plain(c) && c != '\n' {
			return escapeJSON(encoded[:i:i], encoded[i:])
		}
	}
	return encoded
}

func escapeJSON(dst, rest []byte) []byte {
	for len(rest) > 0 {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == '\n' || r == '\t' || shown(r):
			dst = append(dst, rest[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		rest = rest[size:]
	}
	return dst
}
