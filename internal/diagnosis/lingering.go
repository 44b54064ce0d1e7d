package diagnosis

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// sidecar finds pods whose work has ended well and that go on because of another container.
func sidecar(f Facts) []Cause {
	var names []string
	var container string
	var since time.Time
	for _, pod := range f.Pods {
		if pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil {
			continue
		}
		done, runs, at := leftRunning(pod)
		if done > 0 && len(runs) > 0 && f.Status.AsOf.Sub(at) > patience {
			names, container = append(names, pod.Name), strings.Join(runs, ", ")
			if since.IsZero() || at.Before(since) {
				since = at
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Cause{{
		Code: SidecarRunning, Since: since,
		Summary: fmt.Sprintf("%s of its pods have done their work but container %q still runs", count(len(names)), container),
		Evidence: []Evidence{{
			Source: "pod " + names[0], Text: "a container ended with exit code 0 and " + container + " did not", At: since,
		}},
		Next: []string{
			fmt.Sprintf("kubectl logs %s -c %s -n %s", names[0], container, f.Status.Namespace),
			"make it a native sidecar: an init container with restartPolicy Always",
		},
	}}
}

// patience is how long containers of one pod may end apart without it meaning something.
const patience = 30 * time.Second

// leftRunning counts the containers that ended well and names those that run; at is when the last one ended.
func leftRunning(pod *corev1.Pod) (done int, runs []string, at time.Time) {
	for _, c := range pod.Status.ContainerStatuses {
		switch {
		case c.State.Terminated != nil && c.State.Terminated.ExitCode == 0:
			done++
			if t := c.State.Terminated.FinishedAt.Time; t.After(at) {
				at = t
			}
		case c.State.Running != nil:
			runs = append(runs, c.Name)
		}
	}
	return done, runs, at
}

// slow are pods that have been stopping for longer than a usual grace period.
func slow(f Facts) []Cause {
	const usual = 60 * time.Second
	var oldest *jobstatus.Pod
	n := 0
	for i, p := range f.Status.Pods {
		if p.Phase != jobstatus.PodTerminating || f.Status.AsOf.Sub(p.Since) < usual {
			continue
		}
		if n++; oldest == nil || p.Since.Before(oldest.Since) {
			oldest = &f.Status.Pods[i]
		}
	}
	if oldest == nil {
		return nil
	}
	return []Cause{{
		Code: SlowTermination, Since: oldest.Since,
		Summary:  fmt.Sprintf("%s of its pods have been terminating for %s", count(n), short(f.Status.AsOf.Sub(oldest.Since))),
		Evidence: []Evidence{{Source: "pod " + oldest.Name, Text: "on node " + oldest.Node, At: oldest.Since}},
		Next:     []string{"kubectl describe pod " + oldest.Name + " -n " + f.Status.Namespace, "kubectl describe node " + oldest.Node},
	}}
}

// draining is a work queue whose first worker has succeeded.
func draining(f Facts) []Cause {
	s := f.Status
	if s.State != jobstatus.Draining || s.AsOf.Sub(s.Since) < patience {
		return nil
	}
	return []Cause{{
		Code: Draining, Since: s.Since,
		Summary: fmt.Sprintf("one worker has succeeded, and the Job ends when the other %d have ended too; no new ones are started", s.Counts.Active),
		Next:    []string{jobx(s, "pods", "--running")},
	}}
}
