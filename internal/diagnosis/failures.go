package diagnosis

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

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
	if len(causes) > 0 && s.Retry != nil {
		causes[0].Summary += fmt.Sprintf("; attempt %d of %d at %s", s.Retry.Attempt, s.Retry.Of, s.Retry.At.UTC().Format("15:04:05Z"))
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
		text := failure.Ending() // the summary says the message
		if c.Code == OutOfMemory {
			text = failure.Words()
		}
		c.Evidence = append(c.Evidence, Evidence{Source: "pod " + pod, Text: text, At: c.Since})
	}
	c.Summary = many(failure)
	switch c.Code {
	case OutOfMemory:
		c.Summary = fmt.Sprintf("%d × out of memory (OOMKilled)%s", failure.Count, limitOf(failure))
		c.Evidence = append(c.Evidence, Evidence{Source: remedy, Text: "raise resources.limits.memory in the manifest and run the Job again"})
	case Disrupted:
		c.Summary = fmt.Sprintf("%d × ended from outside: %s", failure.Count, join(failure.Reason, failure.Message))
		c.Next = []string{jobx(s, "pods", "--failed -o wide")}
	default:
		if failure.Code == killed && failure.Container != "" && (failure.Reason == "" || failure.Reason == "Error") {
			c.Evidence = append(c.Evidence, Evidence{Source: remedy, Text: "137 is SIGKILL, and nothing says who sent it: memory is the first suspect" + suspectOf(failure)})
		}
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
		"NodeAffinity", "OutOfcpu", "OutOfmemory", "OutOfpods",
		// Of the pod, whose activeDeadlineSeconds has passed; and of a container that is no longer there (the kubelet makes up
		// its exit code: convertToAPIContainerStatuses in pkg/kubelet/kubelet_pods.go).
		"DeadlineExceeded", "ContainerStatusUnknown":
		return Disrupted
	}
	if failure.Container == "" && failure.Reason != "" {
		return Disrupted
	}
	return Crashing
}

// killed is the exit code of a program that SIGKILL ended. A container runtime that learns of the kernel's kill for want of
// memory only after the container's end says Error, not OOMKilled; so does a shell whose child was killed.
const killed = 128 + 9

// limitOf is the memory limit of a container that had too little, in words.
func limitOf(failure jobstatus.Failure) string {
	if failure.Memory == "" {
		return ": there is no limit of its own, so the node's memory was used up"
	}
	return fmt.Sprintf(": container %q may use %s", failure.Container, failure.Memory)
}

// suspectOf is limitOf for a container of which only the signal is known.
func suspectOf(failure jobstatus.Failure) string {
	if failure.Memory == "" {
		return " (there is no limit of its own, so the node's)"
	}
	return limitOf(failure)
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
