package scale

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
)

// fate is what becomes of a Job's active pods when some are too many: which of them go for sure, and how many of others
// that are equal in all the controller looks at. Pods that were started together usually are.
type fate struct {
	sure  []*corev1.Pod
	more  int
	among []*corev1.Pod
}

// victims says which pods the controller deletes first when n of the active ones are too many, in its order:
// activePodsForRemoval in pkg/controller/job/job_controller.go.
func victims(job *batchv1.Job, completions *int32, pods []*corev1.Pod, n int) fate {
	active := slices.DeleteFunc(slices.Clone(pods), func(p *corev1.Pod) bool {
		return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed || p.DeletionTimestamp != nil
	})
	var doomed []*corev1.Pod
	if act.Indexed(&job.Spec) && completions != nil {
		doomed, active = surplus(active, *completions)
	}
	slices.SortStableFunc(active, byRemoval)
	n = max(0, min(n-len(doomed), len(active)))
	if n == 0 || n == len(active) || byRemoval(active[n-1], active[n]) != 0 {
		return fate{sure: append(doomed, active[:n]...)}
	}
	from, to := n-1, n+1
	for from > 0 && byRemoval(active[from-1], active[n]) == 0 {
		from--
	}
	for to < len(active) && byRemoval(active[to], active[n]) == 0 {
		to++
	}
	return fate{sure: append(doomed, active[:from]...), more: n - from, among: active[from:to]}
}

// surplus takes out the pods of an index beyond the end, and all but the best of an index that has several:
// appendDuplicatedIndexPodsForRemoval in pkg/controller/job/indexed_job_utils.go.
func surplus(pods []*corev1.Pod, completions int32) (out, left []*corev1.Pod) {
	groups := map[int32][]*corev1.Pod{}
	for _, p := range pods {
		groups[indexOf(p)] = append(groups[indexOf(p)], p)
	}
	indexes := make([]int32, 0, len(groups))
	for i := range groups {
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	for _, i := range indexes {
		group := groups[i]
		slices.SortStableFunc(group, byRemoval)
		switch {
		case i < 0 || i >= completions:
			out = append(out, group...)
		default:
			out = append(out, group[:len(group)-1]...)
			left = append(left, group[len(group)-1])
		}
	}
	return out, left
}

// byRemoval is ActivePods.Less in pkg/controller/controller_utils.go: not assigned before assigned, pending before
// unknown before running, not ready before ready, ready for less time first, more restarts first, newer first.
func byRemoval(a, b *corev1.Pod) int {
	if (a.Spec.NodeName == "") != (b.Spec.NodeName == "") {
		return first(a.Spec.NodeName == "")
	}
	if c := cmp.Compare(phaseRank(a), phaseRank(b)); c != 0 {
		return c
	}
	readyA, sinceA := readiness(a)
	readyB, sinceB := readiness(b)
	if readyA != readyB {
		return first(!readyA)
	}
	if readyA && !sinceA.Equal(sinceB) {
		return newer(sinceA, sinceB)
	}
	if c := restarts(a, b); c != 0 {
		return c
	}
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return newer(a.CreationTimestamp.Time, b.CreationTimestamp.Time)
	}
	return 0
}

func first(isFirst bool) int {
	if isFirst {
		return -1
	}
	return 1
}

// newer puts the later time first, and no time before all (afterOrZero).
func newer(a, b time.Time) int { return first(a.IsZero() || (!b.IsZero() && a.After(b))) }

func phaseRank(p *corev1.Pod) int {
	switch p.Status.Phase {
	case corev1.PodPending:
		return 0
	case corev1.PodUnknown:
		return 1
	case corev1.PodRunning, corev1.PodSucceeded, corev1.PodFailed:
		return 2
	default:
		return 0
	}
}

func readiness(p *corev1.Pod) (bool, time.Time) {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
			return true, c.LastTransitionTime.Time
		}
	}
	return false, time.Time{}
}

// restarts compares the most-restarted container of each pod, sidecars (init containers that are always restarted)
// only when the others are even: compareMaxContainerRestarts.
func restarts(a, b *corev1.Pod) int {
	regularA, sidecarA := mostRestarts(a)
	regularB, sidecarB := mostRestarts(b)
	if c := cmp.Compare(regularB, regularA); c != 0 {
		return c
	}
	return cmp.Compare(sidecarB, sidecarA)
}

func mostRestarts(p *corev1.Pod) (regular, sidecar int32) {
	for _, s := range p.Status.ContainerStatuses {
		regular = max(regular, s.RestartCount)
	}
	always := map[string]bool{}
	for _, c := range p.Spec.InitContainers {
		always[c.Name] = c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
	}
	for _, s := range p.Status.InitContainerStatuses {
		if always[s.Name] {
			sidecar = max(sidecar, s.RestartCount)
		}
	}
	return regular, sidecar
}

// indexOf is the pod's completion index, -1 if it has none that can be read.
func indexOf(p *corev1.Pod) int32 {
	i, err := strconv.Atoi(p.Annotations[batchv1.JobCompletionIndexAnnotation])
	if err != nil || i < 0 || i > math.MaxInt32 {
		return -1
	}
	return int32(i)
}
