package render

import (
	"fmt"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Verdict is how a Job ended, or stands when watching ends, in one line without a line break:
//
//	job "pi" in namespace "default": complete, 8/8 in 24s
//	job "pi" in namespace "default": failed after 24s: BackoffLimitExceeded: …; 3 × exit 1 in c
//	job "pi" in namespace "default": deleted before it finished, at 3/8
//	job "pi" in namespace "default": still Running, 3/8 after 24s
func Verdict(s jobstatus.Status, st Style) string {
	name := fmt.Sprintf("job %q in namespace %q: ", st.Text(s.Name), st.Text(s.Namespace))
	progress := doneOf(s.Progress)
	switch s.Outcome {
	case jobstatus.Succeeded:
		return name + st.Paint(Good, "complete") + fmt.Sprintf(", %s in %s", progress, Duration(s.Duration))
	case jobstatus.FailedOutcome:
		return name + st.Paint(Bad, "failed") + fmt.Sprintf(" after %s, %s", Duration(s.Duration), progress) + reasonOf(s, st)
	case jobstatus.Vanished:
		return name + st.Paint(Bad, "deleted") + " before it finished, at " + progress
	case jobstatus.ReplacedByTwin:
		return name + st.Paint(Bad, "deleted and created again") + " before it finished, at " + progress
	case jobstatus.Unfinished:
	}
	return unfinished(s, "still "+st.Paint(stateRole(s), string(s.State)), st)
}

// Met is the verdict on an unfinished Job of which all has come that was waited for; word says what:
//
//	job "pi" in namespace "default": started, 0/8 after 2s
func Met(s jobstatus.Status, word string, st Style) string {
	return unfinished(s, st.Paint(Good, word), st)
}

func unfinished(s jobstatus.Status, how string, st Style) string {
	line := fmt.Sprintf("job %q in namespace %q: %s, %s", st.Text(s.Name), st.Text(s.Namespace), how, doneOf(s.Progress))
	if !s.Start.IsZero() {
		line += " after " + Duration(s.Duration)
	}
	return line + reasonOf(s, st)
}

// reasonOf is the reason that every verb gives.
func reasonOf(s jobstatus.Status, st Style) string {
	if text := diagnosis.Headline(diagnosis.Facts{Status: s}); text != "" {
		return ": " + st.Text(text)
	}
	return ""
}
