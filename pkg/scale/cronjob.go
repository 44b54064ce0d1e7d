package scale

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// ofCronJob works out how to give a CronJob's next runs the size.
func (r Request) ofCronJob(item target.Item) act.Plan {
	var p act.Plan
	spec, running := &item.CronJob.Spec.JobTemplate.Spec, len(item.CronJob.Status.Active)
	if is := act.Parallelism(spec); r.Parallelism != nil && *r.Parallelism != is {
		p.Edit.Parallelism = r.Parallelism
		p.Notes = append(p.Notes, fmt.Sprintf("parallelism of the next runs %d -> %d", is, *r.Parallelism))
	}
	switch {
	case r.Completions != nil && (spec.Completions == nil || *spec.Completions != *r.Completions):
		p.Edit.Completions = r.Completions
		was := "none"
		if spec.Completions != nil {
			was = fmt.Sprint(*spec.Completions)
		}
		p.Notes = append(p.Notes, fmt.Sprintf("completions of the next runs %s -> %d", was, *r.Completions))
	case r.Completions == nil && p.Edit.Parallelism != nil && spec.Parallelism == nil && spec.Completions == nil:
		// A Job that names neither has 1 completion, and one that names a parallelism alone is a work queue: the template
		// itself has no defaults (SetDefaults_Job and SetDefaults_CronJob in pkg/apis/batch/v1/defaults.go).
		p.Edit.Completions = new(int32(1))
		p.Notes = append(p.Notes,
			"completions 1 is written too, which the next runs would have had: with a parallelism alone each would be a work queue")
	}
	after := specOf(p.Edit.On(item))
	if err := beyondLimits(after); err != nil {
		return act.Plan{Err: act.Unfit{Err: err}}
	}
	if p.Edit.Empty() {
		p.Notes = []string{"its template has this size already: nothing to do"}
		return p
	}
	if after.Completions != nil && *after.Completions < act.Parallelism(after) {
		p.Notes = append(p.Notes, fmt.Sprintf("a run has %s, so no more than that many pods of it will run: --completions changes that",
			act.Plural(*after.Completions, "completion")))
	}
	if running > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%s running now: not touched, scale them by name", act.Plural(running, "Job")))
	}
	return p
}

func specOf(item target.Item) *batchv1.JobSpec {
	if item.CronJob != nil {
		return &item.CronJob.Spec.JobTemplate.Spec
	}
	return &item.Job.Spec
}
