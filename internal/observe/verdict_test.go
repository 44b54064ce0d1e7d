package observe

import (
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

// What has come is said, and not that the Job still runs: that is no news to one who waited for its start.
func TestVerdictSaysWhatWasWaitedFor(t *testing.T) {
	running := jobstatus.Status{Name: "x", Namespace: "n", State: jobstatus.Running}
	for want, end := range map[string]*End{
		`job "x" in namespace "n": started, 0/0`:                               {Code: exit.OK, Met: "started"},
		`job "x" in namespace "n": sure to fail, 0/0`:                          {Code: exit.JobFailed, Met: "sure to fail"},
		`job "x" in namespace "n": not waited for any longer: it is suspended`: {Code: exit.Failure, Why: "it is suspended"},
		`job "x" in namespace "n": still Running, 0/0`:                         nil,
	} {
		if got := Verdict(Job{Status: running, End: end}, render.Style{}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	finished := running
	finished.Outcome = jobstatus.Vanished
	want := `job "x" in namespace "n": deleted before it finished, at 0/0`
	if got := Verdict(Job{Status: finished, End: &End{Met: "started"}}, render.Style{}); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
