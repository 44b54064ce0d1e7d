package diagnosis

import (
	"cmp"
	"fmt"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// How long something that is due may take: the controller, which has 20 requests a second for all Jobs and needs one for each
// pod; and a scheduler and a node, which may be made for the pod.
const (
	slowController = 2 * time.Minute
	slowPerPod     = 100 * time.Millisecond
	slowStart      = 5 * time.Minute
)

// What to do about a controller that does nothing.
const (
	controllerRuns = "see that kube-controller-manager runs: it renews its lease"
	leases         = "kubectl get leases -n kube-system"
)

// quiet is a Job whose controller should have acted, and has not.
func quiet(f Facts) []Cause {
	s := f.Status
	late := s.AsOf.Sub(s.Due)
	if s.Due.IsZero() || late < slowController+time.Duration(len(s.Pods))*slowPerPod {
		return nil
	}
	var what string
	switch {
	case s.State == jobstatus.Finishing:
		what = "its pods have ended, and it has not"
	case s.Counts.Active > 0:
		what = "pods have ended, and were not counted"
	case !f.Events: // a quota or a webhook may refuse its pods
		return nil
	case s.State == jobstatus.BackingOff:
		what = "the back-off is over, and no pod was created"
	default:
		what = "no pod was created"
	}
	return []Cause{{
		Code: ControllerIsQuiet, Since: s.Due,
		Summary:  "the Job controller does not act: " + what,
		Evidence: []Evidence{{Source: remedy, Text: controllerRuns}},
		Next:     []string{leases},
	}}
}

// silent says whether a pod waits and neither a scheduler nor a node has said anything about it.
func silent(p *jobstatus.Pod) bool { return p.Phase == jobstatus.PodPending && p.Reason == "" }

// unheard are pods that nobody takes care of: no scheduler, or not the kubelet of their node.
func unheard(f Facts) []Cause {
	s := f.Status
	if s.Asked.ManagedBy != "" || s.Outcome != jobstatus.Unfinished {
		return nil
	}
	var waits, sent []*jobstatus.Pod
	for _, p := range s.Pods {
		switch node, known := f.Nodes[p.Node]; {
		case !silent(p) || s.AsOf.Sub(later(p.Created, p.Scheduled)) < slowStart:
		case p.Node == "":
			waits = append(waits, p)
		case (!known || node.Ready) && (len(sent) == 0 || sent[0].Node == p.Node): // of a node that is lost that is told
			sent = append(sent, p)
		}
	}
	var causes []Cause
	if len(waits) > 0 {
		p := waits[0]
		c := Cause{
			Code: Unschedulable, Since: p.Created,
			Summary:  fmt.Sprintf("%s of its pods %s no node, and no scheduler says why", count(len(waits)), has(len(waits))),
			Evidence: []Evidence{{Source: "pod " + p.Name, Text: "no node, and no condition PodScheduled", At: p.Created}},
			Next:     []string{"kubectl describe pod " + p.Name + " -n " + s.Namespace, leases},
		}
		if f.Job != nil {
			name := cmp.Or(f.Job.Spec.Template.Spec.SchedulerName, "default-scheduler")
			c.Evidence = append(c.Evidence, Evidence{Source: "spec.template.spec.schedulerName", Text: name})
		}
		causes = append(causes, c)
	}
	if len(sent) > 0 {
		p := sent[0]
		causes = append(causes, Cause{
			Code: CannotStart, Since: later(p.Created, p.Scheduled),
			Summary:  fmt.Sprintf("node %q has not taken up %s of its pods", p.Node, count(len(sent))),
			Evidence: []Evidence{{Source: "pod " + p.Name, Text: "on " + nodeWords(p) + ", and no word of its containers", At: p.Scheduled}},
			Next:     []string{"kubectl describe node " + p.Node, "kubectl describe pod " + p.Name + " -n " + s.Namespace},
		})
	}
	return causes
}
