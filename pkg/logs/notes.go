package logs

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// notes tells, on stderr, what is not part of a log.
type notes struct {
	mu      sync.Mutex
	w       io.Writer
	waiting int // containers that have not started
}

// fewWaiting is of how many containers it is told one by one that they have not started.
const fewWaiting = 3

// rest tells how many more containers have not started.
func (n *notes) rest() {
	if more := n.waiting - fewWaiting; more > 0 {
		n.say("error: %d more containers have not started", more)
	}
}

func (n *notes) say(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, _ = fmt.Fprintf(n.w, format+"\n", args...) // where there is no stderr there is nobody to tell
}

// tell words a note of the engine.
func (n *notes) tell(note logtail.Note) {
	who := fmt.Sprintf("pod %s, container %s", safetext.Cell(note.Stream.PodName()), safetext.Cell(note.Stream.Container))
	switch note.Kind {
	case logtail.GapNote:
		n.say("gap: %s: lines between %s and %s are lost: they were rotated away, or removed with the container",
			who, note.Gap.After.Format(time.RFC3339Nano), note.Gap.Before.Format(time.RFC3339Nano))
	case logtail.GaveUp:
		var not *logtail.NotStarted
		if errors.As(note.Err, &not) {
			if n.waiting++; n.waiting > fewWaiting {
				return
			}
			n.say("error: %s has not started: %s\nlogs -f waits for it", who, reasonOf(not.Stream))
			return
		}
		n.say("error: %s: %s", who, safetext.Error(note.Err.Error()))
	case logtail.KubeletNote:
		n.say("error: %s: the node says: %s", who, safetext.Error(note.Text))
	case logtail.Trouble:
		n.say("note: %s: cannot be read at the moment, trying again: %s", who, safetext.Error(note.Err.Error()))
	case logtail.Forgotten:
		n.say("note: %s: no log of attempts before %d: a node keeps the last two", who, note.Stream.Attempt)
	case logtail.Late:
		n.say("note: %s: the log begins %s after the container did: earlier lines may have been rotated away",
			who, note.Gap.Before.Sub(note.Gap.After).Round(time.Second))
	case logtail.Removed:
		n.say("gap: %s, attempt %d: the node has removed the container, and its log with it", who, note.Stream.Attempt)
	}
}
