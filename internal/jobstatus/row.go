package jobstatus

import (
	"strconv"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// row is what is known about one version of a pod, and of those before it what no later one shows. There are many: what
// only a few pods have is behind a pointer.
type row struct {
	shown   *Pod // once it is lent to a status it is never changed, only replaced
	version string
	own     *ownWait   // nil: the pod does not wait, or says itself that it is stuck
	digest  *digestKey // nil: nothing ended
	loss    *loss      // nil: it neither failed nor was deleted

	lent     bool
	settled  bool // it has been added up
	departed bool
	tracked  bool // the controller has not counted it yet
	fate     fate
	failures int32 // failures of its index before it, ignored ones too, from the pod's annotations
	restarts int32 // of all its containers, as the controller adds them up
}

// loss is what is known of how a pod was lost.
type loss struct {
	deleted  time.Time // when its deletion was asked for; zero: it was not
	finished time.Time // when it ended, as the controller has it: finishedAt
	// The same as it was when the pod was first seen to be deleted before it had ended, and first seen Failed: the
	// controller looks once, when it counts the pod, and the kubelet goes on writing times. Zero: it was never seen so.
	atDeletion, atFailure time.Time

	ignored int32 // failures of its index that the failure policy ignores, its own too
	final   bool  // the failure policy fails its index
}

// makeRow looks at a pod. trouble is the newest warning about it, or nil.
func makeRow(pod *corev1.Pod, trouble *corev1.Event) row {
	r := row{
		shown: &Pod{
			Name: pod.Name, UID: pod.UID, Index: completionIndex(pod), Status: podWord(pod), Node: pod.Spec.NodeName,
			Ready:   podCondition(pod, corev1.PodReady) == corev1.ConditionTrue && !terminal(pod),
			Created: pod.CreationTimestamp.Time, Scheduled: scheduledAt(pod), Started: startedAt(pod), Exit: exitOf(pod),
			Images: imagesAwaited(pod), Partly: partlyDone(pod),
		},
		version:  pod.ResourceVersion,
		tracked:  tracked(pod),
		failures: count(pod, batchv1.JobIndexFailureCountAnnotation) + count(pod, batchv1.JobIndexIgnoredFailureCountAnnotation),
	}
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range list {
			r.restarts += list[i].RestartCount
		}
	}
	r.shown.Restarts = podRestarts(pod)
	r.setPhase(pod, trouble)
	r.digest = newDigestKey(r.shown.Exit)
	if pod.DeletionTimestamp != nil || r.shown.Phase == PodFailed {
		r.loss = newLoss(pod)
	}
	return r
}

func newLoss(pod *corev1.Pod) *loss {
	l := &loss{finished: finishedAt(pod), ignored: count(pod, batchv1.JobIndexIgnoredFailureCountAnnotation)}
	if pod.DeletionTimestamp != nil {
		l.deleted = deletedAt(pod)
	}
	switch {
	case pod.Status.Phase == corev1.PodFailed:
		l.atFailure = l.finished
	case !terminal(pod):
		l.atDeletion = l.finished
	}
	return l
}

// setLoss adds what was known of the loss before, which stays, and what the Job's failure policy says.
func (r *row) setLoss(was *loss, pod *corev1.Pod, job *batchv1.Job) {
	if r.loss == nil {
		r.loss = was
		return
	}
	if was != nil {
		r.loss.follows(was)
	}
	r.loss.judge(failureAction(job.Spec.PodFailurePolicy, pod))
}

// follows takes over what the version before showed first.
func (l *loss) follows(was *loss) {
	if !was.atDeletion.IsZero() {
		l.atDeletion = was.atDeletion
	}
	if !was.atFailure.IsZero() {
		l.atFailure = was.atFailure
	}
}

// judge adds what the Job's failure policy says.
func (l *loss) judge(action batchv1.PodFailurePolicyAction) {
	if action == batchv1.PodFailurePolicyActionIgnore {
		l.ignored++
	}
	l.final = action == batchv1.PodFailurePolicyActionFailIndex
}

func (r *row) setPhase(pod *corev1.Pod, trouble *corev1.Event) {
	p := r.shown
	switch {
	case pod.Status.Phase == corev1.PodSucceeded:
		p.Phase, p.Finished = PodSucceeded, finishedAt(pod)
		p.Since = p.Finished
	case pod.Status.Phase == corev1.PodFailed:
		p.Phase, p.Finished = PodFailed, finishedAt(pod)
		p.Since = p.Finished
		if p.Exit != nil {
			p.Reason, p.Message = p.Exit.Reason, p.Exit.Message
		}
	case pod.DeletionTimestamp != nil:
		p.Phase, p.Since = PodTerminating, deletedAt(pod)
		p.Grace = pod.DeletionTimestamp.Sub(p.Since)
		p.Reason, p.Message = terminatingReason(pod)
	default:
		r.setWait(pod, trouble)
	}
}

// setWait tells a pod that runs from one that waits, and says what for.
func (r *row) setWait(pod *corev1.Pod, trouble *corev1.Event) {
	p, w := r.shown, waitOf(pod)
	p.Reason, p.Message, p.Since = w.reason, w.message, w.since
	switch {
	case w.stuck:
		p.Phase = PodStuck
	case pod.Status.Phase == corev1.PodRunning:
		p.Phase = PodRunning
		if w.reason == "" {
			p.Since = p.Started
		}
	default:
		p.Phase = PodPending
		if p.Since.IsZero() {
			p.Since = p.Created
		}
		if pod.Status.Phase == corev1.PodPending && w.scheduled && !begun(pod) {
			r.own = &ownWait{reason: p.Reason, message: p.Message, since: p.Since, ready: readySince(pod), trouble: trouble}
		}
	}
}

// number says which attempt the pod is.
func (r *row) number(attempt int32) {
	if r.shown.Attempt == attempt {
		return
	}
	if r.lent {
		p := *r.shown
		r.shown = &p
	}
	r.shown.Attempt = attempt
}

// settles says whether nothing that is told hangs on this row any more but what it adds up to: its pod succeeded, and the
// controller has counted it.
func (r *row) settles() bool { return r.succeeded() && !r.tracked }

// stays says whether a newer version of a settled row adds up to the same.
func (r *row) stays(was *row) bool {
	return r.settles() && r.shown.Finished.Equal(was.shown.Finished) && r.shown.Started.Equal(was.shown.Started) &&
		compareRows(r, was) == 0
}

func terminatingReason(pod *corev1.Pod) (reason, message string) {
	if pod.Status.Reason != "" {
		return pod.Status.Reason, pod.Status.Message
	}
	if c := findPodCondition(pod, corev1.DisruptionTarget); c != nil && c.Status == corev1.ConditionTrue {
		return c.Reason, c.Message
	}
	return "", ""
}

// deleted is when the deletion of the pod was asked for; zero: it was not.
func (r *row) deleted() time.Time {
	if r.loss == nil {
		return time.Time{}
	}
	return r.loss.deleted
}

// failedAt is the end of a failed pod that the controller counts its back-off from: lastFailureTime in newBackoffRecord,
// pkg/controller/job/backoff_utils.go, which is written when the pod is counted and stays.
func (r *row) failedAt(onlyFailed bool) time.Time {
	if onlyFailed || r.loss.atDeletion.IsZero() {
		return r.loss.atFailure
	}
	return r.loss.atDeletion
}

// ended is when a pod that counts as ended did.
func (r *row) ended() time.Time {
	if r.shown.Phase == PodTerminating {
		return r.shown.Since
	}
	return r.shown.Finished
}

// active says whether the pod still can do work.
func (r *row) active() bool {
	switch r.shown.Phase {
	case PodPending, PodStuck, PodRunning:
		return !r.departed
	case PodTerminating, PodSucceeded, PodFailed:
		return false
	default:
		return false
	}
}

// completionIndex reads a pod's index as the controller does: getCompletionIndex in indexed_job_utils.go. -1: none.
func completionIndex(pod *corev1.Pod) int32 {
	i, err := strconv.ParseInt(pod.Annotations[batchv1.JobCompletionIndexAnnotation], 10, 32)
	if err != nil || i < 0 {
		return -1
	}
	return int32(i)
}

func count(pod *corev1.Pod, annotation string) int32 {
	n, err := strconv.ParseInt(pod.Annotations[annotation], 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return int32(min(n, mostFailures))
}

// mostFailures bounds what is believed of an annotation, which anybody can write: two of them are a number still.
const mostFailures = 1<<30 - 1

// lastFailureAt orders failures: the end of the pod, or when its container waits since its last run.
func (r *row) lastFailureAt() time.Time {
	if end := r.ended(); !end.IsZero() {
		return end
	}
	return r.shown.Since
}
