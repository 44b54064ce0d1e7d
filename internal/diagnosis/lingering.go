package diagnosis

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// sidecar finds pods whose work has ended well and that go on because of another container.
func sidecar(f Facts) []Cause {
	var names, containers []string
	var since time.Time
	for _, pod := range f.Status.Pods {
		if pod.Partly == nil || f.Status.AsOf.Sub(pod.Partly.Since) <= patience {
			continue
		}
		if names = append(names, pod.Name); containers == nil {
			containers = pod.Partly.Running
		}
		if since.IsZero() || pod.Partly.Since.Before(since) {
			since = pod.Partly.Since
		}
	}
	if len(names) == 0 {
		return nil
	}
	c := Cause{
		Code: SidecarRunning, Since: since,
		Summary: fmt.Sprintf("%s of its pods %s done the work but container %s still %s", count(len(names)), has(len(names)),
			quoted(containers), verb(len(containers), "runs", "run")),
		Evidence: []Evidence{
			{Source: "pod " + names[0], Text: "a container ended with exit code 0 and " + strings.Join(containers, ", ") + " did not", At: since},
			{Source: remedy, Text: "make it a native sidecar: an init container with restartPolicy Always"},
		},
	}
	for _, container := range containers[:min(3, len(containers))] {
		c.Next = append(c.Next, fmt.Sprintf("kubectl logs %s -c %s -n %s", names[0], container, f.Status.Namespace))
	}
	return []Cause{c}
}

// patience is how long containers of one pod may end apart without it meaning something.
const patience = 30 * time.Second

// slow are pods that have been stopping for longer than a usual grace period.
func slow(f Facts) []Cause {
	const usual = 60 * time.Second
	var oldest *jobstatus.Pod
	n := 0
	for _, p := range f.Status.Pods {
		if p.Phase != jobstatus.PodTerminating || f.Status.AsOf.Sub(p.Since) < usual {
			continue
		}
		if n++; oldest == nil || p.Since.Before(oldest.Since) {
			oldest = p
		}
	}
	if oldest == nil {
		return nil
	}
	return []Cause{{
		Code: SlowTermination, Since: oldest.Since,
		Summary:  fmt.Sprintf("%s of its pods %s been terminating for %s", count(n), has(n), short(f.Status.AsOf.Sub(oldest.Since))),
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
		Summary: fmt.Sprintf("one worker has succeeded, and the Job ends when the other %s ended too; no new ones are started", others(s.Counts.Active)),
		Next:    []string{jobx(s, "pods", "--running")},
	}}
}
