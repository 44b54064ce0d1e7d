package act

import (
	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Parallelism is how many pods a Job wants at once: 1 unless it says so.
func Parallelism(s *batchv1.JobSpec) int32 {
	if s.Parallelism == nil {
		return 1
	}
	return *s.Parallelism
}

// Indexed says whether each completion of a Job has an index.
func Indexed(s *batchv1.JobSpec) bool {
	return s.CompletionMode != nil && *s.CompletionMode == batchv1.IndexedCompletion
}

// Succeeded is how many successes of a Job the controller has counted, and is about to count.
func Succeeded(job *batchv1.Job) int32 {
	n := job.Status.Succeeded
	if u := job.Status.UncountedTerminatedPods; u != nil && !Indexed(&job.Spec) {
		n += int32(len(u.Succeeded))
	}
	return n
}

// Progress is how far a Job is that counts its completions.
type Progress struct {
	// Failed are the indexes that failed for good (backoffLimitPerIndex). They get no more pods.
	Failed jobstatus.IndexSet
	Left   int32 // completions that are missing and can still come
}

// ProgressOf works out how far a Job is, with another number of completions if one is given. false: it does not count
// its completions.
func ProgressOf(job *batchv1.Job, completions *int32) (Progress, bool) {
	if completions == nil {
		completions = job.Spec.Completions
	}
	if completions == nil {
		return Progress{}, false
	}
	var p Progress
	total, done := *completions, Succeeded(job)
	if Indexed(&job.Spec) {
		done = jobstatus.ParseIndexes(job.Status.CompletedIndexes, total).Len()
		if failed := job.Status.FailedIndexes; failed != nil {
			p.Failed = jobstatus.ParseIndexes(*failed, total)
		}
	}
	p.Left = max(0, total-done-p.Failed.Len())
	return p, true
}

// Wanted is how many pods the controller wants active in a Job of this size; completions nil: its own. A work queue with
// a success keeps those that it has (manageJob in pkg/controller/job/job_controller.go).
func Wanted(job *batchv1.Job, parallelism int32, completions *int32) int32 {
	p, counted := ProgressOf(job, completions)
	switch {
	case counted:
		return min(parallelism, p.Left)
	case Succeeded(job) > 0:
		return job.Status.Active
	default:
		return parallelism
	}
}
