package jobstatus

import (
	"cmp"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// OnePod is what is shown of a pod, looked at alone: for lists that keep no objects. Attempt is what the pod's own
// annotations tell of it (backoffLimitPerIndex), else 0: see NumberAttempts.
func OnePod(pod *corev1.Pod) Pod {
	r := makeRow(pod, nil)
	if _, counted := pod.Annotations[batchv1.JobIndexFailureCountAnnotation]; counted {
		r.shown.Attempt = r.failures + 1
	}
	return *r.shown
}

// OneAtATime says that a Job runs a single pod at a time towards a single success, so that its pods are attempts.
func OneAtATime(job *batchv1.Job) bool {
	one := func(n *int32) bool { return n == nil || *n <= 1 }
	return one(job.Spec.Parallelism) && one(job.Spec.Completions)
}

// NumbersAttempts says that it can be told which attempt a pod of a Job is.
func NumbersAttempts(job *batchv1.Job) bool { return indexed(job) || OneAtATime(job) }

// NumberAttempts sorts the pods of one Job by index, then creation, and numbers the attempts of each index, or of a Job
// that runs one pod at a time, as Compute does.
func NumberAttempts(job *batchv1.Job, pods []Pod) {
	slices.SortFunc(pods, func(a, b Pod) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.UID, b.UID))
	})
	byCreation := !indexed(job) && OneAtATime(job)
	attempt, index := int32(0), int32(-2)
	for i := range pods {
		if pods[i].Index != index {
			attempt, index = 0, pods[i].Index
		}
		attempt++
		switch {
		case index >= 0:
			pods[i].Attempt = max(attempt, pods[i].Attempt)
		case byCreation:
			pods[i].Attempt = attempt
		}
	}
}
