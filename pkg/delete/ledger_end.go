package delete

import (
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
)

// interrupted says where it stood when no more was deleted.
func (l *ledger) interrupted() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.takeDown()
	if l.onlyErr != nil {
		_, _ = fmt.Fprintln(l.err, "error: "+act.ErrorText(l.onlyErr))
	}
	l.rest()
	deleted := fmt.Sprintf("%d of %d deleted", len(l.gone), l.targets)
	if l.o.Wait { // or they have been told of
		l.accepted(func(entry) bool { return true })
	}
	if n := l.pending(); n > 0 {
		deleted += fmt.Sprintf(" (%d still there)", n)
	}
	l.json()
	_, _ = fmt.Fprintf(l.err, "interrupted: %s, %d failed, %d not touched\n",
		deleted, len(l.lost), max(0, l.targets-len(l.gone)-len(l.lost)-l.missing))
}

// interruptedWait says where it stood when no more was waited for.
func (l *ledger) interruptedWait() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.takeDown()
	l.rest()
	held := l.pending()
	going := fmt.Sprintf("%d still going", held)
	if held == 0 {
		going = "what belonged to them is still going"
	}
	if n := len(l.lost); n > 0 {
		going = fmt.Sprintf("%d failed, %s", n, going)
	}
	l.json()
	_, _ = fmt.Fprintf(l.err, "interrupted: %d deleted, %s\n", len(l.gone)-held, going)
}

// end prints the lists of -o json and the total, and returns what sets the exit code. waited is how the wait ended.
func (l *ledger) end(waited error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.takeDown()
	l.rest()
	l.json()
	switch {
	case l.onlyErr != nil:
		return l.onlyErr
	case len(l.lost) == 0 && waited != nil:
		return waited
	case len(l.lost) == 0:
		l.sum()
		return act.Untold(l.writeErr)
	case len(l.lost)+len(l.gone)+l.missing > 1:
		text := fmt.Sprintf("%d of %d deleted", len(l.gone), len(l.gone)+len(l.lost)+l.missing)
		if l.missing > 0 {
			text += fmt.Sprintf(", %d gone already", l.missing)
		}
		_, _ = fmt.Fprintf(l.err, "%s, %d failed%s\n", text, len(l.lost), l.o.DryRun.Suffix())
	}
	if waited != nil {
		return &exit.Error{Code: exit.Worse(exit.Failure, exit.Of(waited, exit.OK)), Err: waited}
	}
	return exit.Silent(exit.Failure)
}

// sum says how many are gone where they were too many to be counted by eye.
func (l *ledger) sum() {
	if !l.sums || len(l.gone) <= act.SpelledOut {
		return
	}
	text := act.Tally(l.items) + act.Where(l.items)
	switch {
	case !l.seenGone:
		text += " deleted"
		if n := l.pending(); n > 0 {
			text += fmt.Sprintf(", %d of them still there", n)
		}
		text += l.o.DryRun.Suffix()
	case l.o.Cascade != metav1.DeletePropagationOrphan && l.items[0].Pod == nil:
		text += " and what belonged to them are gone"
	default:
		text += " are gone"
	}
	_, _ = fmt.Fprintln(l.err, text)
}

// rest says how many errors were like those that were told.
func (l *ledger) rest() {
	for _, line := range l.repeats.Rest() {
		_, _ = fmt.Fprintln(l.err, line)
	}
}

// pending is how many were still there when they were last seen.
func (l *ledger) pending() int {
	n := 0
	for _, e := range l.gone {
		if e.Pending {
			n++
		}
	}
	return n
}

// json prints the lists, if they were asked for.
func (l *ledger) json() {
	if l.o.Output != JSON {
		return
	}
	both := struct {
		Schema  string  `json:"schema"`
		DryRun  bool    `json:"dryRun,omitempty"`
		Deleted []entry `json:"deleted"`
		Failed  []entry `json:"failed"`
	}{"jobx.delete/v1", l.o.DryRun != act.Really, l.gone, l.lost}
	if both.Deleted == nil {
		both.Deleted = []entry{}
	}
	if both.Failed == nil {
		both.Failed = []entry{}
	}
	text, err := json.MarshalIndent(both, "", "  ")
	if err != nil {
		l.writeErr = err
		return
	}
	l.write(string(text) + "\n")
}
