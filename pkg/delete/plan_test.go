package delete

import (
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

func item(active, succeeded, failed, terminating int32) target.Item {
	return target.Item{Object: target.Object{Job: &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "ns"},
		Status:     batchv1.JobStatus{Active: active, Succeeded: succeeded, Failed: failed, Terminating: &terminating},
	}}}
}

// ready is how many of an item's pods are.
func ready(i target.Item, n int32) target.Item {
	i.Job.Status.Ready = &n
	return i
}

func pod(phase corev1.PodPhase) target.Item {
	return target.Item{Object: target.Object{Pod: &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "x-1", Namespace: "ns"}, Status: corev1.PodStatus{Phase: phase},
	}}}
}

func cronJob(active int) target.Item {
	return target.Item{Object: target.Object{CronJob: &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Name: "c", Namespace: "ns"},
		Status:     batchv1.CronJobStatus{Active: make([]corev1.ObjectReference, active)},
	}}}
}

// elsewhere is an item in another namespace.
func elsewhere(i target.Item) target.Item {
	i.Job = i.Job.DeepCopy()
	i.Job.Namespace = "other"
	return i
}

// TestPlan: what is said to become of the pods.
func TestPlan(t *testing.T) {
	const background, foreground, orphan = metav1.DeletePropagationBackground, metav1.DeletePropagationForeground, metav1.DeletePropagationOrphan
	for _, c := range []struct {
		item    target.Item
		cascade metav1.DeletionPropagation
		want    plan
	}{
		{ready(item(2, 1, 0, 0), 2), background, plan{words: "up to 3 pods (2 running) will be deleted", pods: 3, active: 2, ended: 1}},
		{ready(item(2, 1, 0, 0), 1), background, plan{words: "up to 3 pods (2 active, 1 ready) will be deleted", pods: 3, active: 2, ended: 1}},
		{ready(item(1, 0, 0, 0), 0), background, plan{words: "1 pod (1 active, 0 ready) will be deleted", pods: 1, active: 1}},
		{item(2, 1, 0, 0), background, plan{words: "up to 3 pods (2 active) will be deleted", pods: 3, active: 2, ended: 1}},
		{item(0, 1, 0, 0), background, plan{words: "up to 1 pod will be deleted", pods: 1, ended: 1}},
		{item(0, 0, 0, 0), background, plan{words: "it has no pods"}},
		{item(0, 0, 0, 0), orphan, plan{words: "it has no pods"}},
		{ready(item(1, 0, 1, 1), 1), foreground, plan{words: "up to 3 pods (1 running) will be deleted before it", pods: 3, active: 1, ended: 1}},
		{ready(item(2, 1, 0, 0), 2), orphan, plan{words: "up to 3 pods (2 running) will be left running: kubectl jobx pods --orphans -n ns", pods: 3, active: 2, ended: 1}},
		{item(0, 1, 1, 0), orphan, plan{words: "up to 2 pods will be left: kubectl jobx pods --orphans -n ns", pods: 2, ended: 2}},
		{cronJob(0), background, plan{words: "all its Jobs and their pods will be deleted", runs: true}},
		{cronJob(2), background, plan{words: "all its Jobs and their pods will be deleted, 2 Jobs running", jobs: 2, runs: true}},
		{cronJob(1), orphan, plan{words: "its Jobs and their pods will be left, 1 Job running", jobs: 1}},
		{pod(corev1.PodRunning), background, plan{pods: 1, active: 1}},
		{pod(corev1.PodPending), background, plan{pods: 1, active: 1}},
		{pod(corev1.PodFailed), background, plan{pods: 1}},
	} {
		if got := planOf(c.item, c.cascade); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.cascade, got, c.want)
		}
	}
}

// TestSummary: many objects are told by their number, and that of what goes with them.
func TestSummary(t *testing.T) {
	for _, c := range []struct {
		items   []target.Item
		cascade metav1.DeletionPropagation
		want    string
	}{
		{[]target.Item{item(2, 1, 0, 0), item(0, 5, 0, 0)}, metav1.DeletePropagationBackground, "2 Jobs in namespace \"ns\": up to 8 pods (2 active) will be deleted"},
		{[]target.Item{item(2, 1, 0, 0), item(0, 5, 0, 0)}, metav1.DeletePropagationForeground, "2 Jobs in namespace \"ns\": up to 8 pods (2 active) will be deleted"},
		{[]target.Item{item(2, 0, 0, 1), item(1, 0, 0, 0)}, metav1.DeletePropagationBackground, "2 Jobs in namespace \"ns\": 4 pods (3 active) will be deleted"},
		{[]target.Item{item(2, 1, 0, 0), cronJob(1)}, metav1.DeletePropagationOrphan,
			"1 Job and 1 CronJob in namespace \"ns\": up to 3 pods (2 active) will be left running: kubectl jobx pods --orphans -n ns; Jobs of the CronJobs and their pods will be left; 1 Job of CronJobs running"},
		{[]target.Item{item(2, 1, 0, 0), cronJob(0)}, metav1.DeletePropagationBackground,
			"1 Job and 1 CronJob in namespace \"ns\": up to 3 pods (2 active) will be deleted; all Jobs of the CronJobs and their pods will be deleted"},
		{[]target.Item{item(2, 0, 0, 0), elsewhere(item(1, 0, 0, 0))}, metav1.DeletePropagationOrphan,
			"2 Jobs in 2 namespaces: 3 pods (3 active) will be left running: kubectl jobx pods --orphans -A"},
		{[]target.Item{item(0, 0, 0, 0), item(0, 0, 0, 0)}, metav1.DeletePropagationBackground, "2 Jobs in namespace \"ns\": no pods will be deleted"},
		{[]target.Item{item(0, 0, 0, 0), item(0, 0, 0, 0)}, metav1.DeletePropagationOrphan, "2 Jobs in namespace \"ns\": no pods will be left"},
		{[]target.Item{cronJob(0), cronJob(1)}, metav1.DeletePropagationForeground,
			"2 CronJobs in namespace \"ns\": all Jobs of the CronJobs and their pods will be deleted; 1 Job of CronJobs running"},
		{[]target.Item{pod(corev1.PodRunning), pod(corev1.PodFailed)}, metav1.DeletePropagationBackground, "2 pods (1 active) in namespace \"ns\" will be deleted"},
	} {
		plans := make([]plan, len(c.items))
		for i := range c.items {
			plans[i] = planOf(c.items[i], c.cascade)
		}
		if got := summary(c.items, plans, c.cascade); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestQuestion: one object with which nothing runs is not asked about; everything else is.
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
		{[]target.Item{cronJob(0)}, background, false, "delete " + act.Name(cronJob(0)) + "?"}, // with Jobs that were started by hand, perhaps
		{[]target.Item{cronJob(0)}, orphan, false, ""},
		{[]target.Item{idle, idle}, background, false, `delete 2 Jobs in namespace "ns"?`},
		{[]target.Item{idle, elsewhere(idle)}, background, false, "delete 2 Jobs in 2 namespaces?"},
		{[]target.Item{idle, busy, cronJob(0)}, background, false, `delete 2 Jobs and 1 CronJob in namespace "ns", with 2 active pods?`},
		{[]target.Item{busy, cronJob(1)}, background, false, `delete 1 Job and 1 CronJob in namespace "ns", with 2 active pods and 1 running Job?`},
		{[]target.Item{busy, cronJob(1)}, orphan, false, `delete 1 Job and 1 CronJob in namespace "ns"?`},
		{[]target.Item{pod(corev1.PodRunning), pod(corev1.PodFailed)}, background, false, `delete 2 pods (1 active) in namespace "ns"?`},
		{[]target.Item{pod(corev1.PodFailed)}, background, false, ""},
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

// TestEnding: of the grace period what is left is told, and not how long it was.
func TestEnding(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for left, want := range map[time.Duration]string{
		30 * time.Second:  "it has 30s left to end by itself",
		12 * time.Second:  "it has 12s left to end by itself",
		time.Millisecond:  "it has 1s left to end by itself",
		0:                 "it had 30 s to end by itself, which are over",
		-90 * time.Second: "it had 30 s to end by itself, and is overdue by 90s",
	} {
		p := pod(corev1.PodRunning).Pod
		p.Name, p.Namespace, p.DeletionGracePeriodSeconds = "p", "ns", new(int64(30))
		p.DeletionTimestamp = &metav1.Time{Time: now.Add(left)}
		if got, want := held(target.Pod, p, now), `pod "p" in namespace "ns" is still there: `+want; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestOrphansOfAChosenSelector: the pods of such a Job bear no labels of the controller's, so they are looked for by their own.
func TestOrphansOfAChosenSelector(t *testing.T) {
	yes := true
	i := item(1, 0, 0, 0)
	i.Job.Spec.ManualSelector, i.Job.Spec.Selector = &yes, &metav1.LabelSelector{MatchLabels: map[string]string{"app": "x"}}
	if got, want := planOf(i, metav1.DeletePropagationOrphan).words, "1 pod (1 active) will be left running: kubectl get pods -n ns -l 'app=x'"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	i.Job.Spec.Template.Labels = map[string]string{batchv1.ControllerUidLabel: "u"}
	if got, want := planOf(i, metav1.DeletePropagationOrphan).words, "1 pod (1 active) will be left running: kubectl jobx pods --orphans -n ns"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
