package diagnosis

import (
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// quietJob is a Job of one pod that was created so long ago.
func quietJob(age time.Duration, edit ...func(*batchv1.Job)) *batchv1.Job {
	created := metav1.NewTime(now.Add(-age))
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "j", Namespace: "n", UID: "u", CreationTimestamp: created}}
	job.Spec.Parallelism, job.Spec.Completions, job.Spec.BackoffLimit = ptr(int32(1)), ptr(int32(1)), ptr(int32(6))
	job.Status.StartTime = &created
	for _, e := range edit {
		e(job)
	}
	return job
}

func quietPod(age time.Duration, edit ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: "p", Namespace: "n", UID: "p", CreationTimestamp: metav1.NewTime(now.Add(-age)), Finalizers: []string{batchv1.JobTrackingFinalizer},
		OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "j", UID: "u", Controller: ptr(true)}},
	}}
	pod.Status.Phase = corev1.PodPending
	for _, e := range edit {
		e(pod)
	}
	return pod
}

// TestNothingHappens: nobody says what is wrong where nobody is there who could.
func TestNothingHappens(t *testing.T) {
	active := func(j *batchv1.Job) { j.Status.Active, j.Status.Ready = 1, ptr(int32(0)) }
	failed := func(j *batchv1.Job) { j.Status.Failed = 1 }
	succeeded := func(j *batchv1.Job) { j.Status.Succeeded = 1 }
	elsewhere := func(j *batchv1.Job) { j.Spec.ManagedBy = ptr("example.com/other") }
	onNode := func(p *corev1.Pod) {
		p.Spec.NodeName = "x"
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: p.CreationTimestamp}}
	}
	gated := func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonSchedulingGated}}
	}
	pulling := func(p *corev1.Pod) {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}}
	}
	ended := func(code int32) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			if p.Status.Phase = corev1.PodSucceeded; code != 0 {
				p.Status.Phase = corev1.PodFailed
			}
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{
				Terminated: &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: p.CreationTimestamp},
			}}}
		}
	}
	const hours = 5 * time.Hour
	const healthy = "nothing is wrong"
	for _, c := range []struct {
		name string
		job  *batchv1.Job
		pod  *corev1.Pod
		says string
	}{
		{"no pod", quietJob(hours), nil, "ControllerIsQuiet: the Job controller does not act: no pod was created"},
		{"no pod yet", quietJob(time.Minute), nil, healthy},
		{"no pod, elsewhere", quietJob(hours, elsewhere), nil, "ManagedElsewhere"},
		{"not scheduled", quietJob(hours, active), quietPod(hours), "Unschedulable: one of its pods has no node, and no scheduler says why"},
		{"not scheduled yet", quietJob(hours, active), quietPod(3 * time.Minute), healthy},
		{"not scheduled, elsewhere", quietJob(hours, active, elsewhere), quietPod(hours), healthy},
		{"gated", quietJob(hours, active), quietPod(hours, gated), "Unschedulable: a scheduling gate"},
		{"not taken up", quietJob(hours, active), quietPod(hours, onNode), `CannotStart: node "x" has not taken up one of its pods`},
		{"not taken up yet", quietJob(hours, active), quietPod(3*time.Minute, onNode), healthy},
		{"a slow pull", quietJob(hours, active), quietPod(hours, onNode, pulling), healthy},
		{"ended and not counted", quietJob(hours, active), quietPod(hours, onNode, ended(0)), "ControllerIsQuiet: the Job controller does not act: pods have ended, and were not counted"},
		{"no verdict", quietJob(hours, succeeded), quietPod(hours, onNode, ended(0)), "ControllerIsQuiet: the Job controller does not act: its pods have ended, and it has not"},
		{"no verdict yet", quietJob(hours, succeeded), quietPod(time.Minute, onNode, ended(0)), healthy},
		{"no verdict, elsewhere", quietJob(hours, succeeded, elsewhere), quietPod(hours, onNode, ended(0)), healthy},
		{"after the back-off", quietJob(hours, failed), quietPod(hours, onNode, ended(1)), "ControllerIsQuiet: the Job controller does not act: the back-off is over"},
		{"in the back-off", quietJob(hours, failed), quietPod(time.Second, onNode, ended(1)), "BackingOff"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s jobstatus.Snapshot
			s.Apply(jobstatus.Change{Job: c.job})
			if c.pod != nil {
				s.Apply(jobstatus.Change{Pod: c.pod})
			}
			if f := FactsOf(&s, now); strings.Contains(Headline(f), "Job controller") {
				t.Errorf("before all was read: %s", Headline(f))
			}
			s.Apply(jobstatus.Change{Synced: true})
			f := FactsOf(&s, now)
			if f.Events = false; strings.Contains(Headline(f), "no pod was created") {
				t.Errorf("without the events: %s", Headline(f))
			}
			r := OfJob(FactsOf(&s, now))
			said := []string{r.Summary}
			for _, cause := range r.Causes {
				said = append(said, string(cause.Code)+": "+cause.Summary)
				checkNext(t, cause)
			}
			if text := strings.Join(said, "\n"); !strings.Contains(text, c.says) || (c.says == healthy) != r.Healthy {
				t.Errorf("%s\nwant %s", text, c.says)
			}
			s.Apply(jobstatus.Change{Unavailable: &jobstatus.Unavailable{Part: jobstatus.EventsPart, Why: "forbidden"}})
			if f := FactsOf(&s, now); strings.Contains(Headline(f), "Job controller") {
				t.Errorf("without the events: %s", Headline(f))
			}
		})
	}
}

// TestNotSeenToEnd: where the pods that succeeded are left out, nobody knows since when the next is due.
func TestNotSeenToEnd(t *testing.T) {
	job := quietJob(5*time.Hour, func(j *batchv1.Job) { j.Spec.Completions, j.Status.Succeeded = ptr(int32(8)), 3 })
	var s jobstatus.Snapshot
	s.Apply(jobstatus.Change{Job: job})
	s.Apply(jobstatus.Change{Synced: true})
	if r := OfJob(FactsOf(&s, now)); !r.Healthy {
		t.Errorf("%+v", r.Causes)
	}
}

// TestNodeOfASilentPod: a node that is lost is told itself.
func TestNodeOfASilentPod(t *testing.T) {
	r := OfJob(Facts{
		Status: jobstatus.Status{AsOf: now, Namespace: "n", Name: "j", State: jobstatus.Pending, Pods: []*jobstatus.Pod{
			{Name: "p", Phase: jobstatus.PodPending, Node: "x", Created: now.Add(-time.Hour)},
		}},
		Nodes: map[string]Node{"x": {Message: "NodeStatusUnknown"}},
	})
	if len(r.Causes) != 1 || r.Causes[0].Code != LostNode {
		t.Errorf("%+v", r.Causes)
	}
}
