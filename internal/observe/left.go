package observe

import (
	"fmt"
	"strings"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// standing is how Jobs stand that are not looked at any more: one, and several.
type standing struct{ one, several string }

func standingOf(s jobstatus.Status) standing {
	switch s.State {
	case jobstatus.Suspended:
		return standing{"is suspended", "are suspended"}
	case jobstatus.Terminating:
		return standing{"is being deleted", "are being deleted"}
	default:
		return standing{"goes on", "go on"}
	}
}

// LeftAs says how a Job stands that is left before its end: "goes on".
func LeftAs(j Job) string { return standingOf(j.Status).one }

// Left says how Jobs stand that are left before their end, those that have ended left out: "the Job goes on", or of several
// "2 Jobs go on, 1 Job is suspended".
func Left(jobs []Job) string {
	count := map[standing]int{}
	var order []standing
	for _, j := range jobs {
		if j.End != nil {
			continue
		}
		s := standingOf(j.Status)
		if count[s]++; count[s] == 1 {
			order = append(order, s)
		}
	}
	words := make([]string, len(order))
	for i, s := range order {
		switch n := count[s]; {
		case n == len(jobs) && n == 1:
			words[i] = "the Job " + s.one
		case n == len(jobs):
			words[i] = "the Jobs " + s.several
		case n == 1:
			words[i] = "1 Job " + s.one
		default:
			words[i] = fmt.Sprintf("%d Jobs %s", n, s.several)
		}
	}
	return strings.Join(words, ", ")
}
