package jobstatus

import (
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// fate is what stopped a pod before it ended, as far as its versions tell. What the controller counts hangs on it: it
// counts a pod that loses the tracking finalizer through trackJobStatusAndRemoveFinalizers, and never one that loses it
// through deleteJobPods (job suspended, scaled down, an index twice), though the kubelet makes that pod Failed as well.
type fate uint8

const (
	byItself fate = iota // nothing did
	killed               // it was deleted with its finalizer: not by deleteJobPods
	counted              // so it was, and the controller has counted that as a failure
	released             // it lost its finalizer first: deleteJobPods is about to delete it, or has, or the Job goes
	unclear              // it was deleted and had lost its finalizer when it was first looked at: counted or released
)

// after is the fate that a version of the pod shows, later ones included: what happens when it has ended changes nothing.
func (f fate) after(pod *corev1.Pod) fate {
	tracked, deleted := tracked(pod), pod.DeletionTimestamp != nil
	switch {
	case terminal(pod):
		return f
	case f == killed && !tracked:
		return counted
	case f != byItself || (tracked && !deleted):
		return f
	case tracked:
		return killed
	case deleted:
		return unclear
	default:
		return released
	}
}

// tracked says whether the controller still has to count the pod.
func tracked(pod *corev1.Pod) bool {
	return slices.Contains(pod.Finalizers, batchv1.JobTrackingFinalizer)
}

// failed says whether the controller counts the pod as failed: isPodFailed in pkg/controller/job/job_controller.go.
// onlyFailed is podReplacementPolicy Failed: a deleted pod counts only when it has ended.
func (r *row) failed(onlyFailed bool) bool {
	switch r.fate {
	case counted:
		return true
	case released, unclear:
		return false
	case killed:
		return r.shown.Phase == PodFailed || (!onlyFailed && r.shown.Phase != PodSucceeded)
	default:
		return r.shown.Phase == PodFailed
	}
}

// succeeded says whether the controller counts the pod as succeeded. A pod can exit with 0 because it is stopped.
func (r *row) succeeded() bool {
	return r.shown.Phase == PodSucceeded && (r.fate == byItself || r.fate == killed)
}

// onlyFailed says whether a pod counts as failed only when it has ended: onlyReplaceFailedPods in job_controller.go.
func (v *view) onlyFailed() bool { return or(v.job.Spec.PodReplacementPolicy, "") == batchv1.Failed }

// stoppedBySuccess says whether a pod was stopped because the Job had met its success policy. deleteActivePods in
// job_controller.go leaves the finalizer, and yet such pods are not counted: the sync that deletes them sees them as they
// were before (isSuccessCriteriaMetCondition in trackJobStatusAndRemoveFinalizers). met, the time of the condition, is
// taken before they are deleted; zero: it has none.
func (r *row) stoppedBySuccess(met time.Time) bool {
	return !met.IsZero() && !r.deleted().IsZero() && !r.deleted().Before(met) && !r.ended().Before(met)
}

// findKilled finds the pods that somebody deleted when nobody watched: their fate is unclear, and the controller has
// counted more failures than there are failed pods. It counts none that it deletes itself, unless the Job fails.
func (v *view) findKilled(c *Counts) {
	missing := int(c.Failed) - len(v.failed)
	itself := v.stopped() || v.onlyFailed()
	if missing <= 0 || v.unclear == 0 || (itself && !v.failing()) {
		return
	}
	for i := len(v.rows) - 1; i >= 0 && missing > 0; i-- {
		r := v.rows[i]
		if r.fate == unclear && (r.shown.Phase == PodFailed || (!itself && !r.departed)) {
			v.failed = append(v.failed, r)
			v.lastEnd = later(v.lastEnd, r.ended())
			missing--
		}
	}
}

// failing says whether the Job has failed or is about to.
func (v *view) failing() bool {
	return condition(v.job, batchv1.JobFailureTarget) != nil || condition(v.job, batchv1.JobFailed) != nil
}

// criteriaMet is when the Job met its success criteria; zero: it has not.
func (v *view) criteriaMet() time.Time {
	if c := condition(v.job, batchv1.JobSuccessCriteriaMet); c != nil {
		return c.LastTransitionTime.Time
	}
	return time.Time{}
}
