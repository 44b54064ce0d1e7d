package logs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// departed are pods that a Job had and that are not there any more.
type departed struct {
	names []string // those whose names are still known, sorted
	count int32    // at least so many
	why   string   // why they were deleted
	never string   // why there has never been a pod, if there has not
}

// departedFrom compares a Job's own count and the events about it with the pods there are.
func departedFrom(s subject, events []*corev1.Event) departed {
	there := map[string]bool{}
	for _, p := range s.pods {
		there[p.Name] = true
	}
	for _, name := range s.left {
		there[name] = true
	}
	gone, refused := map[string]bool{}, ""
	for _, e := range events {
		for _, word := range []string{"Created pod: ", "Deleted pod: "} {
			if name, ok := strings.CutPrefix(e.Message, word); ok && !there[name] {
				gone[name] = true
			}
		}
		if e.Reason == "FailedCreate" {
			refused = e.Message
		}
	}
	st := s.job.Status
	d := departed{names: slices.Sorted(maps.Keys(gone)), why: whyDeleted(s.job)}
	d.count = max(int32(len(d.names)), st.Succeeded+st.Failed-s.over())
	if d.count <= 0 && len(there) == 0 {
		d.never = whyNone(s, refused)
	}
	return d
}

// whyDeleted words what the Job controller deletes pods for.
func whyDeleted(job *batchv1.Job) string {
	for _, c := range job.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			continue
		}
		switch c.Type {
		case batchv1.JobSuspended:
			return "the Job was suspended"
		case batchv1.JobFailed, batchv1.JobFailureTarget:
			return whyFailed(c)
		case batchv1.JobSuccessCriteriaMet:
			if c.Reason == batchv1.JobReasonSuccessPolicy {
				return "the Job's successPolicy was met"
			}
		case batchv1.JobComplete:
		}
	}
	switch {
	case changed(job):
		return "the Job was suspended or scaled down, or they were evicted or deleted by hand"
	case job.Status.CompletionTime != nil:
		return "deleted after the Job had completed"
	default:
		return "scaled down, evicted or deleted by hand"
	}
}

// changed says that a Job's spec is not what it was created with: it may have been suspended, or scaled down, since.
func changed(job *batchv1.Job) bool { return job.Generation > 1 }

func whyFailed(c batchv1.JobCondition) string {
	return failedBy(c) + ", which deletes the pods that still run"
}

func failedBy(c batchv1.JobCondition) string {
	switch c.Reason {
	case batchv1.JobReasonBackoffLimitExceeded:
		return "the Job failed at its backoffLimit (BackoffLimitExceeded)"
	case batchv1.JobReasonDeadlineExceeded:
		return "the Job failed at its activeDeadlineSeconds (DeadlineExceeded)"
	default:
		return "the Job failed (" + safetext.Cell(c.Reason) + ")"
	}
}

// whyNone words why a Job has never had a pod.
func whyNone(s subject, refused string) string {
	job := s.job
	switch {
	case jobstatus.Finished(job):
		return endedWithoutPods(job, refused)
	case s.gone:
		return "it was deleted before a pod was created"
	case job.Spec.Suspend != nil && *job.Spec.Suspend:
		return "it is suspended\nkubectl jobx resume " + job.Name + " starts it"
	case refused != "":
		return "its pods cannot be created: " + safetext.Cell(refused)
	case job.Spec.Parallelism != nil && *job.Spec.Parallelism == 0:
		return "its parallelism is 0\nkubectl jobx scale " + job.Name + " --parallelism 1 starts a pod"
	default:
		return "no pod has been created yet\nlogs -f waits for it"
	}
}

// endedWithoutPods words how a Job ended that never had a pod: nothing can start one any more.
func endedWithoutPods(job *batchv1.Job, refused string) string {
	text := "it ended without a pod"
	failed := func(c batchv1.JobCondition) bool {
		return c.Type == batchv1.JobFailed && c.Status == corev1.ConditionTrue
	}
	if i := slices.IndexFunc(job.Status.Conditions, failed); i >= 0 {
		text += ": " + failedBy(job.Status.Conditions[i])
	}
	switch {
	case refused != "":
		text += "\nits pods could not be created: " + safetext.Cell(refused)
	case job.Spec.Completions != nil && *job.Spec.Completions == 0:
		text += ": it needs none (completions: 0)"
	}
	return text
}

// aboutDeparted finds out which pods are gone, if any are. What cannot be read is not known: no error.
func (c *command) aboutDeparted(ctx context.Context, s subject) departed {
	var events []*corev1.Event
	_ = c.client.EachEvent(ctx, cluster.AboutUID(s.job.Namespace, s.job.UID), func(e *corev1.Event) error {
		events = append(events, e)
		return nil
	})
	return departedFrom(s, events)
}

// over is how many pods have ended that were read, or are there to be.
func (s subject) over() int32 {
	n := int32(len(s.left))
	for _, p := range s.pods {
		if p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
			n++
		}
	}
	return n
}

// incomplete says that a Job has counted more pods than there are, or may have deleted some: what it deletes when it is
// suspended or scaled down it does not count.
func incomplete(s subject) bool {
	suspended := s.job.Spec.Suspend != nil && *s.job.Spec.Suspend
	return len(s.pods) == 0 || suspended || changed(s.job) || s.job.Status.Succeeded+s.job.Status.Failed > s.over()
}

// tellDeparted notes, beside the logs there are, which pods are gone, and gives for how many Jobs that is so. Where only some
// pods are wanted it is not known whether one of those is: then it is no loss.
func (c *command) tellDeparted(ctx context.Context, subjects []subject) (lost int) {
	for _, s := range subjects {
		if s.job == nil || !incomplete(s) {
			continue
		}
		if d := c.aboutDeparted(ctx, s); d.count > 0 {
			c.notes.say("note: job %q: %s", s.job.Name, d.text())
			lost++
		}
	}
	sel := c.o.Select
	if c.o.OnePod || sel.Indexes != nil || sel.Pod != "" || sel.Attempt != 0 || sel.Failed || sel.Succeeded || sel.Previous {
		return 0
	}
	return lost
}

// fewNames is how many names are spelled out.
const fewNames = 5

func (d departed) text() string {
	pods, logs := "1 pod is gone", "its log"
	if d.count != 1 {
		pods, logs = fmt.Sprintf("%d pods are gone", d.count), "their logs"
	}
	text := fmt.Sprintf("%s, and %s: %s", pods, logs, d.why)
	if len(d.names) == 0 {
		return text
	}
	shown := make([]string, 0, fewNames)
	for _, n := range d.names[:min(fewNames, len(d.names))] {
		shown = append(shown, safetext.Cell(n))
	}
	if more := int(d.count) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return text + "\n  " + strings.Join(shown, ", ")
}

// nothing explains why there is no log at all.
func (c *command) nothing(ctx context.Context, r target.Resolver, subjects []subject) error {
	last := subjects[len(subjects)-1]
	if text := noIndex(last.job, c.o.Select.Indexes); text != "" {
		return errors.New(text)
	}
	if len(last.pods) > 0 {
		return c.unselected(last)
	}
	if c.o.Selector != nil {
		if err := r.CheckNamespace(ctx); err != nil {
			return err
		}
		return fmt.Errorf("-l %q: no pod matches in namespace %q", c.o.Selector, r.Namespace)
	}
	if last.job == nil {
		return errors.New("there is no log")
	}
	name := fmt.Sprintf("job %q in namespace %q", last.job.Name, last.job.Namespace)
	d := c.aboutDeparted(ctx, last)
	switch {
	case d.never != "":
		return fmt.Errorf("%s has no logs: %s", name, d.never)
	case d.count <= 0 && len(last.left) == 1:
		return fmt.Errorf("the one pod of %s that was there did not match%s", name, c.leaveOut())
	case d.count <= 0:
		return fmt.Errorf("none of the %d pods of %s that were there matched%s", len(last.left), name, c.leaveOut())
	}
	return fmt.Errorf("%s has no logs any more: %s\nlogs -f or --save before that would have kept them", name, d.text())
}

// resolve finds the target. Of a Job that is not there any more (ttlSecondsAfterFinished, a history limit) its events still
// tell what became of it.
func (c *command) resolve(ctx context.Context, r target.Resolver) (target.Object, error) {
	object, err := r.Resolve(ctx, c.o.Target)
	if kind := c.o.Target.Kind; !target.IsNotFound(err) || (kind != target.Job && kind != target.Any) {
		return object, err
	}
	var last *corev1.Event
	_ = c.client.EachEvent(ctx, cluster.AboutJob(r.Namespace, c.o.Target.Name), func(e *corev1.Event) error {
		if last == nil || jobstatus.LastSeen(last).Before(jobstatus.LastSeen(e)) {
			last = e
		}
		return nil
	}) // what cannot be read is not known: no error
	if last == nil {
		return object, err
	}
	return object, fmt.Errorf("%w\nthere was a Job of that name; the last event about it, %s ago: %s: %s\nlogs -f or --save before it was removed would have kept its logs",
		err, render.Duration(c.now().Sub(jobstatus.LastSeen(last))), safetext.Cell(last.Reason), safetext.Cell(last.Message))
}

// unselected explains why the pods there are have no log that was asked for.
func (c *command) unselected(s subject) error {
	sel := c.o.Select
	pod := s.pods[0]
	if sel.Container != "" && !hasContainer(pod, sel.Container) {
		return noContainer(pod, sel.Container)
	}
	if sel.Previous {
		return fmt.Errorf("--previous: no container of pod %q has an earlier run that its node still keeps (restarts: %d)", pod.Name, restarts(pod))
	}
	for _, st := range c.plan(s).Known {
		if st.Phase == logstream.Never {
			return fmt.Errorf("pod %q has no log: its container never started: %s", st.PodName(), reasonOf(st))
		}
	}
	if len(s.pods) == 1 {
		return fmt.Errorf("pod %q does not match%s", pod.Name, c.leaveOut())
	}
	return fmt.Errorf("none of the %d pods matches%s", len(s.pods), c.leaveOut())
}

// leaveOut is a line that names the flags without which more pods match; "": none of them is set.
func (c *command) leaveOut() string {
	sel := c.o.Select
	var set []string
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"--index", sel.Indexes != nil}, {"--failed", sel.Failed}, {"--succeeded", sel.Succeeded}, {"--attempt", sel.Attempt != 0},
		{"--pod", sel.Pod != ""}, {"--container", sel.Container != ""}, {"--all-pods=false", c.o.OnePod},
	} {
		if flag.set {
			set = append(set, flag.name)
		}
	}
	switch n := len(set); n {
	case 0:
		return ""
	case 1:
		return "\nleave out " + set[0]
	default:
		return "\nleave out " + strings.Join(set[:n-1], ", ") + " or " + set[n-1]
	}
}

func hasContainer(pod *corev1.Pod, name string) bool {
	return slices.Contains(logstream.Containers(pod), name)
}

func noContainer(pod *corev1.Pod, name string) error {
	return fmt.Errorf("-c %s: there is no such container in pod %q\nit has %s", name, pod.Name, strings.Join(logstream.Containers(pod), ", "))
}

func restarts(pod *corev1.Pod) int32 {
	n := int32(0)
	for _, s := range pod.Status.ContainerStatuses {
		n = max(n, s.RestartCount)
	}
	return n
}
