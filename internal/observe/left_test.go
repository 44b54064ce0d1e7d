package observe

import (
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Of Jobs that are not looked at any more it is said how they stand, and not of all that they go on.
func TestLeft(t *testing.T) {
	in := func(s jobstatus.State) Job { return Job{Status: jobstatus.Status{State: s}} }
	running, suspended, going := in(jobstatus.Running), in(jobstatus.Suspended), in(jobstatus.Terminating)
	ended := Job{End: &End{}}
	for _, c := range []struct {
		jobs []Job
		want string
	}{
		{[]Job{running}, "the Job goes on"},
		{[]Job{suspended}, "the Job is suspended"},
		{[]Job{going}, "the Job is being deleted"},
		{[]Job{running, running}, "the Jobs go on"},
		{[]Job{suspended, suspended}, "the Jobs are suspended"},
		{[]Job{running, ended}, "1 Job goes on"},
		{[]Job{ended, running, running}, "2 Jobs go on"},
		{[]Job{running, suspended, running, going, ended}, "2 Jobs go on, 1 Job is suspended, 1 Job is being deleted"},
	} {
		if got := Left(c.jobs); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
