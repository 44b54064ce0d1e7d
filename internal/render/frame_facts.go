package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// The widths of a progress bar: what is left beside the numbers, within bounds.
const (
	shortestBar = 10
	longestBar  = 40
)

// progressLine is the bar with done/total, percent, ETA and rate, of which a narrow terminal loses the last first.
func progressLine(s jobstatus.Status, st Style) string {
	fraction, known := s.Progress.Fraction()
	facts := []string{st.Paint(Bold, doneOf(s.Progress))}
	if known {
		facts = append(facts, fmt.Sprintf("%d%%", percent(fraction)))
	} else {
		fraction = -1
	}
	if s.Outcome == jobstatus.Unfinished {
		facts = append(facts, eta(s.Progress.ETA), rate(s.Progress.PerMinute))
	}
	role := Good
	if s.Failing || s.Outcome == jobstatus.FailedOutcome {
		role = Bad
	}
	facts = slices.DeleteFunc(facts, func(fact string) bool { return fact == "" })
	width := longestBar
	if st.Width > 0 {
		width = min(longestBar, max(shortestBar, st.Width-safetext.Width(strings.Join(facts, "  "))-2))
	}
	return st.join("  ", append([]string{Bar(fraction, width, role, st)}, facts...)...)
}

// countsLine is the counts of pods that are not zero, and the retries used.
func countsLine(s jobstatus.Status, st Style) string {
	var parts []string
	add := func(n int32, role Role, what string) {
		if n > 0 {
			parts = append(parts, st.Paint(role, fmt.Sprintf("%d %s", n, what)))
		}
	}
	active := s.Counts.Active
	if active > 0 && s.Counts.Ready != active {
		parts = append(parts, st.Paint(Busy, fmt.Sprintf("%d active (%d ready)", active, s.Counts.Ready)))
	} else {
		add(active, Busy, "active")
	}
	add(s.Counts.Failed, Bad, "failed")
	add(s.Counts.Succeeded, Good, "succeeded")
	add(s.Counts.Terminating, Warn, "terminating")
	if s.RetriesUsed > 0 && s.Outcome == jobstatus.Unfinished && (s.Indexes == nil || s.Indexes.PerIndex == nil) {
		parts = append(parts, st.Paint(Warn, fmt.Sprintf("%d of %d retries used", s.RetriesUsed, s.BackoffLimit)))
	}
	if len(parts) == 0 {
		return st.Paint(Dim, "no pods")
	}
	return st.join(st.dot(), parts...)
}

// retryLine is the controller's back-off clock.
func retryLine(s jobstatus.Status, now time.Time, st Style) string {
	r := s.Retry
	if r == nil {
		return ""
	}
	what := fmt.Sprintf("%s attempt of %d", ordinal(r.Attempt), r.Of)
	if r.Index >= 0 {
		what = fmt.Sprintf("index %d: %s", r.Index, what)
	}
	when := fmt.Sprintf("in %s at %s", Duration(r.At.Sub(now)), clock(r.At.In(now.Location())))
	return st.Paint(Warn, st.join(st.dot(), what+" "+when, "back-off "+Duration(r.Delay)))
}

// unavailable names the parts that cannot be read.
func unavailable(s jobstatus.Status, st Style) []string {
	var lines []string
	for _, part := range []jobstatus.Part{jobstatus.PodsPart, jobstatus.EventsPart} {
		if why := s.Unavailable[part]; why != "" {
			lines = append(lines, st.Paint(Warn, st.fit(string(part)+": unavailable: "+st.Text(why))))
		}
	}
	return lines
}
