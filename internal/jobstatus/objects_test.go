package jobstatus

import (
	"fmt"
	"strconv"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// noon is the moment that tests look at things.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func ago(d time.Duration) metav1.Time { return metav1.NewTime(noon().Add(-d)) }

func ptr[T any](v T) *T { return &v }

// aJob is a Job that started a minute ago with one completion to reach; edit changes it.
func aJob(edit ...func(*batchv1.Job)) *batchv1.Job {
	start := ago(time.Minute)
	j := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Name: "work", Namespace: "default", UID: "job-1", ResourceVersion: "100", CreationTimestamp: start,
		},
		Spec: batchv1.JobSpec{
			Parallelism: ptr(int32(1)), Completions: ptr(int32(1)), BackoffLimit: ptr(int32(6)),
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{RestartPolicy: corev1.RestartPolicyNever}},
		},
		Status: batchv1.JobStatus{StartTime: &start},
	}
	for _, e := range edit {
		e(j)
	}
	return j
}

func with(kind batchv1.JobConditionType, reason string) func(*batchv1.Job) {
	return func(j *batchv1.Job) {
		j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{
			Type: kind, Status: corev1.ConditionTrue, Reason: reason, Message: "because", LastTransitionTime: ago(5 * time.Second),
		})
	}
}

// aPod is pod n of the Job, created n seconds after it and running since; edit changes it.
func aPod(n int, edit ...func(*corev1.Pod)) *corev1.Pod {
	created := metav1.NewTime(noon().Add(-time.Minute + time.Duration(n)*time.Second))
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("work-%d", n), UID: types.UID(fmt.Sprintf("pod-%d", n)), ResourceVersion: strconv.Itoa(101 + n),
			CreationTimestamp: created, Finalizers: []string{batchv1.JobTrackingFinalizer},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "work", UID: "job-1", Controller: ptr(true)}},
		},
		Spec: corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{Name: "main"}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning,
			Conditions: []corev1.PodCondition{
				{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: created},
				{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: created},
			},
			ContainerStatuses: []corev1.ContainerStatus{{
				Name: "main", Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: created}},
			}},
		},
	}
	for _, e := range edit {
		e(p)
	}
	return p
}

// newer gives the object a later version.
func newer(meta *metav1.ObjectMeta) {
	n, err := strconv.Atoi(meta.ResourceVersion)
	if err != nil {
		panic(err)
	}
	meta.ResourceVersion = strconv.Itoa(n + 1000)
}

// ended ends the pod with a code, d before noon.
func ended(code int32, d time.Duration) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.Phase = corev1.PodSucceeded
		reason := "Completed"
		if code != 0 {
			p.Status.Phase, reason = corev1.PodFailed, "Error"
		}
		p.Status.Conditions[1].Status = corev1.ConditionFalse
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{
				ExitCode: code, Reason: reason, StartedAt: p.CreationTimestamp, FinishedAt: ago(d),
			},
		}}}
	}
}

func at(index int) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Annotations = map[string]string{batchv1.JobCompletionIndexAnnotation: strconv.Itoa(index)}
	}
}

// waiting keeps the pod's container from starting.
func waiting(reason string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.Phase = corev1.PodPending
		p.Status.Conditions[1].Status = corev1.ConditionFalse
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{
			Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: "it says why"},
		}}}
	}
}

func anEvent(uid, reason string, about types.UID, d time.Duration) *corev1.Event {
	kind, name := "Job", "work"
	if about != "job-1" {
		kind, name = "Pod", string(about)
	}
	return &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: uid, UID: types.UID(uid), ResourceVersion: "200"},
		Type:       corev1.EventTypeWarning, Reason: reason, Message: "it says why", Count: 1,
		InvolvedObject: corev1.ObjectReference{Kind: kind, Name: name, UID: about},
		FirstTimestamp: ago(d), LastTimestamp: ago(d),
	}
}

func batchUID(s string) types.UID { return types.UID(s) }
