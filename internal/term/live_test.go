package term

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// screen is an emulated terminal of a size that can change.
type screen struct {
	*vt.Emulator
	width, height int
	writes        int
}

func newScreen(width, height int) *screen {
	return &screen{Emulator: vt.NewEmulator(width, height), width: width, height: height}
}

func (s *screen) size() (int, int) { return s.width, s.height }

func (s *screen) Write(p []byte) (int, error) {
	s.writes++
	return s.Emulator.Write(p)
}

// resize makes the terminal another size without touching what it shows, as xterm does.
func (s *screen) resize(width, height int) {
	s.width, s.height = width, height
	s.Resize(width, height)
}

// lines is the text on the screen without the blank rows below it.
func (s *screen) lines() []string {
	var rows []string
	for row := range strings.SplitSeq(ansi.Strip(s.Render()), "\n") {
		rows = append(rows, strings.TrimRight(row, " \r"))
	}
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

// wants checks the rows on the screen, and that the cursor rests below them, visible.
func (s *screen) wants(t *testing.T, want ...string) {
	t.Helper()
	if got := s.lines(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("on the screen:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if at := s.CursorPosition(); at.X != 0 || at.Y != min(len(want), s.height-1) {
		t.Errorf("cursor at %d,%d, want 0,%d", at.X, at.Y, len(want))
	}
	if s.CursorHidden() {
		t.Error("the cursor is hidden")
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLiveRepaintsInPlace(t *testing.T) {
	for _, width := range []int{40, 80} {
		s := newScreen(width, 10)
		fmt.Fprint(s, "$ kubectl jobx watch pi\r\n")
		l := newLive(s, s.size, true)
		check(t, l.Repaint([]string{"one", "two", "three"}))
		s.wants(t, "$ kubectl jobx watch pi", "one", "two", "three")
		check(t, l.Repaint([]string{"1"}))
		s.wants(t, "$ kubectl jobx watch pi", "1")
		check(t, l.Repaint([]string{"1", strings.Repeat("x", width), "", "4"}))
		s.wants(t, "$ kubectl jobx watch pi", "1", strings.Repeat("x", width), "", "4")
		l.Close()
		s.wants(t, "$ kubectl jobx watch pi", "1", strings.Repeat("x", width), "", "4")
	}
}

func TestLivePrintsAboveTheBlock(t *testing.T) {
	s := newScreen(20, 8)
	l := newLive(s, s.size, true)
	check(t, l.Repaint([]string{"bar", "counts"}))
	check(t, l.Print("pod a failed"))
	check(t, l.Draw([]string{"pod b failed, and this line is long", "c"}, []string{"bar 2"}))
	s.wants(t, "pod a failed", "pod b failed, and th", "is line is long", "c", "bar 2")
	for i := range 20 {
		check(t, l.Print(fmt.Sprintf("line %d", i)))
	}
	s.wants(t, "line 14", "line 15", "line 16", "line 17", "line 18", "line 19", "bar 2")
}

func TestLiveWritesOnceAndOnlyIfChanged(t *testing.T) {
	s := newScreen(40, 10)
	l := newLive(s, s.size, true)
	check(t, l.Repaint(nil))
	if s.writes != 0 {
		t.Errorf("an empty frame: %d writes", s.writes)
	}
	for range 5 {
		check(t, l.Repaint([]string{"same"}))
	}
	if s.writes != 1 {
		t.Errorf("five times the same frame: %d writes", s.writes)
	}
	check(t, l.Draw([]string{"above"}, []string{"other", "lines"}))
	if s.writes != 2 {
		t.Errorf("a new frame and a line above: %d writes", s.writes-1)
	}
	l.Close()
	l.Close()
	check(t, l.Repaint([]string{"after the end"}))
	check(t, l.Print("after the end"))
	if s.writes != 2 {
		t.Error("something was written after Close")
	}
}

func TestLiveCutsTallAndWideFrames(t *testing.T) {
	s := newScreen(10, 5)
	l := newLive(s, s.size, true)
	var frame []string
	for i := range 30 {
		frame = append(frame, fmt.Sprintf("%d: 日本語日本語", i))
	}
	for range 3 {
		check(t, l.Repaint(frame))
		frame = append([]string{"first"}, frame...)
	}
	s.wants(t, "first", "first", "0: 日本語", "1: 日本語")
}

func TestLiveFollowsTheSize(t *testing.T) {
	frame := []string{"12345678901234567890", "short", "abcdefghijklmnopqrst"}
	t.Run("wider", func(t *testing.T) {
		s := newScreen(10, 8)
		fmt.Fprint(s, "$ watch\r\n")
		l := newLive(s, s.size, true)
		check(t, l.Repaint(frame))
		s.wants(t, "$ watch", "1234567890", "short", "abcdefghij")
		s.resize(20, 8)
		check(t, l.Repaint(frame))
		s.wants(t, "$ watch", "12345678901234567890", "short", "abcdefghijklmnopqrst")
	})
	t.Run("narrower, cut", func(t *testing.T) {
		s := newScreen(20, 8)
		fmt.Fprint(s, "$ watch\r\n")
		l := newLive(s, s.size, false)
		check(t, l.Repaint(frame))
		s.resize(10, 8)
		check(t, l.Repaint(frame))
		s.wants(t, "$ watch", "1234567890", "short", "abcdefghij")
	})
	t.Run("narrower, wrapped anew", func(t *testing.T) {
		before := newScreen(20, 8)
		fmt.Fprint(before, "$ watch\r\n")
		out := &switchable{before}
		width := 20
		l := newLive(out, func() (int, int) { return width, 8 }, true)
		check(t, l.Repaint(frame))
		// What a terminal that wraps its lines anew shows at half the width.
		after := newScreen(10, 8)
		fmt.Fprint(after, "$ watch\r\n1234567890\r\n1234567890\r\nshort\r\nabcdefghij\r\nklmnopqrst\r\n")
		out.Writer, width = after, 10
		check(t, l.Repaint(frame))
		after.wants(t, "$ watch", "1234567890", "short", "abcdefghij")
	})
	t.Run("lower", func(t *testing.T) {
		s := newScreen(20, 8)
		l := newLive(s, s.size, true)
		check(t, l.Repaint([]string{"1", "2", "3", "4", "5"}))
		s.resize(20, 4)
		check(t, l.Repaint([]string{"1", "2", "3", "4", "5"}))
		if got := s.lines(); len(got) != 3 || got[0] != "1" || got[2] != "3" {
			t.Errorf("got %q", got)
		}
	})
}

type switchable struct{ io.Writer }

func TestLiveClearsAndRestarts(t *testing.T) {
	s := newScreen(20, 10)
	l := newLive(s, s.size, true)
	check(t, l.Repaint([]string{"a", "b"}))
	check(t, l.Clear())
	fmt.Fprint(s, "log line\r\n")
	check(t, l.Repaint([]string{"a", "b"}))
	s.wants(t, "log line", "a", "b")
	fmt.Fprint(s, "[1]+ Stopped\r\n$ fg\r\n")
	check(t, l.Restart())
	s.wants(t, "log line", "a", "b", "[1]+ Stopped", "$ fg", "a", "b")
}

// T5: after each single write, whatever comes next, the terminal is as it was found: the cursor visible, lines wrapping,
// the alternate screen never entered; so no panic and no signal can leave it broken.
func TestT5EveryWriteLeavesTheTerminalAsItWas(t *testing.T) {
	var out strings.Builder
	l := newLive(&out, func() (int, int) { return 40, 10 }, true)
	for i := range 20 {
		out.Reset()
		check(t, l.Draw([]string{"above"}, []string{fmt.Sprint(i), "日本"}))
		for on, off := range map[string]string{
			ansi.HideCursor:                ansi.ShowCursor,
			ansi.ResetModeAutoWrap:         ansi.SetModeAutoWrap,
			ansi.SetModeSynchronizedOutput: ansi.ResetModeSynchronizedOutput,
		} {
			if strings.LastIndex(out.String(), on) > strings.LastIndex(out.String(), off) {
				t.Errorf("%q is left on by %q", on, out.String())
			}
		}
		if strings.Contains(out.String(), "\x1b[?1049") {
			t.Errorf("the alternate screen is used: %q", out.String())
		}
	}
}

func TestLiveReportsAWriteThatFails(t *testing.T) {
	l := newLive(broken{}, func() (int, int) { return 40, 10 }, true)
	if err := l.Repaint([]string{"x"}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
