package act

import (
	"fmt"
	"strings"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Repeats tells of errors that say the same of many objects the first few times, and counts the others.
type Repeats struct {
	count map[string]int
	order []string // the reasons, as they first came
}

// Tell says whether an error about an object is still to be told.
func (r *Repeats) Tell(what string, err error) bool {
	reason := reasonOf(what, err)
	if r.count == nil {
		r.count = map[string]int{}
	}
	if r.count[reason] == 0 {
		r.order = append(r.order, reason)
	}
	r.count[reason]++
	return r.count[reason] <= shown
}

// Rest are the lines that say how many more there were.
func (r *Repeats) Rest() []string {
	var lines []string
	for _, reason := range r.order {
		if more := r.count[reason] - shown; more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more: %s", more, safetext.Error(reason)))
		}
	}
	return lines
}

// reasonOf is an error's first line without the name of the object, the first that is quoted in what.
func reasonOf(what string, err error) string {
	reason, _, _ := strings.Cut(err.Error(), "\n")
	if parts := strings.SplitN(what, `"`, 3); len(parts) == 3 {
		reason = strings.ReplaceAll(reason, `"`+parts[1]+`"`, safetext.Ellipsis)
	}
	return reason
}
