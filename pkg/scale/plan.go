package scale

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Request is the size that is asked for.
type Request struct {
	Parallelism *int32
	Completions *int32
	// Preconditions. nil and empty: none.
	Current         *int32 // the parallelism that it must have now
	ResourceVersion string
}

// plan works out how to give an object the size. The rules are those of ValidateJobSpecUpdate in
// pkg/apis/batch/validation/validation.go, and of manageJob in pkg/controller/job/job_controller.go for what the
// controller makes of it.
func plan(r Request, item target.Item, now time.Time) act.Plan {
	if err := r.preconditions(item); err != nil {
		return act.Plan{Err: err}
	}
	if item.CronJob != nil {
		return r.ofCronJob(item)
	}
	job := item.Job
	if err := refusal(job); err != nil {
		return act.Plan{Err: act.Unfit{Err: err}}
	}
	size, err := r.sizeOf(job)
	if err != nil {
		return act.Plan{Err: err}
	}
	if err := size.refused(job); err != nil {
		return act.Plan{Err: act.Unfit{Err: err}}
	}
	p := size.plan(job, now)
	if p.Edit.Empty() {
		p.Notes = []string{r.already()}
	}
	return p
}

// already says that the size is what it is.
func (r Request) already() string {
	switch {
	case r.Completions == nil:
		return fmt.Sprintf("parallelism is %d already: nothing to do", *r.Parallelism)
	case r.Parallelism == nil:
		return fmt.Sprintf("completions are %d already: nothing to do", *r.Completions)
	default:
		return "it has this size already: nothing to do"
	}
}

func (r Request) preconditions(item target.Item) error {
	m := item.Meta()
	if r.ResourceVersion != "" && r.ResourceVersion != m.ResourceVersion {
		return fmt.Errorf("--resource-version: expected %s, was %s", r.ResourceVersion, m.ResourceVersion)
	}
	if is := act.Parallelism(specOf(item)); r.Current != nil && *r.Current != is {
		return fmt.Errorf("--current-replicas: expected parallelism to be %d, was %d", *r.Current, is)
	}
	return nil
}

// refusal says why a Job's size cannot be changed, whatever it is.
func refusal(job *batchv1.Job) error {
	if err := act.ForeignOwner(job); err != nil {
		return err
	}
	switch word := target.StatusOf(job); word {
	case target.Complete, target.Failed:
		return fmt.Errorf("it is %s: a finished Job ignores a new size", word)
	case target.Terminating:
		return errors.New("it is being deleted: a new size would have no effect")
	case target.FailureTarget, target.SuccessCriteriaMet:
		return fmt.Errorf("its outcome is decided (%s): a new size would have no effect", word)
	case target.Suspended, target.Running, target.Finished, target.Unfinished:
	}
	if job.Spec.Completions == nil && act.Succeeded(job) > 0 {
		return errors.New("it is a work queue and a worker has succeeded: the controller starts and stops no more pods, so a new size would have no effect")
	}
	return nil
}

// size is what the Job is to have.
type size struct {
	parallelism int32
	completions *int32 // nil: no change
	both        bool   // parallelism follows --completions
}

func (r Request) sizeOf(job *batchv1.Job) (size, error) {
	s := size{parallelism: act.Parallelism(&job.Spec)}
	if r.Parallelism != nil {
		s.parallelism = *r.Parallelism
	}
	if r.Completions == nil {
		return s, nil
	}
	if job.Spec.Completions != nil && *r.Completions == *job.Spec.Completions {
		if r.Parallelism == nil && act.Indexed(&job.Spec) { // as if they had been others before
			s.parallelism, s.both = *r.Completions, true
		}
		return s, nil
	}
	switch {
	case job.Spec.Completions == nil:
		return s, act.Unfit{Err: errors.New("--completions: it is a work queue, which has no number of completions and cannot get one\nonly an Indexed Job's completions can be changed")}
	case !act.Indexed(&job.Spec):
		return s, act.Unfit{Err: fmt.Errorf("--completions: spec.completions of a NonIndexed Job is immutable (it is %d)\ndelete the Job and create it anew with another number", *job.Spec.Completions)}
	case r.Parallelism != nil && *r.Parallelism != *r.Completions:
		return s, fmt.Errorf("--completions %d with --parallelism %d: the completions of an Indexed Job can be changed only together with its parallelism, and to the same number\ngive --completions %d alone to set both",
			*r.Completions, *r.Parallelism, *r.Completions)
	}
	s.completions, s.both = r.Completions, r.Parallelism == nil
	s.parallelism = *r.Completions
	return s, nil
}

func (s size) plan(job *batchv1.Job, now time.Time) act.Plan {
	var p act.Plan
	was := act.Parallelism(&job.Spec)
	if s.parallelism != was {
		p.Edit.Parallelism = &s.parallelism
	}
	switch {
	case s.completions != nil:
		p.Edit.Completions = s.completions
		p.Notes = append(p.Notes, s.elastic(job))
		p.Ask = lost(job, *s.completions)
	case p.Edit.Empty():
		return p
	case s.both:
		p.Notes = append(p.Notes, fmt.Sprintf("completions are %d already; --completions sets the parallelism to the same number", *job.Spec.Completions))
	}
	p.Notes = append(p.Notes, s.effect(job)...)
	if change := act.Wanted(job, s.parallelism, s.completions) - job.Status.Active; !suspended(job) {
		p.Ends, p.Starts = max(0, -change), max(0, change)
	}
	if eta := s.eta(job, now); eta != "" {
		p.Notes = append(p.Notes, eta)
	}
	return p
}

func (s size) elastic(job *batchv1.Job) string {
	text := fmt.Sprintf("completions %d -> %d", *job.Spec.Completions, *s.completions)
	if s.both {
		text += ", and parallelism with it: an Indexed Job's can be changed only together"
	}
	return text
}

// lost says what an Indexed Job loses for good when it gets this size: the success of indexes beyond the new end, and its
// own life when nothing is left to be done (syncJob in pkg/controller/job/job_controller.go). Empty:
// nothing.
func lost(job *batchv1.Job, completions int32) string {
	var all []string
	done := jobstatus.ParseIndexes(job.Status.CompletedIndexes, *job.Spec.Completions)
	if gone := done.Subtract(done.Truncate(completions)); gone.Len() > 0 {
		all = append(all, fmt.Sprintf("completed indexes %s are beyond the new end: their success is forgotten", act.Cut(gone.String(), 60)))
	}
	switch p, _ := act.ProgressOf(job, &completions); {
	case p.Left > 0:
	case p.Failed.Len() > 0:
		all = append(all, fmt.Sprintf("nothing but failed indexes (%s) is left: it becomes Failed at once", act.Cut(p.Failed.String(), 60)))
	default:
		all = append(all, "nothing is left to be done: it becomes Complete at once")
	}
	return strings.Join(all, "; ")
}

// effect says what the controller will do about the pods.
func (s size) effect(job *batchv1.Job) []string {
	was, active := act.Parallelism(&job.Spec), job.Status.Active
	text := ""
	if s.parallelism != was {
		text = fmt.Sprintf("parallelism %d -> %d: ", was, s.parallelism)
	}
	if suspended(job) {
		return []string{text + "it is suspended, so this counts from the next resume on"}
	}
	want := act.Wanted(job, s.parallelism, s.completions)
	beyond := shrinks(job, s.completions) && active > 0 && want > 0
	fails, harmless := "", ", and not counted as failed"
	if want < active || beyond {
		if fails = act.KillFails(job); fails != "" {
			harmless = "" // true, and of no use
		}
	}
	switch {
	case want < active && beyond:
		text += fmt.Sprintf("at least %d of %s will be deleted%s: those of index %d and above, if any run, and others if they are still too many",
			active-want, act.Plural(active, "active pod"), harmless, *s.completions)
	case want < active:
		text += fmt.Sprintf("%d of %s will be deleted%s", active-want, act.Plural(active, "active pod"), harmless)
	case beyond:
		// Which indexes have pods the Job does not say: the forecast, which reads them, names those that go.
		text += fmt.Sprintf("pods of index %d and above, if any run, will be deleted, and others take the place of those", *s.completions)
	case want > active:
		text += fmt.Sprintf("%s will be started", act.Plural(want-active, "more pod"))
	default:
		text += "no pod is started or deleted for it"
	}
	notes := []string{text}
	if fails != "" {
		notes = append(notes, fails)
	}
	switch p, counted := act.ProgressOf(job, s.completions); {
	case counted && p.Left == 0: // its end is near, or is asked about
	case s.parallelism == 0:
		notes = append(notes, "with parallelism 0 nothing runs: the Job is paused until it is scaled again")
	case counted && p.Left < s.parallelism:
		notes = append(notes, fmt.Sprintf("%s left, so no more than that many pods will run", act.Plural(p.Left, "completion")))
	}
	return notes
}

// shrinks says that a Job gets fewer indexes, so that pods of those beyond the new end go, however many may be active.
func shrinks(job *batchv1.Job, completions *int32) bool {
	return completions != nil && job.Spec.Completions != nil && *completions < *job.Spec.Completions
}

// eta guesses when the Job will be done, from its pace until now and the change of parallelism; empty: it would be a guess
// without ground. A Job that was suspended has none: its clock was set anew, and its successes are older.
func (s size) eta(job *batchv1.Job, now time.Time) string {
	const enough = 3 // completions, below which a pace says nothing
	p, counted := act.ProgressOf(job, s.completions)
	was, start, done := act.Parallelism(&job.Spec), job.Status.StartTime, act.Succeeded(job)
	if !counted || p.Left == 0 || s.parallelism == 0 || was == 0 || start == nil || done < enough || wasSuspended(job) {
		return ""
	}
	elapsed := now.Sub(start.Time)
	if elapsed <= 0 {
		return ""
	}
	each := elapsed / time.Duration(done) // at the old parallelism
	remaining := func(left, parallelism int32) string {
		if left == 0 {
			return render.Duration(0)
		}
		return render.Duration(time.Duration(float64(each) * float64(left) * float64(was) / float64(min(parallelism, left))))
	}
	before, _ := act.ProgressOf(job, nil) // of as many completions as it had
	verb := "take"
	if p.Left == 1 {
		verb = "takes"
	}
	return fmt.Sprintf("at its pace until now %s left %s about %s (%s before)",
		act.Plural(p.Left, "completion"), verb, remaining(p.Left, s.parallelism), remaining(before.Left, was))
}

// wasSuspended says whether the Job is, or once was, suspended: the condition stays when it is resumed.
func wasSuspended(job *batchv1.Job) bool {
	return suspended(job) || slices.ContainsFunc(job.Status.Conditions, func(c batchv1.JobCondition) bool {
		return c.Type == batchv1.JobSuspended
	})
}

func suspended(job *batchv1.Job) bool { return job.Spec.Suspend != nil && *job.Spec.Suspend }
