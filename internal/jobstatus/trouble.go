package jobstatus

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// ownWait is what a pod that has no container yet says of its wait, where nothing in its status tells whether it is stuck:
// a warning about it may.
type ownWait struct {
	reason, message string
	since           time.Time
	ready           time.Time     // since when its sandbox and volumes are; zero: they are not, as far as it tells
	trouble         *corev1.Event // the newest warning about it; nil: none
}

// stuckEvent says whether a warning about a pod that has no container yet tells why.
func stuckEvent(reason string) bool {
	switch reason {
	case failedMount, "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox", "NetworkNotReady",
		"FailedCreatePodContainer", "FailedPrepareDynamicResources", failedClaim:
		return true
	default:
		return false
	}
}

const (
	failedMount = "FailedMount"
	failedClaim = "FailedResourceClaimCreation" // of the controller that makes the claims; no scheduler looks at the pod before
)

// explain says why the pod waits, at the moment now.
func (r *row) explain(now time.Time) {
	if r.own == nil {
		return
	}
	phase, w := PodPending, wait{reason: r.own.reason, message: r.own.message, since: r.own.since}
	if e := r.own.trouble; r.own.stuck(now) {
		phase, w = PodStuck, wait{reason: e.Reason, message: e.Message, since: firstSeen(e)}
	}
	was := r.shown
	if phase == was.Phase && w.reason == was.Reason && w.message == was.Message && w.since.Equal(was.Since) {
		return
	}
	p := *was
	p.Phase, p.Reason, p.Message, p.Since = phase, w.reason, w.message, w.since
	r.shown, r.lent = &p, false
}

// stuck says whether the newest warning tells why the pod still waits. Many a pod has one that passes: a mount is tried
// again within a second when a ConfigMap has not reached the node yet, and nothing ever says that it has worked.
func (w *ownWait) stuck(now time.Time) bool {
	if w.trouble == nil || !stuckEvent(w.trouble.Reason) {
		return false
	}
	last := LastSeen(w.trouble)
	return w.ready.Before(last) && now.Sub(last) < quietFor(w.trouble.Reason, last.Sub(w.since))
}

// quietFor is how long a trouble that lasts can go without another event; into is how long the pod had waited at the last.
// A mount that fails at once is tried again after half a second, then ever more slowly (pkg/util/goroutinemap). Of all
// else one hears every two minutes, when the kubelet gives up waiting for volumes (podAttachAndMountTimeout in
// pkg/kubelet/volumemanager), or more often, until the recorder has let through so many events about the pod that it holds
// back all but one in five minutes (defaultSpamBurst and defaultSpamQPS in client-go's tools/record/events_cache.go). A
// resource claim is tried again ever more slowly, up to every 1000 seconds (DefaultTypedControllerRateLimiter).
func quietFor(reason string, into time.Duration) time.Duration {
	switch {
	case reason == failedClaim:
		return 20 * time.Minute
	case into >= 3*time.Minute:
		return 8 * time.Minute
	case reason == failedMount && into < 30*time.Second:
		return 90 * time.Second
	default:
		return 3 * time.Minute
	}
}

// readySince is since when the pod's sandbox, network and volumes are ready; zero: they are not. Kubelets before 1.37 say
// so only when the images have been pulled (OnPodSandboxReady in pkg/kubelet/kubelet.go).
func readySince(pod *corev1.Pod) time.Time {
	if c := findPodCondition(pod, corev1.PodReadyToStartContainers); c != nil && c.Status == corev1.ConditionTrue {
		return c.LastTransitionTime.Time
	}
	return time.Time{}
}

// begun says whether a container of the pod, of the init containers too, has been started: its volumes are there then.
func begun(pod *corev1.Pod) bool {
	started := func(c corev1.ContainerStatus) bool {
		return c.State.Running != nil || c.State.Terminated != nil || c.LastTerminationState.Terminated != nil
	}
	return slices.ContainsFunc(pod.Status.InitContainerStatuses, started) || slices.ContainsFunc(pod.Status.ContainerStatuses, started)
}
