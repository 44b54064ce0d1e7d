package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Line is a transition in one line. On a terminal (Style.Width above 0) it begins with the time of day and a sign:
//
//	12:04:10 ✗ pod pi-x7k2p failed: exit 1 in c: connection refused
//
// and in a pipe with an RFC 3339 time in UTC:
//
//	2026-11-23T12:04:10Z pod pi-x7k2p failed: exit 1 in c: connection refused
//
// What happened to a Job begins with its name (job/pi: …), since several may be watched, and so does an event. Lines are never cut to a width.
func Line(t jobstatus.Transition, st Style) string {
	text := st.Text(t.Message)
	if (t.Subject.Kind == "job" || t.Kind == jobstatus.EventSeen) && t.Subject.Name != "" {
		text = st.Text(t.Subject.Kind+"/"+t.Subject.Name) + ": " + text
	}
	role := transitionRole(t)
	if st.Width <= 0 {
		if role == Dim {
			role = Plain
		}
		return timestamp(t.At) + " " + st.Paint(role, text)
	}
	return st.Paint(Dim, clock(t.At)) + " " + st.Paint(role, st.sign(role)+" "+text)
}

// Notable says that a transition deserves a line above a live frame, which shows by itself what comes and goes as it
// should: pods that are created, start and succeed, progress, normal events.
func Notable(t jobstatus.Transition) bool {
	switch t.Kind {
	case jobstatus.PodCreated, jobstatus.PodStarted, jobstatus.PodDidSucceed, jobstatus.PodStopping, jobstatus.PodDeleted,
		jobstatus.Progressed:
		return false
	case jobstatus.EventSeen:
		return t.Event != nil && t.Event.Type == warning
	case jobstatus.StateChanged, jobstatus.PodRestarted, jobstatus.PodGotStuck, jobstatus.PodGotUnstuck, jobstatus.PodDidFail,
		jobstatus.PodEvicted, jobstatus.IndexFailed, jobstatus.RetryScheduled, jobstatus.Obstructed, jobstatus.Scaled,
		jobstatus.PartLost, jobstatus.PartRegained:
	}
	return true
}

// Progress is how far a Job is in one line, a sign of life for logs:
//
//	2026-11-23T12:04:00Z job/pi: Running, 3/8, 37%, ETA 3m, 1.4/min, 2 active, 1 failed
func Progress(s jobstatus.Status, now time.Time, st Style) string {
	parts := []string{st.Paint(stateRole(s), string(s.State)), doneOf(s.Progress)}
	if fraction, known := s.Progress.Fraction(); known {
		parts = append(parts, fmt.Sprintf("%d%%", percent(fraction)))
	}
	if s.Outcome == jobstatus.Unfinished {
		parts = append(parts, eta(s.Progress.ETA), rate(s.Progress.PerMinute))
	}
	for _, c := range []struct {
		n    int32
		what string
	}{{s.Counts.Active, "active"}, {s.Counts.Failed, "failed"}, {s.Counts.Terminating, "terminating"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	text := "job/" + st.Text(s.Name) + ": " + strings.Join(parts, ", ")
	if why := diagnosis.Headline(diagnosis.Facts{Status: s}); why != "" {
		text += ": " + st.Text(why)
	}
	if st.Width <= 0 {
		return timestamp(now) + " " + text
	}
	return st.Paint(Dim, clock(now)) + " " + text
}

// timestamp is a time for machines and logs of machines.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// transitionRole is how much a transition weighs.
func transitionRole(t jobstatus.Transition) Role {
	switch t.Kind {
	case jobstatus.StateChanged:
		return stateRole(jobstatus.Status{State: t.To})
	case jobstatus.PodDidFail, jobstatus.IndexFailed:
		return Bad
	case jobstatus.PodGotStuck, jobstatus.PodEvicted, jobstatus.PodRestarted, jobstatus.RetryScheduled, jobstatus.Obstructed,
		jobstatus.PartLost:
		return Warn
	case jobstatus.PodDidSucceed:
		return Good
	case jobstatus.EventSeen:
		if t.Event != nil && t.Event.Type == warning {
			return Warn
		}
		return Dim
	case jobstatus.PodStarted, jobstatus.Progressed, jobstatus.Scaled, jobstatus.PodGotUnstuck, jobstatus.PartRegained:
		return Plain
	case jobstatus.PodCreated, jobstatus.PodStopping, jobstatus.PodDeleted:
	}
	return Dim
}

// sign is one character for a role.
func (st Style) sign(role Role) string {
	switch role {
	case Good:
		return st.either("✓", "+")
	case Bad:
		return st.either("✗", "x")
	case Warn:
		return "!"
	case Busy:
		return st.either("▸", ">")
	case Plain, Dim, Bold:
	}
	return st.either("·", "-")
}
