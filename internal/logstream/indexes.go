package logstream

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Indexes is a set of completion indexes as closed ranges.
type Indexes [][2]int32

// ParseIndexes reads a list such as "3-5,9".
func ParseIndexes(text string) (Indexes, error) {
	var set Indexes
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			high = low
		}
		first, err1 := strconv.ParseUint(low, 10, 31)
		last, err2 := strconv.ParseUint(high, 10, 31)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%+q: want indexes and ranges such as 3-5,9", part)
		}
		if first > last {
			return nil, fmt.Errorf("%+q: the range ends before it begins", part)
		}
		set = append(set, [2]int32{int32(first), int32(last)})
	}
	return set, nil
}

// Has reports whether an index is in the set.
func (s Indexes) Has(index int32) bool {
	return slices.ContainsFunc(s, func(r [2]int32) bool { return r[0] <= index && index <= r[1] })
}
