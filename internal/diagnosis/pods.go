package diagnosis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// stuck are pods that wait for what will not come by itself, those that hold most pods first.
func stuck(f Facts) []Cause {
	byCode := map[Code][]jobstatus.Pod{}
	for _, p := range f.Status.Pods {
		if p.Phase == jobstatus.PodStuck || p.Reason == corev1.PodReasonSchedulingGated {
			code := waitCode(p)
			byCode[code] = append(byCode[code], p)
		}
	}
	var causes []Cause
	for code, pods := range byCode {
		slices.SortFunc(pods, func(a, b jobstatus.Pod) int {
			return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Name, b.Name))
		})
		causes = append(causes, stuckCause(code, pods, f))
	}
	slices.SortFunc(causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(len(byCode[b.Code]), len(byCode[a.Code])), cmp.Compare(a.Code, b.Code))
	})
	return causes
}

func waitCode(p jobstatus.Pod) Code {
	switch p.Reason {
	case corev1.PodReasonUnschedulable, corev1.PodReasonSchedulingGated:
		return Unschedulable
	case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError",
		"RegistryUnavailable", "SignatureValidationFailed":
		return ImagePull
	case "CreateContainerConfigError":
		return MissingConfig
	case "FailedMount", "FailedAttachVolume", "FailedMapVolume":
		if strings.Contains(p.Message, "configmap") || strings.Contains(p.Message, "secret") {
			return MissingConfig
		}
		return VolumeNotReady
	}
	return CannotStart
}

func stuckCause(code Code, pods []jobstatus.Pod, f Facts) Cause {
	oldest := pods[0]
	who := "its pod"
	verb := "is"
	if len(pods) > 1 {
		who, verb = fmt.Sprintf("%d of its pods", len(pods)), "are"
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
			c.Summary = fmt.Sprintf("%s %s held back by a scheduling gate", who, verb)
		}
		c.Next = append(c.Next, "kubectl describe nodes")
	case ImagePull:
		c.Summary = fmt.Sprintf("%s cannot start: the image cannot be pulled", who)
		if images := imagesOf(oldest, f); images != "" {
			c.Summary = fmt.Sprintf("%s cannot start: the image %s cannot be pulled", who, images)
		}
	case MissingConfig:
		c.Summary = fmt.Sprintf("%s cannot start: %s", who, cmp.Or(oldest.Message, "a ConfigMap or Secret is missing"))
		c.Next = append(c.Next, "kubectl get configmaps,secrets -n "+f.Status.Namespace)
	case VolumeNotReady:
		c.Summary = fmt.Sprintf("%s cannot start: a volume cannot be mounted", who)
		c.Next = append(c.Next, "kubectl get pvc -n "+f.Status.Namespace)
	default:
		c.Summary = fmt.Sprintf("%s cannot start: %s", who, join(oldest.Reason, oldest.Message))
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

// imagesOf names the images of a pod's containers that wait for theirs.
func imagesOf(shown jobstatus.Pod, f Facts) string {
	for _, pod := range f.Pods {
		if pod.UID != shown.UID {
			continue
		}
		waits := map[string]bool{}
		for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
			for _, c := range list {
				waits[c.Name] = c.State.Waiting != nil && waitCode(jobstatus.Pod{Reason: c.State.Waiting.Reason}) == ImagePull
			}
		}
		var images []string
		for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
			for _, c := range list {
				if waits[c.Name] && !slices.Contains(images, c.Image) {
					images = append(images, fmt.Sprintf("%q", c.Image))
				}
			}
		}
		return strings.Join(images, ", ")
	}
	return ""
}

// lostNode are pods that cannot stop, or are not heard of, because their node does not answer.
func lostNode(f Facts) []Cause {
	byNode := map[string][]jobstatus.Pod{}
	for _, p := range f.Status.Pods {
		n, known := f.Nodes[p.Node]
		if known && (n.Gone || !n.Ready) && (p.Phase == jobstatus.PodTerminating || p.Phase == jobstatus.PodRunning) {
			byNode[p.Node] = append(byNode[p.Node], p)
		}
	}
	var causes []Cause
	for name, pods := range byNode {
		node, what := f.Nodes[name], "does not answer"
		if node.Gone {
			what = "is gone"
		}
		causes = append(causes, Cause{
			Code: LostNode, Since: node.Since,
			Summary: fmt.Sprintf("%s of its pods hang on node %q, which %s", count(len(pods)), name, what),
			Evidence: []Evidence{
				{Source: "node " + name, Text: node.Message, At: node.Since},
				{Source: "pod " + pods[0].Name, Text: pods[0].Status, At: pods[0].Since},
			},
			Next: []string{"kubectl describe node " + name, fmt.Sprintf("kubectl delete pod %s -n %s --force", pods[0].Name, f.Status.Namespace)},
		})
	}
	slices.SortFunc(causes, func(a, b Cause) int { return cmp.Compare(a.Summary, b.Summary) })
	return causes
}

// broken is how pods failed: what a failed Job failed of, and what a running one retries because of.
func broken(f Facts) []Cause {
	s := f.Status
	if s.Outcome == jobstatus.Succeeded || s.Succeeding {
		return nil // what failed on the way does not matter any more
	}
	var causes []Cause
	for _, failure := range s.Failures[:min(3, len(s.Failures))] {
		causes = append(causes, failureCause(failure, f))
	}
	return causes
}

func failureCause(failure jobstatus.Failure, f Facts) Cause {
	s := f.Status
	c := Cause{Code: failureCode(failure), Next: []string{jobx(s, "logs", "--failed --tail 20")}}
	pod := ""
	if len(failure.Pods) > 0 {
		pod = failure.Pods[0]
		c.Since = endOf(s, pod)
		c.Evidence = append(c.Evidence, Evidence{Source: "pod " + pod, Text: failureWords(failure), At: c.Since})
	}
	who := count(failure.Count)
	switch c.Code {
	case OutOfMemory:
		c.Summary = fmt.Sprintf("%s of its pods ran out of memory (OOMKilled)%s", who, limitOf(failure.Container, f))
		c.Next = append(c.Next, "raise resources.limits.memory in the manifest and run the Job again")
	case Disrupted:
		c.Summary = fmt.Sprintf("%s of its pods ended from outside: %s", who, join(failure.Reason, failure.Message))
		c.Next = []string{jobx(s, "pods", "--failed -o wide")}
	default:
		c.Summary = fmt.Sprintf("%s of its pods ended with %s", who, failureWords(failure))
	}
	if log, ok := f.Logs[pod]; ok && len(log.Lines) > 0 {
		c.Evidence = append(c.Evidence, Evidence{
			Source: fmt.Sprintf("log of pod %s, container %s", pod, log.Container), Text: strings.Join(log.Lines, "\n"),
		})
	}
	return c
}

func failureCode(failure jobstatus.Failure) Code {
	switch failure.Reason {
	case "OOMKilled":
		return OutOfMemory
	case "Evicted", "Preempting", "NodeLost", "NodeShutdown", "Shutdown", "Terminated", "Deleted", "UnexpectedAdmissionError",
		"PreemptionByScheduler", "DeletionByTaintManager", "EvictionByEvictionAPI", "DeletionByPodGC", "TerminationByKubelet",
		"NodeAffinity", "OutOfcpu", "OutOfmemory", "OutOfpods":
		return Disrupted
	}
	if failure.Container == "" && failure.Reason != "" {
		return Disrupted
	}
	return Crashing
}

// limitOf is the memory limit of a container, in words.
func limitOf(container string, f Facts) string {
	if f.Job == nil {
		return ""
	}
	spec := &f.Job.Spec.Template.Spec
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for _, c := range list {
			if q, ok := c.Resources.Limits[corev1.ResourceMemory]; ok && c.Name == container {
				return fmt.Sprintf(": container %q may use %s", container, q.String())
			}
		}
	}
	return ": there is no limit of its own, so the node's memory was used up"
}

func endOf(s jobstatus.Status, name string) time.Time {
	for _, p := range s.Pods {
		if p.Name == name {
			return p.Finished
		}
	}
	return time.Time{}
}

// backingOff is the controller's wait before the next attempt, which is not a fault of its own.
func backingOff(f Facts) []Cause {
	s := f.Status
	if s.Retry == nil || s.State != jobstatus.BackingOff {
		return nil
	}
	return []Cause{{
		Code: BackingOff, Since: s.Since,
		Summary: fmt.Sprintf("the controller waits until %s (in %s) before attempt %d of %d",
			s.Retry.At.UTC().Format("15:04:05Z"), short(s.Retry.At.Sub(s.AsOf)), s.Retry.Attempt, s.Retry.Of),
		Evidence: []Evidence{{Source: "back-off", Text: fmt.Sprintf("%s after the last failure; no pod is active meanwhile", short(s.Retry.Delay))}},
		Next:     []string{jobx(s, "watch", "")},
	}}
}

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
