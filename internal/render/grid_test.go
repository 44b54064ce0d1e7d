package render

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

func TestGridShowsEachIndexWhereTheyFit(t *testing.T) {
	ix := &jobstatus.Indexes{
		Total: 12, Completed: ranges(0, 3, 6, 6), Failed: ranges(4, 4), Retrying: ranges(5, 5), Running: ranges(7, 8),
		Pending: ranges(9, 9),
	}
	got := Grid(ix, 5, Style{Width: 40})
	want := []string{
		" 0 ####xr#>>o ..",
		"# 5 done  > 2 running  o 1 pending",
		"r 1 retrying  x 1 failed",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if got := Grid(&jobstatus.Indexes{Total: 3, Completed: ranges(0, 0)}, 2, Style{UTF8: true, Width: 40}); got[0] != "■··" {
		t.Errorf("three indexes: %q", got)
	}
}

func TestGridBucketsWhatDoesNotFit(t *testing.T) {
	ix := &jobstatus.Indexes{
		Total: 1000, Completed: ranges(0, 399, 402, 404, 500, 500), Failed: ranges(17, 17), Running: ranges(410, 419),
		Retrying: ranges(990, 990),
	}
	got := Grid(ix, 4, Style{UTF8: true, Width: 40})
	want := []string{
		"  0 ✗■■■■■■■■■ ■■■■■■■■■■ ░····░····",
		"600 ·········· ·········↻",
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %q\nwant %q", got[i], want[i])
		}
	}
}

func TestGridIsEmptyWithoutIndexesOrRoom(t *testing.T) {
	if got := Grid(nil, 10, Style{}); got != nil {
		t.Errorf("no indexes: %q", got)
	}
	if got := Grid(&jobstatus.Indexes{Total: 10}, 1, Style{}); got != nil {
		t.Errorf("no room: %q", got)
	}
	if got := Grid(&jobstatus.Indexes{}, 10, Style{}); got != nil {
		t.Errorf("no completions: %q", got)
	}
}

// A grid keeps to its rows and its width, whatever the indexes, also such as overlap or lie beyond the total.
func TestGridKeepsToItsRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := func(label string) jobstatus.IndexSet {
			var s jobstatus.IndexSet
			next := int32(0)
			for range rapid.IntRange(0, 4).Draw(t, label) {
				first := next + rapid.Int32Range(0, 5000).Draw(t, "first")
				last := first + rapid.Int32Range(0, 5000).Draw(t, "length")
				s, next = append(s, jobstatus.IndexRange{First: first, Last: last}), last+2
			}
			return s
		}
		ix := &jobstatus.Indexes{
			Total:     rapid.Int32Range(1, 100_000).Draw(t, "total"),
			Completed: set("completed"), Failed: set("failed"), Running: set("running"), Pending: set("pending"),
		}
		st := Style{UTF8: true, Width: rapid.IntRange(20, 200).Draw(t, "width")}
		rows := rapid.IntRange(2, 12).Draw(t, "rows")
		lines := Grid(ix, rows, st)
		if len(lines) > rows || len(lines) < 2 {
			t.Fatalf("%d lines for %d rows", len(lines), rows)
		}
		for _, line := range lines[:len(lines)-1] {
			if safetext.Width(line) > st.Width {
				t.Fatalf("%q is %d wide", line, safetext.Width(line))
			}
		}
	})
}

func BenchmarkGrid(b *testing.B) {
	ix := &jobstatus.Indexes{Total: 100_000}
	for i := int32(0); i < 100_000; i += 4 { // as ragged as it can be
		ix.Completed = append(ix.Completed, jobstatus.IndexRange{First: i, Last: i})
		ix.Running = append(ix.Running, jobstatus.IndexRange{First: i + 2, Last: i + 2})
	}
	for b.Loop() {
		Grid(ix, 12, Style{UTF8: true, Color: true, Width: 120})
	}
}
