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
	case corev1.PodReasonUnschedulable, corev1.PodReasonSchedulingGated:
		return Unschedulable
	case "CreateContainerConfigError":
		return MissingConfig
	case "FailedMount", "FailedAttachVolume", "FailedMapVolume":
		if strings.Contains(message, "configmap") || strings.Contains(message, "secret") {
			return MissingConfig
		}
		return VolumeNotReady
	}
	return CannotStart
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
		if oldest.Reason == corev1.PodReasonSchedulingGated {
			c.Summary = "a scheduling gate holds back " + who
		}
		if strings.Contains(oldest.Message, "persistentvolumeclaim") {
			c.Next = append(c.Next, "kubectl get pvc -n "+f.Status.Namespace)
		} else {
			c.Next = append(c.Next, "kubectl describe nodes")
		}
	case ImagePull:
		c.Summary = cmp.Or(images(oldest), "the image") + " cannot be pulled" + more
	case MissingConfig:
		c.Summary = cmp.Or(oldest.Message, "a ConfigMap or Secret is missing") + more
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
		if known && (n.Gone || !n.Ready) && (p.Phase == jobstatus.PodTerminating || p.Phase == jobstatus.PodRunning) {
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
