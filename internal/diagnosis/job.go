package diagnosis

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Facts is what is known of a Job. All but Status may be missing: some of the evidence is then left out, the causes and
// their summaries are the same, but for those that only Nodes or Events can tell.
type Facts struct {
	Status jobstatus.Status
	Job    *batchv1.Job
	Events bool // the events about the Job were asked for: where none tells why there is no pod, nothing does
	Nodes  map[string]Node
	// Logs are the last lines of containers that failed, by pod.
	Logs map[string]Log
	// Unread says of nodes and logs that were to be read why they could not be.
	Unread map[jobstatus.Part]string
}

// FactsOf is what a snapshot of a Job, with its pods and its events, tells at the moment now.
func FactsOf(s *jobstatus.Snapshot, now time.Time) Facts {
	return Facts{Status: jobstatus.Compute(*s, now), Job: s.Job, Events: true}
}

// Node is how a node is that pods of the Job were sent to.
type Node struct {
	Gone    bool // there is no such node
	Ready   bool
	Since   time.Time
	Message string
}

// NodeOf is how a node is.
func NodeOf(n *corev1.Node) Node {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return Node{Ready: c.Status == corev1.ConditionTrue, Since: c.LastTransitionTime.Time, Message: join(c.Reason, c.Message)}
		}
	}
	return Node{Ready: true} // it does not tell
}

// Log is the end of one container's log.
type Log struct {
	Container string
	Lines     []string
}

// OfJob says why a Job is not done, or what ended it.
func OfJob(f Facts) Report {
	s := f.Status
	r := Report{AsOf: s.AsOf, Kind: "Job", Namespace: s.Namespace, Name: s.Name, Unavailable: merged(s.Unavailable, f.Unread)}
	for _, look := range []func(Facts) []Cause{
		gone, failed, deleting, held, refused, stuck, lostNode, broken, backingOff, sidecar, slow, draining, unheard, quiet,
	} {
		r.Causes = append(r.Causes, look(f)...)
	}
	r.conclude(well(s), s.Outcome == jobstatus.Unfinished)
	return r
}

// Headline is the one line that says why all is not well with a Job; empty when all is. It is the summary of OfJob, from
// what is known. It may hold untrusted text.
func Headline(f Facts) string {
	if r := OfJob(f); len(r.Causes) > 0 {
		return r.Summary
	}
	return ""
}

// well says how far a Job is with which nothing is wrong.
func well(s jobstatus.Status) string {
	switch {
	case s.Outcome == jobstatus.Succeeded:
		return fmt.Sprintf("it completed %s ago, after %s", short(s.AsOf.Sub(s.End)), short(s.Duration))
	case s.State == jobstatus.Finishing || s.State == jobstatus.SuccessCriteriaMet:
		return s.Message
	}
	text := cmp.Or(s.Message, "it runs")
	switch {
	case s.Progress.Total > 0 && s.Counts.Active == 0:
		text = join(fmt.Sprintf("%d of %d done", s.Progress.Done, s.Progress.Total), s.Message)
	case s.Progress.Total > 0:
		text = fmt.Sprintf("%d of %d done, %d active", s.Progress.Done, s.Progress.Total, s.Counts.Active)
	}
	if eta := s.Progress.ETA; eta != nil {
		text += fmt.Sprintf(", %s to %s left", short(eta.Low), short(eta.High))
	}
	if !s.Deadline.IsZero() {
		text += fmt.Sprintf("; its deadline is in %s", short(s.Deadline.Sub(s.AsOf)))
	}
	return text
}

func gone(f Facts) []Cause {
	s := f.Status
	if s.State != jobstatus.Gone && s.State != jobstatus.Replaced {
		return nil
	}
	return []Cause{{Code: Deleted, Summary: s.Message, Since: s.Since, Next: []string{"kubectl jobx get -n " + s.Namespace}}}
}

// failed is the verdict, or the one that is certain.
func failed(f Facts) []Cause {
	s := f.Status
	if !s.Failing {
		return nil
	}
	c := Cause{
		Code: verdictCode(s.Reason), Summary: verdict(f), Since: s.Since,
		Evidence: []Evidence{{Source: "condition " + string(s.State), Text: join(s.Reason, s.Message), At: s.Since}},
		Next:     []string{jobx(s, "logs", "--failed"), jobx(s, "pods", "--failed -o wide")},
	}
	return []Cause{c} // how the pods failed are causes of their own: broken
}

// verdict says what a failed Job failed of: the reason as the API has it, what that means here, and how most pods failed.
func verdict(f Facts) string {
	s := f.Status
	what := s.Message
	switch verdictCode(s.Reason) {
	case DeadlineExceeded:
		deadline := "its deadline"
		if s.Asked.Deadline > 0 {
			deadline += " of " + short(s.Asked.Deadline)
		}
		what = fmt.Sprintf("%s (activeDeadlineSeconds) passed with %s", deadline, done(s))
	case RetriesExhausted:
		what = retriesUsedUp(s)
	case IndexesFailed:
		if s.Indexes != nil && len(s.Indexes.Failed) > 0 {
			what += ": " + indexes(s.Indexes.Failed)
		}
	default:
	}
	text := join(s.Reason, what)
	if len(s.Failures) == 0 {
		return text
	}
	how := []string{many(s.Failures[0])}
	for _, failure := range s.Failures[1:min(3, len(s.Failures))] {
		how = append(how, fmt.Sprintf("%d × %s", failure.Count, failure.Ending()))
	}
	return text + "; " + strings.Join(how, ", ")
}

// retriesUsedUp words that there were more failures than backoffLimit allows. How many there were nobody counts: with
// restartPolicy OnFailure they are restarts, and the pods that run when a Job fails are stopped and counted as failed
// (trackJobStatusAndRemoveFinalizers in pkg/controller/job/job_controller.go).
func retriesUsedUp(s jobstatus.Status) string {
	switch n := s.Counts.Failed; {
	case n <= s.BackoffLimit:
		return fmt.Sprintf("the retries that backoffLimit %d allows are used up", s.BackoffLimit)
	case s.Parallelism > 1:
		return fmt.Sprintf("more failures than backoffLimit %d allows (%d %s as failed, with those that were stopped for it)",
			s.BackoffLimit, n, verb(int(n), "pod counts", "pods count"))
	case n == 1:
		return fmt.Sprintf("one failure is more than backoffLimit %d allows", s.BackoffLimit)
	default:
		return fmt.Sprintf("%d failures are more than backoffLimit %d allows", n, s.BackoffLimit)
	}
}

// indexes names the first of a set, so many as a reader takes in.
func indexes(set jobstatus.IndexSet) string {
	const most = 8
	if len(set) <= most {
		return set.String()
	}
	return fmt.Sprintf("%s and more, %d in all", set[:most], set.Len())
}

func verdictCode(reason string) Code {
	switch reason {
	case batchv1.JobReasonDeadlineExceeded:
		return DeadlineExceeded
	case batchv1.JobReasonBackoffLimitExceeded:
		return RetriesExhausted
	case batchv1.JobReasonPodFailurePolicy:
		return FailurePolicy
	case batchv1.JobReasonFailedIndexes, batchv1.JobReasonMaxFailedIndexesExceeded:
		return IndexesFailed
	}
	return JobFailed
}

// held is a Job that somebody holds back on purpose.
func held(f Facts) []Cause {
	s := f.Status
	switch s.State {
	case jobstatus.Suspended:
		return suspended(f)
	case jobstatus.Managed:
		by := ""
		if f.Job != nil && f.Job.Spec.ManagedBy != nil {
			by = *f.Job.Spec.ManagedBy
		}
		return []Cause{{
			Code: ManagedElsewhere, Summary: s.Message, Since: s.Since,
			Evidence: []Evidence{{Source: "spec.managedBy", Text: by}},
			Next:     []string{"kubectl get events -n " + s.Namespace + " --field-selector involvedObject.name=" + s.Name},
		}}
	case jobstatus.Paused:
		c := Cause{
			Code: ParallelismZero, Summary: "its parallelism is 0: no pod is wanted", Since: s.Since,
			Evidence: []Evidence{{Source: "spec.parallelism", Text: "0"}},
			Next:     []string{jobx(s, "scale", "--parallelism 1")},
		}
		c.blame(f.Job, "f:parallelism")
		return []Cause{c}
	default:
		return nil
	}
}

func suspended(f Facts) []Cause {
	s := f.Status
	if s.Reason == jobstatus.Resuming { // whoever held it back does so no longer
		return []Cause{{
			Code: Suspended, Summary: "it was resumed, and " + s.Message, Since: s.Since,
			Evidence: []Evidence{{Source: "spec.suspend", Text: "false"}, {Source: remedy, Text: controllerRuns}},
			Next:     []string{leases},
		}}
	}
	c := Cause{
		Code: Suspended, Summary: "suspended: no pod is created until it is resumed", Since: s.Since,
		Evidence: []Evidence{{Source: "condition Suspended", Text: join(s.Reason, s.Message), At: s.Since}},
		Next:     []string{jobx(s, "resume", "")},
	}
	if queue := s.Asked.Queue; queue != "" {
		c.Code = QueueNotAdmitted
		c.Summary = fmt.Sprintf("Kueue has not admitted it: it waits in the queue %q", queue)
		c.Evidence = append(c.Evidence, Evidence{Source: "label " + jobstatus.QueueLabel, Text: queue})
		c.Next = []string{"kubectl get workloads -n " + s.Namespace, fmt.Sprintf("kubectl describe localqueue %s -n %s", queue, s.Namespace)}
	}
	c.blame(f.Job, "f:suspend")
	return []Cause{c}
}

// blame adds who set a field of the spec last, as far as managedFields tells.
func (c *Cause) blame(job *batchv1.Job, field string) {
	if job == nil {
		return
	}
	for _, m := range job.ManagedFields {
		if m.Subresource != "" || m.FieldsV1 == nil || !strings.Contains(m.FieldsV1.GetRawString(), `"`+field+`"`) {
			continue
		}
		e := Evidence{Source: "spec." + strings.TrimPrefix(field, "f:"), Text: fmt.Sprintf("set by %s (%s)", m.Manager, m.Operation)}
		if m.Time != nil {
			e.At = m.Time.Time
		}
		c.Evidence = append(c.Evidence, e)
	}
}

// refused is the controller's failure to create pods.
func refused(f Facts) []Cause {
	s := f.Status
	o := s.Obstacle
	if o == nil && s.State == jobstatus.Blocked {
		o = &jobstatus.Obstacle{Reason: s.Reason, Message: s.Message, Since: s.Since}
	}
	if o == nil || o.Pods > 0 {
		return nil
	}
	c := Cause{
		Code: refusalCode(o.Message), Since: o.Since,
		Evidence: []Evidence{{Source: "event " + o.Reason, Text: o.Message, At: o.Since}},
	}
	switch c.Code {
	case QuotaExceeded:
		c.Summary = "its pods are over quota: " + after(o.Message, "exceeded quota: ", "failed quota: ")
		c.Next = []string{"kubectl describe quota -n " + s.Namespace}
	case NoServiceAccount:
		name := cmp.Or(s.Asked.ServiceAccount, "default")
		c.Summary = fmt.Sprintf("there is no service account %q: its pods are refused", name)
		c.Next = []string{fmt.Sprintf("kubectl create serviceaccount %s -n %s", name, s.Namespace)}
	case WebhookRefused:
		c.Summary = "its pods are refused at admission: " + after(o.Message, " is forbidden: ", "Error creating: ")
		c.Next = []string{admissionCommand}
	default:
		c.Summary = "its pods cannot be created: " + after(o.Message, "Error creating: ")
		c.Next = []string{jobx(s, "describe", "")}
	}
	return []Cause{c}
}

// admissionCommand lists what can refuse an object at admission.
const admissionCommand = "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations,validatingadmissionpolicies"

// after is what a message says after the first of the words that is in it: what comes before says again that pods are
// refused.
func after(message string, words ...string) string {
	for _, w := range words {
		if _, rest, ok := strings.Cut(message, w); ok {
			return rest
		}
	}
	return message
}

func refusalCode(message string) Code {
	m := strings.ToLower(message)
	switch {
	case strings.Contains(m, `admission webhook "`): // what it says itself may be about anything
		return WebhookRefused
	case strings.Contains(m, "exceeded quota") || strings.Contains(m, "failed quota"):
		return QuotaExceeded
	case strings.Contains(m, "error looking up service account") && strings.HasSuffix(m, "not found"):
		return NoServiceAccount
	case strings.Contains(m, "webhook") || strings.Contains(m, "admission") || strings.Contains(m, "podsecurity"):
		return WebhookRefused
	}
	return CannotCreatePods
}
