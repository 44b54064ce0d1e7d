package watch

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

// TestLeftBeforeTheEnd: where a watch ends before the Jobs do it is said how they stand, if there are any.
func TestLeftBeforeTheEnd(t *testing.T) {
	suspended := func(name string) *batchv1.Job {
		j := aRun(name)
		j.Spec.Suspend = new(true)
		return j
	}
	for _, c := range []struct {
		line      string
		jobs      []*batchv1.Job
		interrupt bool
		want      string
	}{
		{"cronjob/c --next --timeout 2s", nil, false, "timed out after 2s: no run has started\n"},
		{"cronjob/c --next --timeout 2s", []*batchv1.Job{aRun("before")}, false, "timed out after 2s: no run has started\n"},
		{"a --timeout 2s", []*batchv1.Job{aRun("a")}, false, "timed out after 2s: the Job goes on\n"},
		{"a --timeout 2s", []*batchv1.Job{suspended("a")}, false, "timed out after 2s: the Job is suspended\n"},
		{"a b --timeout 2s", []*batchv1.Job{aRun("a"), aRun("b")}, false, "timed out after 2s: the Jobs go on\n"},
		{"--all", []*batchv1.Job{aRun("a"), suspended("b")}, true, "stopped watching: 1 Job goes on, 1 Job is suspended\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			api := apistub.New()
			defer api.Close()
			api.Put(aCronJob(nil))
			for _, j := range c.jobs {
				api.Put(j)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.interrupt {
				time.AfterFunc(2*time.Second, cancel)
			}
			got := verbtest.Run(ctx, t, NewCmd, api, c.line)
			if !strings.HasSuffix(got.ErrOut, c.want) || !c.interrupt && exit.Of(got.Err, exit.OK) != exit.Timeout {
				t.Errorf("%s: %v, noted %q, want %q", c.line, got.Err, got.ErrOut, c.want)
			}
		})
	}
}

// A namespace that is not there is what has to be told, rather than that it holds no Jobs.
func TestAllOfANamespaceThatIsNotThere(t *testing.T) {
	for line, want := range map[string]string{
		"--all -n typo":  "namespace \"typo\" not found\nkubectl get namespaces lists those there are",
		"-l a=b -n typo": "namespace \"typo\" not found\nkubectl get namespaces lists those there are",
		"--all":          `no Jobs in namespace "default"`,
		"--all -A":       "no Jobs in any namespace",
	} {
		synctest.Test(t, func(t *testing.T) {
			api := apistub.New()
			defer api.Close()
			got := verbtest.Run(t.Context(), t, NewCmd, api, line)
			if exit.Of(got.Err, exit.OK) != exit.Failure || got.Err.Error() != want {
				t.Errorf("%s: %v, want %q", line, got.Err, want)
			}
		})
	}
}
