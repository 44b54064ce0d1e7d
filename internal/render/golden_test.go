package render

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

var update = flag.Bool("update", false, "write what is rendered to testdata/*.golden")

// golden compares got with testdata/name.golden. Escape characters are shown as ␛, so that the files can be read.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\x1b", "␛")
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v\nrun go test with -update to write it", err)
	}
	if string(want) != got {
		t.Errorf("%s differs:\n%s\nrun go test with -update if this is right", path, firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		switch {
		case i >= len(w):
			return fmt.Sprintf("line %d\n + %s", i+1, g[i])
		case i >= len(g):
			return fmt.Sprintf("line %d\n - %s", i+1, w[i])
		case w[i] != g[i]:
			return fmt.Sprintf("line %d\n - %s\n + %s", i+1, w[i], g[i])
		}
	}
	return "nothing"
}

// styles are the terminals that everything is drawn for.
func styles() []Style {
	var all []Style
	for _, width := range []int{40, 80, 120} {
		for _, height := range []int{10, 24, 50} {
			all = append(all, Style{UTF8: true, Width: width, Height: height})
		}
	}
	return append(all,
		Style{UTF8: true, Color: true, Width: 80, Height: 24},
		Style{Width: 80, Height: 24},
		Style{UTF8: true},
	)
}

func title(st Style) string {
	name := fmt.Sprintf("%dx%d", st.Width, st.Height)
	if st.Width == 0 {
		name = "no size"
	}
	if st.Color {
		name += ", colour"
	}
	if !st.UTF8 {
		name += ", ASCII"
	}
	return "== " + name + " "
}

// sheet draws one thing for every terminal, a ruler before each.
func sheet(draw func(Style) []string) string {
	var b strings.Builder
	for _, st := range styles() {
		ruler := title(st)
		b.WriteString(ruler + strings.Repeat("=", max(0, st.Width-len(ruler))) + "\n")
		for _, line := range draw(st) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

func TestFrameGolden(t *testing.T) {
	for _, s := range situations() {
		t.Run(s.name, func(t *testing.T) {
			golden(t, "frame-"+s.name, sheet(func(st Style) []string {
				rand.Shuffle(len(s.status.Pods), func(i, j int) {
					s.status.Pods[i], s.status.Pods[j] = s.status.Pods[j], s.status.Pods[i]
				})
				return Frame(s.status, clockNow(), st, FrameOptions{Events: true, Notice: s.notice})
			}))
		})
	}
}

func TestBoardGolden(t *testing.T) {
	jobs := board()
	golden(t, "board", sheet(func(st Style) []string {
		rand.Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
		return Board(jobs, clockNow(), st)
	}))
}

func TestVerdictGolden(t *testing.T) {
	var lines []string
	for _, st := range []Style{{}, {UTF8: true}, {UTF8: true, Color: true, Width: 80, Height: 24}} {
		for _, s := range situations() {
			lines = append(lines, Verdict(s.status, st))
		}
		for _, s := range vanished() {
			lines = append(lines, Verdict(s, st))
		}
	}
	golden(t, "verdict", strings.Join(lines, "\n")+"\n")
}

// T4, T9: no line of a frame or a board is wider than the terminal, no block higher than its height less one, and no
// escape sequence is in it without colours, for every size from 1 to 130 columns.
func TestT4FramesFitEveryTerminal(t *testing.T) {
	check := func(t *testing.T, name string, st Style, lines []string) {
		t.Helper()
		if st.Height > 1 && len(lines) > st.Height-1 {
			t.Errorf("%s at %+v: %d lines", name, st, len(lines))
		}
		for _, line := range lines {
			if w := safetext.Width(line); w > st.Width {
				t.Errorf("%s at %+v: %q is %d wide", name, st, line, w)
			}
			if strings.ContainsAny(line, "\x1b\n\r\t") {
				t.Errorf("%s at %+v: control characters in %q", name, st, line)
			}
			if !st.UTF8 && strings.ContainsFunc(line, func(r rune) bool { return r > 0x7e }) {
				t.Errorf("%s at %+v: not ASCII: %q", name, st, line)
			}
		}
	}
	for width := 1; width <= 130; width += 3 {
		for _, height := range []int{1, 2, 5, 10, 24, 60} {
			st := Style{UTF8: height%2 == 0, Width: width, Height: height}
			for _, s := range situations() {
				check(t, s.name, st, Frame(s.status, clockNow(), st, FrameOptions{Events: true, Notice: "a notice"}))
			}
			check(t, "board", st, Board(board(), clockNow(), st))
		}
	}
}

// The sorts must not depend on the order of what comes in, and must not alter the caller's slices.
func TestBoardLeavesItsInputAlone(t *testing.T) {
	jobs := board()
	slices.Reverse(jobs)
	first := jobs[0].Name
	Board(jobs, clockNow(), Style{UTF8: true})
	if jobs[0].Name != first {
		t.Error("Board sorted its caller's slice")
	}
}

// Ten thousand pods are drawn ten times a second.
func BenchmarkFrame(b *testing.B) {
	s := manyIndexes()
	for i := range int32(10_000) {
		phase := jobstatus.PodSucceeded
		if i%4 == 0 {
			phase = jobstatus.PodRunning
		}
		s.Pods = append(s.Pods, pod("sweep", i, 1, phase, string(phase)))
	}
	st := Style{UTF8: true, Color: true, Width: 120, Height: 50}
	b.ReportAllocs()
	for b.Loop() {
		Frame(s, clockNow(), st, FrameOptions{Events: true})
	}
}
