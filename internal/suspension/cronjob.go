package suspension

import (
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/schedule"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

func planCronJob(c *batchv1.CronJob, suspend bool, now time.Time) act.Plan {
	if is(c.Spec.Suspend) == suspend {
		return already(suspend)
	}
	p := act.Plan{Edit: act.Edit{Suspend: &suspend}}
	if !suspend {
		p.Notes = []string{missedRun(c, now)}
		return p
	}
	p.Notes = []string{"no new runs will start"}
	if n := len(c.Status.Active); n > 0 {
		p.Notes = append(p.Notes, act.Plural(n, "Job")+" running now: not touched, suspend by name")
	}
	return p
}

// missedRun says what resuming starts: of the runs missed meanwhile the controller starts one at most, and at once, unless
// it is later than startingDeadlineSeconds by then (syncCronJob in pkg/controller/cronjob/cronjob_controllerv2.go).
func missedRun(c *batchv1.CronJob, now time.Time) string {
	slots, err := schedule.Of(c)
	if err != nil {
		return "no run will start: " + safetext.Line(err.Error())
	}
	note := ""
	if slots.Assumed {
		note = " (if the controller's time zone is UTC)"
	}
	limit := c.Spec.StartingDeadlineSeconds
	if due := slots.Due(schedule.Earliest(c, now), now); !due.IsZero() {
		start := "starts at once"
		switch policy := c.Spec.ConcurrencyPolicy; {
		case len(c.Status.Active) == 0:
		case policy == batchv1.ForbidConcurrent:
			start = "starts as soon as the running Job ends"
			if limit != nil {
				start += ", if that is by " + due.Add(time.Duration(*limit)*time.Second).Format(time.RFC3339)
			}
		case policy == batchv1.ReplaceConcurrent:
			start = "starts at once: the Jobs that run are deleted for it (concurrencyPolicy Replace)"
		}
		return fmt.Sprintf("the run missed at %s %s%s", due.Format(time.RFC3339), start, note)
	}
	next := slots.Next(now, 1)
	if len(next) == 0 {
		return "no run starts at once, and its schedule has no next one"
	}
	return fmt.Sprintf("no run starts at once; the next is due at %s%s", next[0].Format(time.RFC3339), note)
}
