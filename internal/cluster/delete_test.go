package cluster

import (
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// TestPending: what the server answers to a deletion says whether the object is still there.
func TestPending(t *testing.T) {
	pod := func(grace int64, finalizers ...string) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			DeletionTimestamp: &metav1.Time{}, DeletionGracePeriodSeconds: &grace, Finalizers: finalizers,
		}}
	}
	for name, c := range map[string]struct {
		answer runtime.Object
		want   bool
	}{
		"a status":               {&metav1.Status{}, false},
		"a Job that goes":        {&batchv1.Job{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{}}}, true},
		"a Job of a dry run":     {&batchv1.Job{}, false},
		"a pod that has ended":   {pod(0), false},
		"a pod that runs":        {pod(30), true},
		"a pod that is held":     {pod(0, "example.com/hold"), true},
		"a pod of a dry run":     {&corev1.Pod{}, true},
		"a CronJob that is held": {&batchv1.CronJob{}, true},
	} {
		if got := stillThere(c.answer) != nil; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestLeftPods: a pod that somebody took from its Job has no UID of it, or never had one, and is nobody's to delete.
func TestLeftPods(t *testing.T) {
	const job, uid = batchv1.JobNameLabel, batchv1.ControllerUidLabel
	mine := labels.SelectorFromSet(labels.Set{"team": "x"})
	for name, c := range map[string]struct {
		more  labels.Selector
		names []string
		pod   labels.Set
		want  bool
	}{
		"any":            {nil, nil, labels.Set{job: "a", uid: "u"}, true},
		"without a UID":  {nil, nil, labels.Set{job: "a", "job-name": "a"}, false},
		"old label only": {nil, nil, labels.Set{"job-name": "a", uid: "u"}, false},
		"its name":       {nil, []string{"b", "a"}, labels.Set{job: "a", uid: "u"}, true},
		"another name":   {nil, []string{"b"}, labels.Set{job: "a", uid: "u"}, false},
		"narrowed":       {mine, nil, labels.Set{job: "a", uid: "u"}, false},
		"narrowed to it": {mine, nil, labels.Set{job: "a", uid: "u", "team": "x"}, true},
	} {
		s, err := LeftPods(c.more, c.names...)
		if err != nil || s.Matches(c.pod) != c.want {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	if got := mine.String(); got != "team=x" {
		t.Errorf("the selector that was given is %q now", got)
	}
}
