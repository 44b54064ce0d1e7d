package logs

import (
	"cmp"
	"fmt"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// status tells on stderr what is waited for. It belongs to the goroutine that follows.
type status struct {
	o       Options
	notes   *notes
	board   *board // nil: a line for each new reason
	now     func() time.Time
	began   time.Time
	started bool
	told    map[string]bool
}

// quiet is for how long nothing is said about what has not started: most containers start within it.
const quiet = 2 * time.Second

// look tells what is new about what is waited for. The error says that --pod-running-timeout has passed.
func (s *status) look(now logtail.Situation) error {
	s.started = s.started || now.Reading > 0 || now.Queued > 0
	waited := s.now().Sub(s.began)
	if s.o.StartTimeout > 0 && !s.started && waited >= s.o.StartTimeout && !now.Final() {
		return fmt.Errorf("--pod-running-timeout %s: no container has started\n%s", s.o.StartTimeout, why(now))
	}
	if now.Queued > 0 && now.Reading >= s.o.Requests {
		s.once("queue", "%d logs are read at a time (--max-log-requests): the others wait for their turn", s.o.Requests)
	}
	if waited < quiet {
		return nil
	}
	if now.Job != nil && now.Job.Spec.Suspend != nil && *now.Job.Spec.Suspend && !now.Final() {
		s.once("suspended", "waiting: job %q is suspended", now.Job.Name)
	}
	retry := s.retry(now)
	if s.board != nil {
		s.board.show(cmp.Or(s.line(now), retry))
		return nil
	}
	if retry != "" {
		s.once(retry, "%s", retry)
	}
	for _, w := range now.Waiting {
		if age := s.now().Sub(w.Object.CreationTimestamp.Time); age >= quiet {
			s.once(w.Reason+"\x00"+w.Message, "%s", waitingFor(w, age))
		}
	}
	return nil
}

// retry tells that the controller waits before it tries again, where nothing is read meanwhile: such a wait may take ten
// minutes. "": it does not.
func (s *status) retry(now logtail.Situation) string {
	if now.Job == nil || now.Job.Status.Failed == 0 || now.Final() || now.Reading+now.Queued+len(now.Waiting) > 0 {
		return ""
	}
	st := statusOf(now, s.now())
	if st.State != jobstatus.BackingOff || st.Retry == nil || st.Retry.At.Sub(s.now()) < quiet {
		return ""
	}
	attempt := fmt.Sprintf("attempt %d of %d", st.Retry.Attempt, st.Retry.Of)
	if st.Retry.Index >= 0 {
		attempt += fmt.Sprintf(" of index %d", st.Retry.Index)
	}
	if s.board != nil { // the time first, so that a narrow terminal shows it
		return fmt.Sprintf("waiting %s more: %s", st.Retry.At.Sub(s.now()).Round(time.Second), attempt)
	}
	return fmt.Sprintf("waiting until %s: %s is next", st.Retry.At.UTC().Format("15:04:05Z"), attempt)
}

// line tells of the container that has waited longest, for how long, and how many others wait; "": none does. The time and the
// reason come first, so that a narrow terminal shows them, and what may be long comes last.
func (s *status) line(now logtail.Situation) string {
	var first *logstream.Stream
	for i, w := range now.Waiting {
		if first == nil || w.Object.CreationTimestamp.Before(&first.Object.CreationTimestamp) {
			first = &now.Waiting[i]
		}
	}
	if first == nil {
		return ""
	}
	age := s.now().Sub(first.Object.CreationTimestamp.Time)
	if age < quiet {
		return ""
	}
	text := fmt.Sprintf("waiting %s: %s: pod %s, container %s", age.Round(time.Second), safetext.Cell(first.Reason),
		safetext.Cell(first.PodName()), safetext.Cell(first.Container))
	if more := len(now.Waiting) - 1; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text + detailOf(*first)
}

// waitingFor says what a container waits for, in a line that stays.
func waitingFor(w logstream.Stream, age time.Duration) string {
	return fmt.Sprintf("waiting %s: pod %s, container %s: %s", age.Round(time.Second), safetext.Cell(w.PodName()),
		safetext.Cell(w.Container), reasonOf(w))
}

// once says something unless it has been said.
func (s *status) once(key, format string, args ...any) {
	if !s.told[key] {
		s.told[key] = true
		s.notes.say(format, args...)
	}
}

func why(now logtail.Situation) string {
	for _, w := range now.Waiting {
		return fmt.Sprintf("pod %q, container %q: %s", w.PodName(), w.Container, reasonOf(w))
	}
	return "it has no pod"
}

// reasonOf words why a container has not started.
func reasonOf(w logstream.Stream) string {
	return safetext.Cell(w.Reason) + detailOf(w)
}

// detailOf is what there is to say beside the reason, to be put behind other words; "": nothing.
func detailOf(w logstream.Stream) string {
	if w.Message != "" {
		return ": " + safetext.Cell(w.Message)
	}
	if w.Reason == "ContainerCreating" || w.Reason == "PodInitializing" {
		for _, c := range w.Object.Spec.Containers {
			if c.Name == w.Container && c.Image != "" {
				return " (image " + safetext.Cell(c.Image) + ")"
			}
		}
	}
	return ""
}
