package exit

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

func TestOf(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		name      string
		err       error
		signalled Code
		want      Code
	}{
		{"nothing wrong", nil, OK, OK},
		{"an error", broken, OK, Failure},
		{"a coded error", &Error{Code: JobFailed, Err: broken}, OK, JobFailed},
		{"a coded error, wrapped", fmt.Errorf("x: %w", &Error{Code: Timeout}), OK, Timeout},
		{"told already", Silent(JobGone), OK, JobGone},
		{"told already, and well", Silent(OK), OK, OK},
		{"interrupted", context.Canceled, Interrupted, Interrupted},
		{"interrupted, and the verb ended well", nil, Interrupted, Interrupted},
		{"interrupted while something else broke", broken, Interrupted, Failure},
		{"terminated", fmt.Errorf("x: %w", context.Canceled), Terminated, Terminated},
		{"cancelled by nobody", context.Canceled, OK, Failure},
	} {
		if got := Of(c.err, c.signalled); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestOfOutcome(t *testing.T) {
	for outcome, want := range map[jobstatus.Outcome]Code{
		jobstatus.Succeeded: OK, jobstatus.FailedOutcome: JobFailed, jobstatus.Vanished: JobGone,
		jobstatus.ReplacedByTwin: JobGone, jobstatus.Unfinished: Failure,
	} {
		if got := OfOutcome(outcome); got != want {
			t.Errorf("%q: %d, want %d", outcome, got, want)
		}
	}
}

func TestWorse(t *testing.T) {
	ascending := []Code{OK, JobFailed, JobGone, Timeout, Failure, Interrupted}
	for i, a := range ascending {
		for j, b := range ascending {
			if got, want := Worse(a, b), ascending[max(i, j)]; got != want {
				t.Errorf("Worse(%d, %d) = %d, want %d", a, b, got, want)
			}
		}
	}
}
