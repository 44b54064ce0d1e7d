package logstream

import (
	"regexp"
	"slices"
)

// Filter says which lines are shown. It is safe for concurrent use.
type Filter struct {
	Include []*regexp.Regexp // one of them must match, if there are any
	Exclude []*regexp.Regexp // none of them may match
}

// Wants says whether a line is shown. Of a line that comes in pieces the first one decides.
func (f *Filter) Wants(text []byte) bool {
	matches := func(r *regexp.Regexp) bool { return r.Match(text) }
	if len(f.Include) > 0 && !slices.ContainsFunc(f.Include, matches) {
		return false
	}
	return !slices.ContainsFunc(f.Exclude, matches)
}

// Highlight marks every match of the expressions in text with before and after. skip is the length of a sequence at the start of
// text that is not read, such as a colour: expressions do not see it, and after one within a match before is put again, for it may
// have ended that.
func Highlight(dst, text []byte, expressions []*regexp.Regexp, before, after string, skip func([]byte) int) []byte {
	read, places := readable(text, skip)
	var marks [][]int
	for _, r := range expressions {
		marks = append(marks, r.FindAllIndex(read, -1)...)
	}
	slices.SortFunc(marks, func(a, b []int) int { return a[0] - b[0] })
	done, at := 0, 0 // in text, and in what is read
	for _, m := range marks {
		if m[0] < at || m[0] == m[1] {
			continue
		}
		dst = append(dst, text[done:places[m[0]]]...)
		dst = append(dst, before...)
		for at = m[0]; at < m[1]; at++ {
			if at > m[0] && places[at] > places[at-1]+1 {
				dst = append(dst, text[places[at-1]+1:places[at]]...)
				dst = append(dst, before...)
			}
			dst = append(dst, read[at])
		}
		dst = append(dst, after...)
		done = places[m[1]-1] + 1
	}
	return append(dst, text[done:]...)
}

// readable is what is read of text, and where in text each byte of it stands.
func readable(text []byte, skip func([]byte) int) (read []byte, places []int) {
	places = make([]int, 0, len(text))
	for i := 0; i < len(text); {
		if n := skip(text[i:]); n > 0 {
			i += n
			continue
		}
		read, places = append(read, text[i]), append(places, i)
		i++
	}
	return read, places
}
