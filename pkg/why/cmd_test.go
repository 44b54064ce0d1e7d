package why

import (
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

func TestFlags(t *testing.T) {
	for line, want := range map[string]Options{
		"x":               {Target: target.Ref{Name: "x"}},
		"job/x":           {Target: target.Ref{Kind: target.Job, Name: "x"}},
		"cronjob x":       {Target: target.Ref{Kind: target.CronJob, Name: "x"}},
		"x -o json":       {Target: target.Ref{Name: "x"}, Output: asJSON},
		"x -o yaml":       {Target: target.Ref{Name: "x"}, Output: asYAML},
		"x --exit-status": {Target: target.Ref{Name: "x"}, ExitStatus: true},
	} {
		if got, err := verbtest.Options(t, NewCmd, line); err != nil || got != want {
			t.Errorf("why %s: %v\ngot  %+v\nwant %+v", line, err, got, want)
		}
	}
}

func TestRefusedBeforeAnyRequest(t *testing.T) {
	verbtest.Refused(t, NewCmd, map[string]string{
		"":            "why what? give the name of a Job",
		"x y":         "one name at a time: x or y",
		"x -o nosuch": `-o "nosuch": want json or yaml`,
		"pod/x":       "not a kind that this command takes",
		"My_Job":      "not a valid name",
		"job/a/b":     "want TYPE/NAME",
		" ":           "must not be empty",
	})
}
