package why

import (
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

func ptr[T any](v T) *T { return &v }

func aJob(name string) *batchv1.Job {
	start := metav1.NewTime(time.Now().Add(-time.Minute))
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name), CreationTimestamp: start},
		Spec:       batchv1.JobSpec{Parallelism: ptr(int32(1)), Completions: ptr(int32(1))},
		Status:     batchv1.JobStatus{StartTime: &start, Active: 1, Ready: ptr(int32(1))},
	}
}

func aPod(job *batchv1.Job, status corev1.PodStatus) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: job.Name + "-p", Namespace: job.Namespace, UID: types.UID(job.Name + "-p"), CreationTimestamp: job.CreationTimestamp,
			Labels:          map[string]string{batchv1.JobNameLabel: job.Name},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: job.Name, UID: job.UID, Controller: ptr(true)}},
		},
		Spec:   corev1.PodSpec{NodeName: "n", Containers: []corev1.Container{{Name: "c"}}},
		Status: status,
	}
}

// Nothing is asked for twice, and logs and nodes only where there is something to ask them.
func TestRequests(t *testing.T) {
	failed := corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{
		Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 3, FinishedAt: metav1.Now()}},
	}}}
	for line, want := range map[string][]string{
		"job/running":     {"get jobs", "list events", "list pods"},
		"running":         {"get cronjobs", "get jobs", "list events", "list pods"},
		"job/crashing":    {"get jobs", "get pods/log", "list events", "list pods"},
		"job/hanging":     {"get jobs", "get nodes", "list events", "list pods"},
		"cronjob/nightly": {"get cronjobs", "list events", "list jobs"},
	} {
		api := apistub.New()
		for name, status := range map[string]corev1.PodStatus{
			"running": {Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
			"hanging": {Phase: corev1.PodRunning}, "crashing": failed,
		} {
			job := aJob(name)
			api.Put(job)
			api.Put(aPod(job, status))
		}
		api.Put(&batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Name: "nightly", Namespace: "default", UID: "nightly"}, Spec: batchv1.CronJobSpec{Schedule: "0 3 * * *"}})
		got := verbtest.Run(t.Context(), t, NewCmd, api, line)
		var asked []string
		for _, r := range api.Requests() {
			asked = append(asked, r.Verb+" "+r.Resource)
		}
		slices.Sort(asked)
		if !slices.Equal(asked, want) || got.Err != nil {
			t.Errorf("why %s: %v (%v), want %v", line, asked, got.Err, want)
		}
		api.Close()
	}
}

// P1: a part that may not be read is named, and where it may hide a cause nothing is called well.
func TestP1(t *testing.T) {
	running, hanging, crashing, complete := aJob("running"), aJob("hanging"), aJob("crashing"), aJob("complete")
	complete.Status = batchv1.JobStatus{Succeeded: 1, Conditions: []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}}
	cronJob := &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Name: "nightly", Namespace: "default", UID: "nightly", CreationTimestamp: metav1.Now()},
		Spec:       batchv1.CronJobSpec{Schedule: "0 3 * * *", TimeZone: ptr("Etc/UTC")},
	}
	failed := corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{
		Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 3, FinishedAt: metav1.Now()}},
	}}}
	unready := corev1.PodStatus{Phase: corev1.PodRunning}
	ready := corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}
	const well, unknown = "nothing is wrong", "no cause was found, but its "
	for _, c := range []struct {
		denied, target string
		says           []string
		code           exit.Code
	}{
		{"list pods", "job/running", []string{unknown + "pods could not", "unavailable: pods: forbidden: cannot list pods"}, exit.Failure},
		{"list events", "job/running", []string{unknown + "events could not", "unavailable: events: forbidden: cannot list events"}, exit.Failure},
		{"list pods", "job/complete", []string{well, "unavailable: pods: "}, exit.OK},
		{"get pods/log", "job/crashing", []string{"exit 3 in c", "unavailable: logs: forbidden: cannot get pods/log"}, exit.JobFailed},
		{"get nodes", "job/hanging", []string{well, "unavailable: nodes: forbidden: cannot get nodes"}, exit.OK},
		{"list jobs", "cronjob/nightly", []string{unknown + "runs could not", "unavailable: runs: forbidden: cannot list jobs"}, exit.Failure},
		{"list events", "cronjob/nightly", []string{unknown + "events could not"}, exit.Failure},
	} {
		api := apistub.New()
		for _, o := range []apistub.Object{running, aPod(running, ready), hanging, aPod(hanging, unready), crashing, aPod(crashing, failed), complete, cronJob} {
			api.Put(o)
		}
		api.Deny(func(verb, resource string) bool { return verb+" "+resource == c.denied })
		got := verbtest.Run(t.Context(), t, NewCmd, api, c.target+" --exit-status")
		for _, want := range c.says {
			if !strings.Contains(got.Out, want) {
				t.Errorf("why %s without the right to %s: no %q in\n%s", c.target, c.denied, want, got.Out)
			}
		}
		if code := exit.Of(got.Err, exit.OK); code != c.code {
			t.Errorf("why %s without the right to %s: exit %d, want %d", c.target, c.denied, code, c.code)
		}
		api.Close()
	}
}
