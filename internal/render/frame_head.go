package render

import (
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

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
