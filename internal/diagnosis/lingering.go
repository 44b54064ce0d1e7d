package diagnosis

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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

// usualGrace is how long what is being deleted may take without it meaning something.
const usualGrace = 60 * time.Second

// slow are pods that have been stopping for longer than usual, and than they were given.
func slow(f Facts) []Cause {
	var oldest *jobstatus.Pod
	n := 0
	for _, p := range f.Status.Pods {
		if p.Phase != jobstatus.PodTerminating || f.Status.AsOf.Sub(p.Since) < max(usualGrace, p.Grace+patience) {
			continue
		}
		if n++; oldest == nil || p.Since.Before(oldest.Since) {
			oldest = p
		}
	}
	if oldest == nil {
		return nil
	}
	c := Cause{
		Code: SlowTermination, Since: oldest.Since,
		Summary:  fmt.Sprintf("%s of its pods %s been terminating for %s", count(n), has(n), short(f.Status.AsOf.Sub(oldest.Since))),
		Evidence: []Evidence{{Source: "pod " + oldest.Name, Text: "on " + nodeWords(oldest), At: oldest.Since}},
		Next:     []string{"kubectl describe pod " + oldest.Name + " -n " + f.Status.Namespace},
	}
	if oldest.Node != "" {
		c.Next = append(c.Next, "kubectl describe node "+oldest.Node)
	}
	return []Cause{c}
}

func nodeWords(p *jobstatus.Pod) string {
	if p.Node == "" {
		return "no node"
	}
	return "node " + p.Node
}

// deleting is a Job that is on its way out.
func deleting(f Facts) []Cause {
	s := f.Status
	c := Cause{Code: Deleting, Summary: s.Message, Since: s.Since}
	if s.State != jobstatus.Terminating {
		if !stays(s) {
			return nil
		}
		c.Summary, c.Since = "it is being deleted, which waits for its finalizers: "+strings.Join(s.Asked.Finalizers, ", "), s.Asked.Deleted
	}
	if len(s.Asked.Finalizers) > 0 {
		c.Evidence = append(c.Evidence, Evidence{Source: "finalizers", Text: strings.Join(s.Asked.Finalizers, ", "), At: c.Since})
		c.Next = []string{fmt.Sprintf("kubectl get job %s -n %s -o jsonpath='{.metadata.finalizers}'", s.Name, s.Namespace)}
	}
	pods := 0
	for _, p := range s.Pods {
		if p.Phase == jobstatus.PodTerminating {
			if pods++; pods < 5 {
				c.Evidence = append(c.Evidence, Evidence{Source: "pod " + p.Name, Text: "terminating on " + nodeWords(p), At: p.Since})
			}
		}
	}
	if pods > 0 || len(c.Next) == 0 {
		c.Next = append(c.Next, jobx(s, "pods", "-o wide"))
	}
	return []Cause{c}
}

// stays says whether a Job that is over and was deleted stays all the same: because of a finalizer that is not the garbage
// collector's, which takes its time, but not minutes.
func stays(s jobstatus.Status) bool {
	if s.Asked.Deleted.IsZero() || s.State == jobstatus.Gone || s.State == jobstatus.Replaced || len(s.Asked.Finalizers) == 0 {
		return false
	}
	foreign := slices.ContainsFunc(s.Asked.Finalizers, func(finalizer string) bool {
		return finalizer != metav1.FinalizerDeleteDependents && finalizer != metav1.FinalizerOrphanDependents
	})
	return foreign || s.AsOf.Sub(s.Asked.Deleted) > usualGrace
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
