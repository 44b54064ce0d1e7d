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

// Highlight marks every match of the expressions in text with before and after.
func Highlight(dst, text []byte, expressions []*regexp.Regexp, before, after string) []byte {
	var marks [][]int
	for _, r := range expressions {
		marks = append(marks, r.FindAllIndex(text, -1)...)
	}
	slices.SortFunc(marks, func(a, b []int) int { return a[0] - b[0] })
	at := 0
	for _, m := range marks {
		if m[0] < at || m[0] == m[1] {
			continue
		}
		dst = append(dst, text[at:m[0]]...)
		dst = append(dst, before...)
		dst = append(dst, text[m[0]:m[1]]...)
		dst = append(dst, after...)
		at = m[1]
	}
	return append(dst, text[at:]...)
}
