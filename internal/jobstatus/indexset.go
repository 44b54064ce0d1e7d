package jobstatus

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// NewIndexSet returns the set of the given indexes; negative ones are left out.
func NewIndexSet(indexes ...int32) IndexSet {
	set := make(IndexSet, 0, len(indexes))
	for _, i := range indexes {
		set = append(set, IndexRange{i, i})
	}
	return set.normal()
}

// ParseIndexes reads a list such as "1,3-5,7", the form of status.completedIndexes. Indexes below 0 or not below
// completions are left out, as right after a scale-down. It is lenient like the controller's parseIndexesFromString
// (pkg/controller/job/indexed_job_utils.go): a part that is no number or range is skipped. Unlike the controller's, it
// also takes parts in any order. The result has at most one range for every two bytes of text.
func ParseIndexes(text string, completions int32) IndexSet {
	if text == "" || completions <= 0 {
		return nil
	}
	// Most real lists are full of single indexes: a comma count is a good guess of the ranges.
	set := make(IndexSet, 0, strings.Count(text, ",")+1)
	sorted := true
	for pos := 0; pos < len(text); {
		r, next, ok := parseRange(text, pos)
		pos = next
		if !ok || r.First >= completions {
			continue
		}
		if r.Last >= completions {
			r.Last = completions - 1
		}
		n := len(set)
		switch {
		case n == 0 || r.First > set[n-1].Last+1:
			set = append(set, r)
		case r.First >= set[n-1].First:
			set[n-1].Last = max(set[n-1].Last, r.Last)
		default:
			sorted = false
			set = append(set, r)
		}
	}
	if !sorted {
		return set.normal()
	}
	if len(set) == 0 {
		return nil
	}
	return set
}

// parseRange reads "3" or "3-5" at pos up to the next comma and returns where the next part begins.
func parseRange(text string, pos int) (IndexRange, int, bool) {
	first, pos, ok := parseNumber(text, pos)
	if ok && (pos == len(text) || text[pos] == ',') {
		return IndexRange{first, first}, pos + 1, true
	}
	last := first
	if ok && text[pos] == '-' {
		last, pos, ok = parseNumber(text, pos+1)
	}
	if pos < len(text) && text[pos] != ',' {
		skip := strings.IndexByte(text[pos:], ',')
		if skip < 0 {
			return IndexRange{}, len(text), false
		}
		return IndexRange{}, pos + skip + 1, false
	}
	return IndexRange{first, last}, pos + 1, ok && last >= first
}

// parseNumber reads digits at pos, within spaces; a number beyond an int32 becomes the largest.
func parseNumber(text string, pos int) (int32, int, bool) {
	pos = skipSpaces(text, pos)
	var n uint64
	start := pos
	for pos < len(text) {
		digit := text[pos] - '0'
		if digit > 9 {
			break
		}
		// Beyond the range it may wrap around; the number of digits tells.
		n = n*10 + uint64(digit)
		pos++
	}
	ok := pos > start
	if pos-start > 10 || n > math.MaxInt32 {
		n = tooLong(text[start:pos], n)
	}
	return int32(n), skipSpaces(text, pos), ok
}

// tooLong is the number of a long or large run of digits: zeros in front do not make it large.
func tooLong(digits string, n uint64) uint64 {
	if len(strings.TrimLeft(digits, "0")) > 10 {
		return math.MaxInt32
	}
	return min(n, math.MaxInt32)
}

func skipSpaces(text string, pos int) int {
	for pos < len(text) && text[pos] == ' ' {
		pos++
	}
	return pos
}

// normal sorts the ranges, joins those that touch and leaves out what is empty or negative. It may change s.
func (s IndexSet) normal() IndexSet {
	slices.SortFunc(s, func(a, b IndexRange) int { return cmp.Compare(a.First, b.First) })
	out := s[:0]
	for _, r := range s {
		r.First = max(r.First, 0)
		n := len(out)
		switch {
		case r.Last < r.First:
		case n > 0 && int64(r.First) <= int64(out[n-1].Last)+1:
			out[n-1].Last = max(out[n-1].Last, r.Last)
		default:
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// String writes the set as the controller does: three or more in a row are a range, two are not ("1,3-5,7,8").
func (s IndexSet) String() string {
	buf := make([]byte, 0, 8*len(s))
	for i, r := range s {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = strconv.AppendInt(buf, int64(r.First), 10)
		if r.Last == r.First {
			continue
		}
		sep := byte('-')
		if r.Last-r.First == 1 {
			sep = ','
		}
		buf = strconv.AppendInt(append(buf, sep), int64(r.Last), 10)
	}
	return string(buf)
}

// Len is how many indexes the set holds.
func (s IndexSet) Len() int32 {
	var n int32
	for _, r := range s {
		n += r.Last - r.First + 1
	}
	return n
}

// Contains says whether index i is in the set.
func (s IndexSet) Contains(i int32) bool {
	at := sort.Search(len(s), func(k int) bool { return s[k].Last >= i })
	return at < len(s) && s[at].First <= i
}

// Add returns the set with index i in it. It does not change s.
func (s IndexSet) Add(i int32) IndexSet {
	if i < 0 || s.Contains(i) {
		return s
	}
	return s.Union(IndexSet{{i, i}})
}

// Union returns the indexes that are in either set.
func (s IndexSet) Union(t IndexSet) IndexSet {
	if len(s) == 0 {
		return t
	}
	if len(t) == 0 {
		return s
	}
	out := make(IndexSet, 0, len(s)+len(t))
	for i, j := 0, 0; i < len(s) || j < len(t); {
		var r IndexRange
		if j == len(t) || (i < len(s) && s[i].First <= t[j].First) {
			r, i = s[i], i+1
		} else {
			r, j = t[j], j+1
		}
		if n := len(out); n > 0 && int64(r.First) <= int64(out[n-1].Last)+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// Subtract returns the indexes of s that are not in t.
func (s IndexSet) Subtract(t IndexSet) IndexSet {
	if len(t) == 0 || len(s) == 0 {
		return s
	}
	var out IndexSet
	j := 0
	for _, r := range s {
		for j < len(t) && t[j].Last < r.First {
			j++
		}
		// t[j] may reach into the next range of s too, so a second finger walks on from it.
		for k := j; k < len(t) && t[k].First <= r.Last && r.First <= r.Last; k++ {
			if t[k].First > r.First {
				out = append(out, IndexRange{r.First, t[k].First - 1})
			}
			if t[k].Last == math.MaxInt32 {
				r.First, r.Last = 1, 0
				break
			}
			r.First = max(r.First, t[k].Last+1)
		}
		if r.First <= r.Last {
			out = append(out, r)
		}
	}
	return out
}

// Intersect returns the indexes that are in both sets.
func (s IndexSet) Intersect(t IndexSet) IndexSet {
	var out IndexSet
	for i, j := 0, 0; i < len(s) && j < len(t); {
		if first, last := max(s[i].First, t[j].First), min(s[i].Last, t[j].Last); first <= last {
			out = append(out, IndexRange{first, last})
		}
		if s[i].Last < t[j].Last {
			i++
		} else {
			j++
		}
	}
	return out
}

// Equal says whether both sets hold the same indexes.
func (s IndexSet) Equal(t IndexSet) bool { return slices.Equal(s, t) }

// Truncate returns the indexes below n.
func (s IndexSet) Truncate(n int32) IndexSet {
	if n <= 0 {
		return nil
	}
	return s.Intersect(IndexSet{{0, n - 1}})
}

// MarshalJSON writes the set as its String, the form that the Job API uses.
func (s IndexSet) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *IndexSet) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*s = ParseIndexes(text, math.MaxInt32)
	return nil
}
