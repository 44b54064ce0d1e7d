package render

import (
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
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

// trouble is why all is not well, in the words of every verb, and how much it weighs. The failures and the back-off have
// lines of their own.
func trouble(s jobstatus.Status, st Style) (Role, string) {
	report := diagnosis.OfJob(diagnosis.Facts{Status: s})
	if len(report.Causes) > 0 {
		switch report.Causes[0].Code {
		case diagnosis.Crashing, diagnosis.OutOfMemory, diagnosis.Disrupted, diagnosis.BackingOff:
			return Plain, ""
		default:
			return stateRoleOf(s), st.Text(report.Summary)
		}
	}
	switch s.State {
	case jobstatus.Draining, jobstatus.Finishing, jobstatus.Pending:
		return Dim, st.Text(s.Message)
	default:
		return Plain, ""
	}
}

// stateRoleOf is the weight of what keeps a Job from being well: that of its state, unless that looks well.
func stateRoleOf(s jobstatus.Status) Role {
	if role := stateRole(s); role == Bad {
		return role
	}
	return Warn
}
