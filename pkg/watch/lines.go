package watch

import (
	"fmt"
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// lineView prints a line per transition, for pipes and logs, and one of progress now and then as a sign of life.
type lineView struct {
	w, notes io.Writer
	style    render.Style
	interval time.Duration
	spoken   time.Time
	known    map[string]bool
}

// Show implements observe.View.
func (v *lineView) Show(now time.Time, jobs []observe.Job) error {
	var lines []string
	for _, j := range jobs {
		if key := string(j.Status.UID); !v.known[key] {
			if v.known == nil {
				v.known = map[string]bool{}
			}
			v.known[key] = true
			lines = append(lines, render.Progress(j.Status, now, v.style))
			lines = append(lines, v.unreadable(j.Status, now)...)
			continue
		}
		for _, t := range j.Transitions {
			if !told(t) {
				lines = append(lines, render.Line(t, v.style))
			}
		}
	}
	if len(lines) == 0 && v.interval > 0 && now.Sub(v.spoken) >= v.interval {
		for _, j := range jobs {
			if j.End == nil {
				lines = append(lines, render.Progress(j.Status, now, v.style))
			}
		}
	}
	if len(lines) == 0 {
		return nil
	}
	v.spoken = now
	return writeLines(v.w, lines)
}

// unreadable says which parts could not be read from the start.
func (v *lineView) unreadable(s jobstatus.Status, now time.Time) []string {
	var lines []string
	for _, part := range []jobstatus.Part{jobstatus.PodsPart, jobstatus.EventsPart} {
		if why := s.Unavailable[part]; why != "" {
			lines = append(lines, render.Line(jobstatus.Transition{
				Kind: jobstatus.PartLost, At: now, Subject: jobstatus.Subject{Kind: "job", Name: s.Name},
				Reason: string(part), Detail: why, Message: string(part) + " cannot be read: " + why,
			}, v.style))
		}
	}
	return lines
}

// told says that a transition is an event that repeats what another one says: the controller's own notes about pods
// that it creates and about the Job's end.
func told(t jobstatus.Transition) bool {
	return t.Kind == jobstatus.EventSeen && t.Event != nil && t.Event.Type == corev1.EventTypeNormal
}

// Notice implements view.
func (v *lineView) Notice(text string) {
	if text != "" {
		_, _ = fmt.Fprintln(v.notes, safetext.Line(text))
	}
}

// Close implements view.
func (v *lineView) Close(jobs []observe.Job) error { return writeVerdicts(v.w, jobs, v.style) }

// writeVerdicts says how each Job ended, and why the watch did where the Job's own outcome does not say it.
func writeVerdicts(w io.Writer, jobs []observe.Job, style render.Style) error {
	var lines []string
	for _, j := range jobs {
		if j.End == nil {
			continue
		}
		lines = append(lines, observe.Verdict(j, style))
	}
	return writeLines(w, lines)
}

func writeLines(w io.Writer, lines []string) error {
	var text []byte
	for _, line := range lines {
		text = append(append(text, line...), '\n')
	}
	if len(text) == 0 {
		return nil
	}
	_, err := w.Write(text)
	return err
}
