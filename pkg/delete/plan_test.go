package delete

import (
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

func item(active, succeeded, failed, terminating int32) target.Item {
	return target.Item{Object: target.Object{Job: &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "ns"},
		Status:     batchv1.JobStatus{Active: active, Succeeded: succeeded, Failed: failed, Terminating: &terminating},
	}}}
}

func cronJob(active int) target.Item {
	return target.Item{Object: target.Object{CronJob: &batchv1.CronJob{
		Status: batchv1.CronJobStatus{Active: make([]corev1.ObjectReference, active)},
	}}}
}

// TestPlan: what is said to become of the pods.
func TestPlan(t *testing.T) {
	const background, foreground, orphan = metav1.DeletePropagationBackground, metav1.DeletePropagationForeground, metav1.DeletePropagationOrphan
	for _, c := range []struct {
		item    target.Item
		cascade metav1.DeletionPropagation
		words   string
		running int32
	}{
		{item(2, 1, 0, 0), background, "3 pods (2 running) will be deleted", 2},
		{item(0, 1, 0, 0), background, "1 pod will be deleted", 0},
		{item(0, 0, 0, 0), background, "it has no pods", 0},
		{item(0, 0, 0, 0), orphan, "it has no pods", 0},
		{item(1, 0, 1, 1), foreground, "3 pods (1 running) will be deleted before it", 1},
		{item(2, 1, 0, 0), orphan, "3 pods (2 running) will be left running: kubectl jobx pods --orphans", 2},
		{item(0, 1, 1, 0), orphan, "2 pods will be left: kubectl jobx pods --orphans", 0},
		{cronJob(0), background, "all its Jobs and their pods will be deleted", 0},
		{cronJob(2), background, "all its Jobs and their pods will be deleted, 2 Jobs running", 2},
		{cronJob(1), orphan, "its Jobs and their pods will be left, 1 Job running", 1},
	} {
		if got := planOf(c.item, c.cascade); got.words != c.words || got.running != c.running {
			t.Errorf("%s: %+v, want %q and %d running", c.cascade, got, c.words, c.running)
		}
	}
}

// TestQuestion: one object without running pods is not asked about; everything else is.
func TestQuestion(t *testing.T) {
	const background, orphan = metav1.DeletePropagationBackground, metav1.DeletePropagationOrphan
	idle, busy := item(0, 1, 0, 0), item(2, 0, 0, 0)
	for _, c := range []struct {
		items   []target.Item
		cascade metav1.DeletionPropagation
		always  bool
		want    string
	}{
		{nil, background, true, ""},
		{[]target.Item{idle}, background, false, ""},
		{[]target.Item{idle}, background, true, `delete job "x" in namespace "ns"?`},
		{[]target.Item{busy}, background, false, `delete job "x" in namespace "ns"?`},
		{[]target.Item{busy}, orphan, false, ""},
		{[]target.Item{idle, idle}, background, false, "delete 2 Jobs?"},
		{[]target.Item{idle, busy, cronJob(0)}, background, false, "delete 2 Jobs and 1 CronJob, of which some still run?"},
	} {
		plans := make([]plan, len(c.items))
		for i := range c.items {
			plans[i] = planOf(c.items[i], c.cascade)
		}
		if got := question(c.items, plans, c.cascade, c.always); got != c.want {
			t.Errorf("question %q, want %q", got, c.want)
		}
	}
}
