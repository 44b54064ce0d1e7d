package jobstatus

import (
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
)

// TestRateAfterAResumption: what was done before the Job was suspended was not done since it was resumed.
func TestRateAfterAResumption(t *testing.T) {
	resumed := func(d time.Duration) func(*batchv1.Job) {
		return func(j *batchv1.Job) {
			j.Spec.Completions, j.Status.StartTime = ptr(int32(100)), ptr(ago(d))
		}
	}
	done := func(j *batchv1.Job) {
		with(batchv1.JobComplete, "CompletionsReached")(j) // 5 s before noon
		j.Status.CompletionTime, j.Status.Succeeded = ptr(ago(5*time.Second)), 40
	}
	for _, c := range []struct {
		name         string
		job          *batchv1.Job
		early, after int // successes before the start, and after it
		want         float64
	}{
		{"nothing yet", aJob(resumed(5 * time.Second)), 10, 0, 0},
		{"a few", aJob(resumed(30 * time.Second)), 10, 3, 6},
		{"many before, in the last minute", aJob(resumed(30 * time.Second)), 100, 3, 6},
		{"many after", aJob(resumed(30 * time.Second)), 100, 30, 60},
		{"it was never suspended", aJob(resumed(30 * time.Second)), 0, 3, 6},
		{"it has ended", aJob(resumed(65*time.Second), done), 10, 30, 30},
	} {
		for _, settled := range []bool{false, true} {
			var s Snapshot
			s.Apply(Change{Job: c.job})
			start := c.job.Status.StartTime.Time
			for n := range c.early + c.after {
				end := noon().Sub(start.Add(-time.Second))
				if n >= c.early {
					end = noon().Sub(start.Add(time.Second))
				}
				p := aPod(n, ended(0, end))
				if settled {
					letGo(p)
				}
				s.Apply(Change{Pod: p})
			}
			if got := Compute(s, noon()).Progress.PerMinute; got != c.want {
				t.Errorf("%s, settled %v: %v a minute, want %v", c.name, settled, got, c.want)
			}
		}
	}
}
