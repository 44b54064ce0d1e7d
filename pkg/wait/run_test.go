package wait

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
)

func TestResultOfATimeout(t *testing.T) {
	ended := observe.Job{Status: jobstatus.Status{Name: "a", Namespace: "n"}, End: &observe.End{}}
	running := observe.Job{Status: jobstatus.Status{Name: "b", Namespace: "n"}}
	for want, jobs := range map[string][]observe.Job{
		"timed out after 1m0s: job \"b\" in namespace \"n\" goes on\n": {ended, running},
		"timed out after 1m0s: the Jobs could not be read\n":           nil,
	} {
		var notes strings.Builder
		o := Options{Timeout: time.Minute}
		if code := exit.Of(o.result(jobs, observe.ErrTimeout, &notes, "n"), exit.OK); code != exit.Timeout || notes.String() != want {
			t.Errorf("%d: %q, want %q", code, notes.String(), want)
		}
	}
}
