package get

import (
	"slices"
	"testing"
)

// Values stand in kubectl's order: nothing, numbers and quantities by how much they are, all else as text.
func TestCompareValues(t *testing.T) {
	want := []any{nil, "9", "10", "512Mi", "1Gi", "a", "b10", "b9"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, compareValues)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if compareValues(int64(9), int64(10)) >= 0 || compareValues(nil, nil) != 0 {
		t.Error("numbers")
	}
}
