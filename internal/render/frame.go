package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// FrameOptions is what a frame shows beside the Job itself.
type FrameOptions struct {
	// Pods is how many pods are shown at most: 0 as many as the height allows, below 0 none.
	Pods int
	// Events shows the latest events.
	Events bool
	// Notice is a line of our own that matters now ("reconnecting …"); safe text, empty for none.
	Notice string
}

// Frame draws one Job as a block of lines for a live view, what a reader wants to know first, first: what it is and how
// it does, why not if it does not, how far it is, the counts, what failed and how, its indexes, the pods that matter
// now, the latest events. No line is wider than st.Width and there are at most st.Height-1 lines, the last parts giving
// way first; with a height of 0 everything is shown. Times of day are told in the zone of now.
func Frame(s jobstatus.Status, now time.Time, st Style, o FrameOptions) []string {
	head := []string{headline(s, now, st)}
	head = append(head, why(s, st)...)
	head = appendLines(head, progressLine(s, st))
	head = appendLines(head, countsLine(s, st))
	head = appendLines(head, retryLine(s, now, st))
	head = appendLines(head, st.Paint(Warn, o.Notice))
	head = append(head, unavailable(s, st)...)

	room := newRoom(st.Height, len(head))
	head = append(head, room.take(failureLines(s, min(3, room.share(3)), st))...)
	grid := room.take(gridPart(s, room, st))
	events := room.take(eventPart(s, now, room, st, o))
	pods := room.take(podPart(s, now, room, st, o))
	return clip(sections(room, head, grid, pods, events), st)
}

// sections puts parts below each other, with a blank line between them in a high window.
func sections(r *room, parts ...[]string) []string {
	parts = slices.DeleteFunc(parts, func(part []string) bool { return len(part) == 0 })
	var lines []string
	for i, part := range parts {
		if i > 0 && r.airy {
			lines = append(lines, "")
		}
		lines = append(lines, part...)
	}
	return lines
}

// room is how many lines are left.
type room struct {
	left    int
	endless bool
	airy    bool // blank lines between the parts, whatever the parts are: a frame must not jump
}

// highEnough is the height of a terminal from which on a frame spends lines on being read easily.
const highEnough = 20

func newRoom(height, used int) *room {
	if height <= 0 {
		return &room{endless: true, airy: true}
	}
	r := &room{left: height - 1 - used, airy: height >= highEnough}
	if r.airy {
		const gaps = 3
		r.left -= gaps
	}
	r.left = max(0, r.left)
	return r
}

// share is one nth of what is left, rounded up.
func (r *room) share(n int) int {
	if r.endless {
		return 1 << 20
	}
	return ceilDiv(r.left, n)
}

// take gives room away.
func (r *room) take(lines []string) []string {
	r.left = max(0, r.left-len(lines))
	return lines
}

// clip cuts lines to the width and the block to the height.
func clip(lines []string, st Style) []string {
	if st.Height > 0 {
		lines = lines[:min(len(lines), max(1, st.Height-1))]
	}
	for i := range lines {
		lines[i] = st.fit(lines[i])
	}
	return lines
}

func appendLines(lines []string, more string) []string {
	if more == "" {
		return lines
	}
	return append(lines, more)
}

// headline is the Job's name, its state and since when. The state always has room, the name gives way.
func headline(s jobstatus.Status, now time.Time, st Style) string {
	state := mark(s, st) + " " + st.Paint(stateRole(s), string(s.State))
	switch {
	case s.Outcome == jobstatus.Succeeded || s.Outcome == jobstatus.FailedOutcome:
		state += " after " + Duration(s.Duration)
	case !s.Since.IsZero():
		state += " for " + Since(s.Since, now)
	}
	name := st.Text(s.Namespace + "/" + s.Name)
	if st.Width > 0 {
		name = st.Truncate(name, max(8, st.Width-safetext.Width(state)-2))
	}
	line := st.Paint(Bold, name) + "  " + state
	return st.join("  ", line, deadline(s, now, st), started(s, now, st))
}

// deadline is what is left before activeDeadlineSeconds ends the Job, or before its ttl deletes it.
func deadline(s jobstatus.Status, now time.Time, st Style) string {
	const soon = time.Minute
	switch {
	case s.Outcome == jobstatus.Unfinished && !s.Deadline.IsZero():
		role := Dim
		if s.Deadline.Sub(now) < soon {
			role = Warn
		}
		return st.Paint(role, "deadline in "+Duration(s.Deadline.Sub(now)))
	case s.Outcome != jobstatus.Unfinished && !s.DeletesAt.IsZero():
		return st.Paint(Dim, "deleted in "+Duration(s.DeletesAt.Sub(now))+" by its ttl")
	}
	return ""
}

// started is when the Job started, where its state began later.
func started(s jobstatus.Status, now time.Time, st Style) string {
	if s.Outcome != jobstatus.Unfinished || s.Start.IsZero() || s.Start.Equal(s.Since) {
		return ""
	}
	return st.Paint(Dim, "started "+Since(s.Start, now)+" ago")
}

// why is the state's reason, where the state alone does not say that all is well. What keeps a Job from going on may
// take several lines where the terminal is high enough.
func why(s jobstatus.Status, st Style) []string {
	const indent, most = "  ", 3
	role, text := trouble(s, st)
	if text == "" {
		return nil
	}
	limit := most
	if role == Dim || st.Height > 0 && st.Height < highEnough {
		limit = 1
	}
	lines := st.wrap(text, len(indent), limit)
	for i, line := range lines {
		lines[i] = indent + st.Paint(role, line)
	}
	return lines
}

// trouble is why all is not well, and how much it weighs. The failures have lines of their own, the back-off its clock.
func trouble(s jobstatus.Status, st Style) (Role, string) {
	if s.Obstacle != nil {
		return Warn, obstacle(*s.Obstacle, st)
	}
	switch s.State {
	case jobstatus.Complete, jobstatus.SuccessCriteriaMet, jobstatus.BackingOff, jobstatus.Unknown:
		return Plain, ""
	case jobstatus.Running:
		if s.Reason == "CrashLoopBackOff" {
			return Warn, reasonAndMessage(s.Reason, s.Message, st)
		}
		return Plain, ""
	case jobstatus.Draining, jobstatus.Finishing, jobstatus.Pending:
		return Dim, st.Text(s.Message)
	case jobstatus.Suspended, jobstatus.Paused, jobstatus.Managed, jobstatus.Terminating, jobstatus.Gone, jobstatus.Replaced:
		return stateRole(s), st.Text(s.Message)
	case jobstatus.Failed, jobstatus.FailureTarget, jobstatus.Blocked:
	}
	return stateRole(s), reasonAndMessage(s.Reason, s.Message, st)
}

// obstacle is what keeps a Job from going on, with the number of pods that it holds.
func obstacle(o jobstatus.Obstacle, st Style) string {
	text := reasonAndMessage(o.Reason, o.Message, st)
	if o.Pods > 1 {
		text = plural(o.Pods, "pod") + ": " + text
	}
	return text
}

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

// failureLines is the failure digest, a line a group, with what the container said last.
func failureLines(s jobstatus.Status, n int, st Style) []string {
	var lines []string
	for _, f := range s.Failures[:min(n, len(s.Failures))] {
		line := st.Paint(Bad, failure(f, st))
		if f.Message != "" {
			line += ": " + st.Text(f.Message)
		}
		lines = append(lines, st.fit(line))
	}
	return lines
}

// gridPart is the heat-grid: all of it if it takes a third of the room, else bucketed into that.
func gridPart(s jobstatus.Status, r *room, st Style) []string {
	const most = 12 // rows: more say nothing more
	rows := most
	if !r.endless {
		rows = min(most, max(2, r.share(2)), r.left)
	}
	return Grid(s.Indexes, rows, st)
}
