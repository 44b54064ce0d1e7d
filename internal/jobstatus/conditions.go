package jobstatus

import (
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// condition returns the Job's condition of the kind if it is true, else nil. As in the server's printer
// (hasJobCondition in pkg/printers/internalversion/printers.go) the first of the kind decides.
func condition(job *batchv1.Job, kind batchv1.JobConditionType) *batchv1.JobCondition {
	for i := range job.Status.Conditions {
		c := &job.Status.Conditions[i]
		if c.Type == kind {
			if c.Status == corev1.ConditionTrue {
				return c
			}
			return nil
		}
	}
	return nil
}

// verdict returns the condition that ended the Job, or nil while it has none.
func verdict(job *batchv1.Job) *batchv1.JobCondition {
	if c := condition(job, batchv1.JobComplete); c != nil {
		return c
	}
	return condition(job, batchv1.JobFailed)
}

// kindOf says which shape a Job has. A Job that the server has not defaulted yet has what it would default to
// (SetDefaults_Job in pkg/apis/batch/v1/defaults.go).
func kindOf(job *batchv1.Job) Kind {
	spec := &job.Spec
	switch {
	case indexed(job) && spec.BackoffLimitPerIndex != nil:
		return IndexedPerItem
	case indexed(job):
		return Indexed
	case spec.Completions == nil && spec.Parallelism == nil:
		return NonParallel
	case spec.Completions == nil:
		return WorkQueue
	case *spec.Completions == 1:
		return NonParallel
	default:
		return FixedCount
	}
}

func indexed(job *batchv1.Job) bool {
	return job.Spec.CompletionMode != nil && *job.Spec.CompletionMode == batchv1.IndexedCompletion
}

// completionsOf is how many completions are wanted; false: a work queue, which has no number.
func completionsOf(job *batchv1.Job) (int32, bool) {
	if job.Spec.Completions != nil {
		return *job.Spec.Completions, true
	}
	return 1, job.Spec.Parallelism == nil
}

func parallelismOf(job *batchv1.Job) int32 { return or(job.Spec.Parallelism, 1) }

// managedElsewhere names the controller that owns the Job if it is not the built-in one.
func managedElsewhere(job *batchv1.Job) string {
	if by := or(job.Spec.ManagedBy, batchv1.JobControllerName); by != batchv1.JobControllerName {
		return by
	}
	return ""
}

func or[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}

// Finished says whether the Job has its final condition, Complete or Failed (IsJobFinished in the Job controller): nothing
// about its outcome can change any more.
func Finished(job *batchv1.Job) bool { return verdict(job) != nil }

// EndedAt is when the Job got its final condition, and false while it has none.
func EndedAt(job *batchv1.Job) (time.Time, bool) {
	if c := verdict(job); c != nil {
		return c.LastTransitionTime.Time, true
	}
	return time.Time{}, false
}

// Printed returns the word that the server prints for a Job, in its order of precedence: printJob in
// pkg/printers/internalversion/printers.go.
func Printed(job *batchv1.Job) State {
	switch {
	case condition(job, batchv1.JobComplete) != nil:
		return Complete
	case condition(job, batchv1.JobFailed) != nil:
		return Failed
	case job.DeletionTimestamp != nil:
		return Terminating
	case condition(job, batchv1.JobSuspended) != nil:
		return Suspended
	case condition(job, batchv1.JobFailureTarget) != nil:
		return FailureTarget
	case condition(job, batchv1.JobSuccessCriteriaMet) != nil:
		return SuccessCriteriaMet
	default:
		return Running
	}
}
