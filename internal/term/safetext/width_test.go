package safetext

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// T4: wide characters are two cells, combining marks none, emoji count by grapheme, colours nothing.
func TestT4Width(t *testing.T) {
	red := ansi.NewStyle(ansi.AttrRedForegroundColor)
	for s, want := range map[string]int{
		"":                  0,
		"plain":             5,
		"日本":                4,
		"e\u0301":           1,
		"🇩🇪":                2,
		"👍🏽":                2,
		"❤️":                2,
		"…":                 1,
		"█▌░■▸↻○✗✓·×":       11,
		red.Styled("日本"):    4,
		Isolate("שלום"):     4,
		"\u2068a\u2069":     1,
		red.Styled("x") + y: 2,
	} {
		if got := Width(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
	}
}

const y = "y"

func TestT4Truncate(t *testing.T) {
	red := ansi.NewStyle(ansi.AttrRedForegroundColor)
	for _, tt := range []struct {
		in    string
		width int
		want  string
	}{
		{"plain", 5, "plain"},
		{"plain", 4, "pla…"},
		{"plain", 1, "p"},
		{"plain", 0, ""},
		{"plain", -1, ""},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{red.Styled("plain"), 4, "\x1b[31mpla…\x1b[m"},
	} {
		got := Truncate(tt.in, tt.width, Ellipsis)
		if got != tt.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
		if Width(got) > max(0, tt.width) {
			t.Errorf("Truncate(%q, %d) is %d wide", tt.in, tt.width, Width(got))
		}
	}
}

func TestPad(t *testing.T) {
	if got := Pad("日", 4); got != "日  " {
		t.Errorf("got %q", got)
	}
	if got := Pad("longer", 3); got != "longer" {
		t.Errorf("got %q", got)
	}
}

// T4: text written from right to left stands between marks of ours, and only such text does.
func TestT4Isolate(t *testing.T) {
	for _, s := range []string{"plain", "日本", "née"} {
		if got := Isolate(s); got != s {
			t.Errorf("Isolate(%q) = %q", s, got)
		}
	}
	for _, s := range []string{"שלום", "pod-مرحبا"} {
		got := Isolate(Cell(s))
		if got != "\u2068"+s+"\u2069" {
			t.Errorf("Isolate(%q) = %q", s, got)
		}
		if cut := CloseIsolates(Truncate(got, 3, Ellipsis)); strings.Count(cut, "\u2068") != strings.Count(cut, "\u2069") {
			t.Errorf("cut: %q", cut)
		}
	}
}
