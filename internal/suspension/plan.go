package suspension

import (
	"errors"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Plan works out what setting spec.suspend means for an object.
func Plan(item target.Item, suspend bool, now time.Time) act.Plan {
	if item.CronJob != nil {
		return planCronJob(item.CronJob, suspend, now)
	}
	job := item.Job
	if err := refusal(job); err != nil {
		return act.Plan{Err: act.Unfit{Err: err}}
	}
	if is(job.Spec.Suspend) == suspend {
		return already(suspend)
	}
	p := act.Plan{Edit: act.Edit{Suspend: &suspend}}
	if suspend {
		p.Notes, p.Ask, p.Ends = suspendNotes(job), ends(job), job.Status.Active
	} else {
		p.Notes, p.Starts = resumeNotes(job), act.Wanted(job, act.Parallelism(&job.Spec), nil)
	}
	return p
}

// refusal says why a Job can be neither suspended nor resumed, or nil.
func refusal(job *batchv1.Job) error {
	if err := act.ForeignOwner(job); err != nil {
		return err
	}
	switch word := target.StatusOf(job); word {
	case target.Complete, target.Failed:
		return fmt.Errorf("it is %s: a finished Job can be neither suspended nor resumed", word)
	case target.Terminating:
		return errors.New("it is being deleted")
	case target.FailureTarget, target.SuccessCriteriaMet:
		return fmt.Errorf("its outcome is decided (%s): only its pods' end is waited for", word)
	case target.Suspended, target.Running, target.Finished, target.Unfinished:
	}
	return nil
}

func is(p *bool) bool { return p != nil && *p }

func already(suspend bool) act.Plan {
	if suspend {
		return act.Plan{Notes: []string{"it is suspended already: nothing to do"}}
	}
	return act.Plan{Notes: []string{"it is not suspended: nothing to do"}}
}

func suspendNotes(job *batchv1.Job) []string {
	active := job.Status.Active
	if active == 0 {
		return append([]string{"it has no active pods; none will be started until it is resumed"}, kept(job)...)
	}
	running := ""
	if ready := job.Status.Ready; ready != nil && *ready != active {
		running = fmt.Sprintf(" (%d running)", *ready)
	}
	logs := "their logs go with them"
	if active == 1 {
		logs = "its logs go with it"
	}
	text := fmt.Sprintf("%s%s will be killed, and %s", act.Plural(active, "active pod"), running, logs)
	notes := []string{text + "; that does not count as a failure"}
	if fails := act.KillFails(job); fails != "" {
		notes = []string{text, fails}
	}
	return append(notes, kept(job)...)
}

// ends says that a suspension would end the Job for good. A work queue is Complete as soon as one worker has succeeded and
// none is active any more, whatever made them go (syncJob in pkg/controller/job/job_controller.go). Empty: it would not.
func ends(job *batchv1.Job) string {
	if job.Spec.Completions != nil || act.Succeeded(job) == 0 || job.Status.Active == 0 {
		return ""
	}
	return "it is a work queue and a worker has succeeded: without its other pods it is Complete, and cannot be resumed"
}

// kept says what a suspended Job does not lose.
func kept(job *batchv1.Job) []string {
	if job.Status.Succeeded == 0 {
		return nil
	}
	if act.Indexed(&job.Spec) {
		return []string{fmt.Sprintf("completed indexes are kept (%s): they do not run again", act.Cut(job.Status.CompletedIndexes, 60))}
	}
	return []string{act.Plural(job.Status.Succeeded, "completion") + " so far: kept"}
}

func resumeNotes(job *batchv1.Job) []string {
	parallelism := act.Parallelism(&job.Spec)
	notes := []string{fmt.Sprintf("up to %s will be started", act.Plural(act.Wanted(job, parallelism, nil), "pod"))}
	if parallelism == 0 {
		notes[0] = "with parallelism 0 no pod will be started: kubectl jobx scale changes that"
	}
	if d := job.Spec.ActiveDeadlineSeconds; d != nil {
		notes = append(notes, fmt.Sprintf("its deadline of %s starts anew", time.Duration(*d)*time.Second))
	}
	return notes
}
