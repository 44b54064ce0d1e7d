package watch

import (
	"fmt"
	"io"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// jsonView prints one JSON object per transition, the first being the Job as it was found.
type jsonView struct {
	w, notes io.Writer
	known    map[string]bool
}

// Show implements observe.View.
func (v *jsonView) Show(now time.Time, jobs []observe.Job) error {
	for _, j := range jobs {
		if key := string(j.Status.UID); !v.known[key] {
			if v.known == nil {
				v.known = map[string]bool{}
			}
			v.known[key] = true
			if err := v.write(render.JSONStatus(j.Status, now)); err != nil {
				return err
			}
		}
		for _, t := range j.Transitions {
			if err := v.write(render.JSON(t, j.Status)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *jsonView) write(line []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = v.w.Write(append(line, '\n'))
	return err
}

// Notice implements view.
func (v *jsonView) Notice(text string) {
	if text != "" {
		_, _ = fmt.Fprintln(v.notes, safetext.Line(text))
	}
}

// Close implements view: the last object of each Job has told its end. Why one was given up is said beside the objects.
func (v *jsonView) Close(jobs []observe.Job) error {
	for _, j := range jobs {
		if j.End != nil && j.End.Why != "" {
			v.Notice(observe.Verdict(j, render.Style{UTF8: true}))
		}
	}
	return nil
}
