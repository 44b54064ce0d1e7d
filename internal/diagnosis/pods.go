package diagnosis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// stuck are pods that wait for what will not come by itself, those that hold most pods first.
func stuck(f Facts) []Cause {
	byCode := map[Code][]*jobstatus.Pod{}
	for _, p := range f.Status.Pods {
		if p.Phase == jobstatus.PodStuck || p.Reason == corev1.PodReasonSchedulingGated {
			code := waitCode(p.Reason, p.Message)
			byCode[code] = append(byCode[code], p)
		}
	}
	// Of two that hold as many pods the one that the status tells comes first.
	told := func(c Code) int {
		if o := f.Status.Obstacle; o != nil && o.Pods > 0 && waitCode(o.Reason, o.Message) == c {
			return 1
		}
		return 0
	}
	var causes []Cause
	for code, pods := range byCode {
		slices.SortFunc(pods, func(a, b *jobstatus.Pod) int {
			return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Name, b.Name))
		})
		causes = append(causes, stuckCause(code, pods, f))
	}
	slices.SortFunc(causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(len(byCode[b.Code]), len(byCode[a.Code])), told(b.Code)-told(a.Code), cmp.Compare(a.Code, b.Code))
	})
	return causes
}

func waitCode(reason, message string) Code {
	if jobstatus.ImageWait(reason) {
		return ImagePull
	}
	switch reason {
	case corev1.PodReasonUnschedulable, corev1.PodReasonSchedulingGated, corev1.PodReasonSchedulerError:
		return Unschedulable
	case "CreateContainerConfigError":
		if missesConfig(message) {
			return MissingConfig
		}
	case "FailedMount", "FailedAttachVolume", "FailedMapVolume":
		if missesConfig(message) {
			return MissingConfig
		}
		return VolumeNotReady
	}
	return CannotStart
}

// missesConfig says whether a message tells of a ConfigMap or a Secret, or of a key of one, that is not there. The name of a
// volume may have either word in it, and a container's configuration can be wrong in many other ways.
func missesConfig(message string) bool {
	m := strings.ToLower(message)
	if strings.Contains(m, "references non-existent") || strings.Contains(m, "couldn't find key") {
		return true
	}
	for _, kind := range []string{"configmap", "secret"} {
		if strings.Contains(m, "not found") && (strings.Contains(m, kind+` "`) || strings.Contains(m, kind+`s "`)) {
			return true
		}
	}
	return false
}

// aboutClaims says whether the scheduler waits for a volume claim, which no node can help.
func aboutClaims(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "persistentvolumeclaim") || strings.Contains(m, "persistent volumes to bind") || strings.Contains(m, "pvc(s)")
}

func stuckCause(code Code, pods []*jobstatus.Pod, f Facts) Cause {
	oldest := pods[0]
	who, more := "its pod", ""
	if len(pods) > 1 {
		who, more = fmt.Sprintf("%d of its pods", len(pods)), fmt.Sprintf(" (%d pods wait)", len(pods))
	}
	c := Cause{
		Code: code, Since: oldest.Since,
		Evidence: []Evidence{{Source: "pod " + oldest.Name, Text: join(oldest.Reason, oldest.Message), At: oldest.Since}},
		Next:     []string{"kubectl describe pod " + oldest.Name + " -n " + f.Status.Namespace},
	}
	switch code {
	case Unschedulable:
		c.Summary = fmt.Sprintf("no node takes %s: %s", who, oldest.Message)
		switch {
		case oldest.Reason == corev1.PodReasonSchedulingGated:
			c.Summary = "a scheduling gate holds back " + who
			c.Next = append(c.Next, fmt.Sprintf("kubectl get pod %s -n %s -o jsonpath='{.spec.schedulingGates}'", oldest.Name, f.Status.Namespace))
		case oldest.Reason == corev1.PodReasonSchedulerError:
			c.Summary = fmt.Sprintf("the scheduler cannot decide on %s: %s", who, oldest.Message)
		case aboutClaims(oldest.Message):
			c.Next = append(c.Next, "kubectl get pvc -n "+f.Status.Namespace)
		default:
			c.Next = append(c.Next, "kubectl describe nodes")
		}
	case ImagePull:
		c.Summary = cmp.Or(images(oldest), "the image") + " cannot be pulled" + more
	case MissingConfig:
		c.Summary = oldest.Message + more
		c.Next = append(c.Next, "kubectl get configmaps,secrets -n "+f.Status.Namespace)
	case VolumeNotReady:
		c.Summary = join("a volume cannot be mounted"+more, oldest.Message)
		if f.claims() {
			c.Next = append(c.Next, "kubectl get pvc -n "+f.Status.Namespace)
		}
	default:
		c.Summary = join(oldest.Reason, oldest.Message) + more
	}
	for _, e := range f.Status.Events {
		if e.Type == corev1.EventTypeWarning && e.About == "pod/"+oldest.Name {
			c.Evidence = append(c.Evidence, Evidence{Source: "event " + e.Reason, Text: e.Message, At: e.Last})
		}
	}
	if most := 4; len(c.Evidence) > most {
		c.Evidence = append(c.Evidence[:1:1], c.Evidence[len(c.Evidence)-most+1:]...)
	}
	return c
}

// claims says whether the Job's pods have volumes that are claimed.
func (f Facts) claims() bool {
	return f.Job != nil && slices.ContainsFunc(f.Job.Spec.Template.Spec.Volumes, func(v corev1.Volume) bool {
		return v.PersistentVolumeClaim != nil || v.Ephemeral != nil
	})
}

// images names the images that a pod waits for; "": it does not say.
func images(p *jobstatus.Pod) string {
	if len(p.Images) == 0 {
		return ""
	}
	return "image " + quoted(p.Images)
}

// lostNode are pods that cannot stop, or are not heard of, because their node does not answer.
func lostNode(f Facts) []Cause {
	byNode := map[string][]*jobstatus.Pod{}
	for _, p := range f.Status.Pods {
		n, known := f.Nodes[p.Node]
		if known && (n.Gone || !n.Ready) && (p.Phase == jobstatus.PodTerminating || p.Phase == jobstatus.PodRunning || silent(p)) {
			byNode[p.Node] = append(byNode[p.Node], p)
		}
	}
	var causes []Cause
	for name, pods := range byNode {
		node, what, look := f.Nodes[name], "does not answer", "kubectl describe node "+name
		if node.Gone {
			what, look = "is gone", "kubectl get nodes"
		}
		causes = append(causes, Cause{
			Code: LostNode, Since: node.Since,
			Summary: fmt.Sprintf("%s of its pods %s on node %q, which %s", count(len(pods)), verb(len(pods), "hangs", "hang"), name, what),
			Evidence: []Evidence{
				{Source: "node " + name, Text: node.Message, At: node.Since},
				{Source: "pod " + pods[0].Name, Text: pods[0].Status, At: pods[0].Since},
			},
			Next: []string{look, fmt.Sprintf("kubectl delete pod %s -n %s --force", pods[0].Name, f.Status.Namespace)},
		})
	}
	slices.SortFunc(causes, func(a, b Cause) int { return cmp.Compare(a.Summary, b.Summary) })
	return causes
}
