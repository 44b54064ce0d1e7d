package render

import (
	"fmt"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// stateRole is the colour of a state.
func stateRole(s jobstatus.Status) Role {
	switch s.State {
	case jobstatus.Complete, jobstatus.SuccessCriteriaMet:
		return Good
	case jobstatus.Failed, jobstatus.FailureTarget, jobstatus.Gone, jobstatus.Replaced:
		return Bad
	case jobstatus.Terminating, jobstatus.Suspended, jobstatus.Paused, jobstatus.Blocked, jobstatus.BackingOff,
		jobstatus.Pending, jobstatus.Managed:
		return Warn
	case jobstatus.Running, jobstatus.Draining, jobstatus.Finishing:
		return Busy
	case jobstatus.Unknown:
		return Dim
	}
	return Plain
}

// mark is one sign for a state, beside a name.
func mark(s jobstatus.Status, st Style) string {
	role := stateRole(s)
	return st.Paint(role, st.sign(role))
}

// doneOf is progress as numbers: 12/40, in the unit that decides.
func doneOf(p jobstatus.Progress) string {
	switch p.Unit {
	case jobstatus.Workers:
		if p.Total == 0 {
			return "no worker done yet"
		}
		return fmt.Sprintf("%d/%d workers", p.Done, p.Total)
	case jobstatus.Criteria:
		return fmt.Sprintf("%d/%d for success", p.Done, p.Total)
	case jobstatus.Completions:
	}
	if p.Total == 0 && p.Done > 0 {
		return fmt.Sprintf("%d done", p.Done)
	}
	return fmt.Sprintf("%d/%d", p.Done, p.Total)
}

// rate is completions per minute, or per hour where that reads better.
func rate(perMinute float64) string {
	switch {
	case perMinute <= 0:
		return ""
	case perMinute < 1:
		return fmt.Sprintf("%.1f/h", perMinute*60)
	case perMinute < 10:
		return fmt.Sprintf("%.1f/min", perMinute)
	}
	return fmt.Sprintf("%.0f/min", perMinute)
}

// eta is a band of remaining time: "4m to 6m left".
func eta(b *jobstatus.Band) string {
	if b == nil {
		return ""
	}
	low, high := Duration(b.Low), Duration(b.High)
	if low == high {
		return "ETA " + low
	}
	return "ETA " + low + " to " + high
}

// exit is how a pod's decisive container ended, in words: "exit 137 (OOMKilled)", "exit 139 (SIGSEGV)", "Evicted".
func exit(e jobstatus.Exit) string {
	if e.Container == "" && e.Reason != "" {
		return e.Reason // the pod was ended, no container of it decided
	}
	if why := exitCause(e); why != "" {
		return fmt.Sprintf("exit %d (%s)", e.Code, why)
	}
	return fmt.Sprintf("exit %d", e.Code)
}

// failure is a group of failures in one line: "37 × exit 1 in c".
func failure(f jobstatus.Failure, st Style) string {
	what := exit(jobstatus.Exit{Container: f.Container, Code: f.Code, Signal: f.Signal, Reason: f.Reason})
	if f.Container != "" {
		what += " in " + f.Container
	}
	return fmt.Sprintf("%d %s %s", f.Count, st.times(), st.Text(what))
}

// reasonAndMessage is why a state is what it is, in one line.
func reasonAndMessage(reason, message string, st Style) string {
	switch {
	case message == "":
		return st.Text(reason)
	case reason == "":
		return st.Text(message)
	}
	return st.Text(reason) + ": " + st.Text(message)
}

// ordinal is 1st, 2nd, 3rd, 4th …
func ordinal(n int32) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

// plural is "1 pod", "2 pods".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// clock is a time of day in the reader's zone, which the time carries.
func clock(t time.Time) string { return t.Format(time.TimeOnly) }

// moment is a time of day in the zone of now, with its day where that is another.
func moment(t, now time.Time) string {
	t = t.In(now.Location())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return clock(t)
	}
	return t.Format(time.DateTime)
}
