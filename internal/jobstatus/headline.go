package jobstatus

import (
	"fmt"
	"time"
)

// FailFastCause says what the Job waits for that will not come by itself, and since when; false: nothing. The cause may
// hold untrusted text.
func FailFastCause(s Status) (cause string, since time.Time, ok bool) {
	o := s.Obstacle
	if o == nil || s.Decided || s.State == Suspended {
		return "", time.Time{}, false
	}
	return o.text(), o.Since, true
}

func (o *Obstacle) text() string {
	text := o.Reason
	switch {
	case o.Pods == 1:
		text = fmt.Sprintf("pod %q: %s", o.Pod, o.Reason)
	case o.Pods > 1:
		text = fmt.Sprintf("%d pods: %s", o.Pods, o.Reason)
	}
	return joined(text, o.Message)
}

// Headline is the one line that says why all is not well; empty when all is. It may hold untrusted text.
func Headline(s Status) string {
	switch s.State {
	case Failed, FailureTarget:
		text := joined(s.Reason, s.Message)
		if len(s.Failures) > 0 {
			text += " (" + s.Failures[0].text() + ")"
		}
		return text
	case Gone, Replaced:
		return s.Message
	case Suspended, Paused, Managed, Terminating:
		return joined(s.Reason, s.Message)
	case Blocked:
		return joined(s.Reason, s.Message)
	case BackingOff:
		text := s.Message
		if len(s.Failures) > 0 {
			text = s.Failures[0].text() + "; " + text
		}
		return text
	case Complete, SuccessCriteriaMet, Finishing, Unknown:
		return ""
	case Running, Pending, Draining:
		return s.trouble()
	default:
		return ""
	}
}

// trouble is what is wrong with a Job that goes on.
func (s Status) trouble() string {
	switch {
	case s.Obstacle != nil:
		return s.Obstacle.text()
	case s.Reason == "CrashLoopBackOff", s.Reason == "SchedulingGated":
		return joined(s.Reason, s.Message)
	case len(s.Failures) > 0:
		text := s.Failures[0].text()
		if s.Retry != nil {
			text += fmt.Sprintf("; next attempt %d of %d at %s", s.Retry.Attempt, s.Retry.Of, s.Retry.At.UTC().Format("15:04:05Z"))
		}
		return text
	default:
		return ""
	}
}

// text says a group of failures in short: "3 × exit 1 in main (Error: no route)".
func (f Failure) text() string {
	text := f.Reason
	switch {
	case f.Container != "" && f.Reason != "" && f.Reason != "Error":
		text = fmt.Sprintf("%s, exit %d in %s", f.Reason, f.Code, f.Container)
	case f.Container != "":
		text = fmt.Sprintf("exit %d in %s", f.Code, f.Container)
	}
	if f.Count > 1 {
		text = fmt.Sprintf("%d × %s", f.Count, text)
	}
	return joined(text, f.Message)
}

func joined(what, why string) string {
	switch {
	case why == "":
		return what
	case what == "":
		return why
	default:
		return what + ": " + why
	}
}
