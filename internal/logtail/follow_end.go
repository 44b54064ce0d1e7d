package logtail

import (
	"context"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// Situation is what is known while following.
type Situation struct {
	Job     *batchv1.Job // nil: not known yet, or pods alone
	Gone    bool         // the Job was deleted, or replaced by another of its name
	Synced  bool
	Pods    []*corev1.Pod
	Left    []string           // names of pods that were there and are not any more
	Found   bool               // there was a stream to be read, or one that was waited for
	Waiting []logstream.Stream // that have not started
	Reading int                // streams that are being read
	Queued  int                // streams that wait for others to end
}

// Final says that the Job has a verdict, or is not there any more.
func (s Situation) Final() bool { return s.Gone || s.Job != nil && jobstatus.Finished(s.Job) }

// over says that everything has been read and nothing more can come.
func (l *follower) over(ctx context.Context) bool {
	if l.reading > 0 || len(l.queue) > 0 || !l.synced || len(l.waiting) > 0 {
		return false
	}
	if !l.final() || !l.unseen && slices.ContainsFunc(l.podList(), alive) {
		return false
	}
	return l.looked || !l.overlooked(ctx)
}

// final says that no pod will come any more.
func (l *follower) final() bool {
	return l.Alone || l.gone || (l.job != nil && jobstatus.Finished(l.job))
}

// lastSight looks once more at pods that may not be watched any more, when there is nothing else to wait for. What has not ended by
// then is read as if it had: nobody will tell that it does.
func (l *follower) lastSight(ctx context.Context) {
	l.unseen, l.looked = true, true
	if l.Pods != nil && l.job != nil {
		pods, err := l.Pods(ctx, l.job)
		if err != nil {
			pods = nil // what was known is known
		}
		for _, p := range pods {
			l.pods[p.UID] = p
		}
	}
	l.plan(ctx)
}

// sight is an error if pods that had not ended when they were last seen may not be seen any more.
func (l *follower) sight() error {
	if l.unseen && slices.ContainsFunc(l.podList(), alive) {
		return &Blind{Why: l.blind}
	}
	return nil
}

// overlooked looks at the pods once more when everything seems to be over: news of the Job and of its pods come by
// different ways, and a pod may have lived so briefly that its news is still on the way. It says whether there is
// something to be read.
func (l *follower) overlooked(ctx context.Context) bool {
	if l.Pods == nil || l.job == nil {
		l.looked = true
		return false
	}
	pods, err := l.Pods(ctx, l.job)
	if l.looked = err == nil || !passes(err); err != nil {
		return !l.looked // what can be known is known, or is asked for again
	}
	for _, p := range pods {
		l.pods[p.UID] = p
	}
	l.plan(ctx)
	return l.reading > 0 || len(l.queue) > 0
}

// passes says that an error may be over at the next try.
func passes(err error) bool {
	return !apierrors.IsForbidden(err) && !apierrors.IsUnauthorized(err) && !apierrors.IsNotFound(err) && !apierrors.IsInvalid(err)
}

// Blind says that the pods of a Job cannot be seen.
type Blind struct{ Why string }

// Error says why.
func (e *Blind) Error() string { return e.Why + "\nlogs -f needs to list and watch pods" }

// alive says that a pod may still write something.
func alive(pod *corev1.Pod) bool {
	return pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
}

func (l *follower) podList() []*corev1.Pod {
	pods := make([]*corev1.Pod, 0, len(l.pods))
	for _, p := range l.pods {
		pods = append(pods, p)
	}
	return pods
}

func (l *follower) situation() Situation {
	return Situation{
		Job: l.job, Gone: l.gone, Synced: l.synced, Pods: l.podList(), Left: l.left, Found: l.found, Waiting: l.waiting,
		Reading: l.reading, Queued: len(l.queue),
	}
}
