package render

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

func TestTableLooksLikeKubectl(t *testing.T) {
	table := Table{
		Headers: []string{"NAME", "INDEX", "STATUS", "AGE"},
		Rows: [][]string{
			{"pi-0-abcde", "0", "Running", "3m"},
			{"日本", "1", "", "12s"},
			{"cafe\u0301", "12", "Error", ""},
		},
	}
	want := strings.Join([]string{
		"NAME         INDEX   STATUS    AGE",
		"pi-0-abcde   0       Running   3m",
		"日本         1                 12s",
		"cafe\u0301         12      Error",
		"",
	}, "\n")
	var got bytes.Buffer
	if err := table.Write(&got, Style{UTF8: true}); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// T4: a row never exceeds the terminal's width, whatever characters it holds.
func TestT4TableFitsTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, st := drawTable(t), Style{UTF8: true, Width: rapid.IntRange(1, 60).Draw(t, "width")}
		for _, line := range table.Lines(st) {
			if w := safetext.Width(line); w > st.Width {
				t.Fatalf("%q takes %d cells of %d", line, w, st.Width)
			}
		}
	})
}

// Rows that go by way of tablewriter and rows that go straight to the layout give the same text.
func TestTableIsTheSameForFewRowsAndMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := drawTable(t)
		many := few
		for len(many.Rows) < manyRows {
			many.Rows = append(many.Rows, few.Rows...)
		}
		want := strings.Join(many.Lines(Style{UTF8: true}), "\n")
		got := strings.Join(few.Lines(Style{UTF8: true}), "\n")
		if !strings.HasPrefix(want, got) {
			t.Fatalf("few rows:\n%q\nmany rows:\n%.300q", got, want)
		}
	})
}

func TestTableReportsAWriteThatFails(t *testing.T) {
	for _, n := range []int{1, manyRows, 20_000} {
		err := bigTable(n).Write(brokenPipe{}, Style{})
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%d rows: got %v", n, err)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// drawTable draws a table of safe cells, some wide, some combining, some empty, some with blanks at their ends.
func drawTable(t *rapid.T) Table {
	n := rapid.IntRange(1, 5).Draw(t, "columns")
	cell := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "Z9", " ", "日", "é", "e\u0301", "👍🏽", "🇩🇪", "-"}), 0, 6)
		return strings.Join(parts.Draw(t, "parts"), "")
	})
	row := rapid.SliceOfN(cell, n, n)
	return Table{Headers: row.Draw(t, "headers"), Rows: rapid.SliceOfN(row, 1, 5).Draw(t, "rows")}
}

func bigTable(n int) Table {
	t := Table{Headers: []string{"NAME", "INDEX", "ATTEMPT", "STATUS", "EXIT", "RESTARTS", "AGE", "NODE"}}
	for i := range n {
		t.Rows = append(t.Rows, []string{fmt.Sprintf("job-%d-abcde", i), fmt.Sprint(i), "1", "Running", "", "0", "3m", "node-1"})
	}
	return t
}

func BenchmarkTable(b *testing.B) {
	for _, n := range []int{manyRows - 1, 10_000} {
		table := bigTable(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				_ = table.Write(io.Discard, Style{UTF8: true})
			}
		})
	}
}
