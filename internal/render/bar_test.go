package render

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

func TestBar(t *testing.T) {
	utf8, ascii := Style{UTF8: true}, Style{}
	for _, tt := range []struct {
		fraction float64
		st       Style
		want     string
	}{
		{0, utf8, "░░░░░░░░░░"},
		{0.0001, utf8, "▏░░░░░░░░░"},
		{0.55, utf8, "█████▌░░░░"},
		{0.9999, utf8, "█████████▉"},
		{1, utf8, "██████████"},
		{7, utf8, "██████████"},
		{-1, utf8, "░░░░░░░░░░"},
		{0, ascii, "[--------]"},
		{0.0001, ascii, "[#-------]"},
		{0.9999, ascii, "[#######-]"},
		{1, ascii, "[########]"},
		{-1, ascii, "[????????]"},
		{0.5, Style{UTF8: true, Color: true}, "\x1b[32m█████\x1b[m\x1b[2m░░░░░\x1b[m"},
	} {
		if got := Bar(tt.fraction, 10, Good, tt.st); got != tt.want {
			t.Errorf("Bar(%v, %+v) = %q, want %q", tt.fraction, tt.st, got, tt.want)
		}
	}
	for width := -1; width < 30; width++ {
		for _, st := range []Style{utf8, ascii} {
			if got := safetext.Width(Bar(0.3, width, Good, st)); got != width && width > 2 {
				t.Errorf("width %d: got %d", width, got)
			}
		}
	}
}

// P3: with clocks that differ no duration is negative or "<invalid>".
func TestP3Duration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0s", 0: "0s", 90 * time.Second: "90s", 133 * time.Second: "2m13s", 26 * time.Hour: "26h",
		100 * 24 * time.Hour: "100d",
	} {
		if got := Duration(d); got != want || strings.Contains(got, "<") {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
	now := clockNow()
	if got := Since(now.Add(time.Hour), now); got != "0s" {
		t.Errorf("in the future: %q", got)
	}
	if got := Since(time.Time{}, now); got != "<unknown>" {
		t.Errorf("no time: %q", got)
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		ordinal(1): "1st", ordinal(2): "2nd", ordinal(3): "3rd", ordinal(4): "4th", ordinal(11): "11th", ordinal(22): "22nd",
		rate(0): "", rate(0.5): "30.0/h", rate(1.44): "1.4/min", rate(130.4): "130/min",
		plural(1, "Job"): "1 Job", plural(2, "Job"): "2 Jobs",
		exit(jobstatus.Exit{Container: "c", Code: 1, Reason: "Error"}):                  "exit 1",
		exit(jobstatus.Exit{Container: "c", Code: 137, Signal: 9, Reason: "OOMKilled"}): "exit 137 (OOMKilled)",
		exit(jobstatus.Exit{Container: "c", Code: 139, Signal: 11, Reason: "Error"}):    "exit 139 (SIGSEGV)",
		exit(jobstatus.Exit{Container: "c", Code: 160, Signal: 32}):                     "exit 160 (signal 32)",
		exit(jobstatus.Exit{Reason: "Evicted"}):                                         "Evicted",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
