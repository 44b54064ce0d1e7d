package cluster

import (
	"fmt"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// glanced is a server with n Jobs of two pods each, and one of the name "manual" whose pods do not carry its name.
func glanced(t *testing.T, n int) (*apistub.Server, *Client, []*batchv1.Job) {
	t.Helper()
	api := apistub.New()
	t.Cleanup(api.Close)
	client, err := New(api.Config(), rest.NoWarnings{})
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	var jobs []*batchv1.Job
	for i := range n {
		job := aJob(fmt.Sprintf("u-%d", i), 2)
		job.Name = fmt.Sprintf("x-%d", i)
		jobs = append(jobs, job)
		for k := range 2 {
			pod := aPod(string(job.UID), fmt.Sprintf("x-%d-%d", i, k), corev1.PodPending)
			pod.Labels[batchv1.JobNameLabel] = job.Name
			api.Put(pod)
		}
	}
	manual := aJob("manual", 1)
	manual.Name, manual.Spec.ManualSelector = "manual", &yes
	manual.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{"mine": "yes"}}
	pod := aPod("manual", "manual-0", corev1.PodPending)
	pod.Labels = map[string]string{"mine": "yes"}
	api.Put(pod)
	return api, client, append(jobs, manual)
}

func podsOf(s *jobstatus.Snapshot) int { return len(jobstatus.Compute(*s, time.Now()).Pods) }

// Of few Jobs and of many each gets its own pods, one that chooses them by a selector of its own too.
func TestGlanceHandsOutPods(t *testing.T) {
	for _, n := range []int{1, 2, fewNames + 1} {
		api, client, jobs := glanced(t, n)
		seen := client.Glance(t.Context(), ns, jobs, 0)
		for i, job := range jobs {
			want := 2
			if i == n {
				want = 1
			}
			if got := podsOf(seen.Snapshots[job.UID]); got != want {
				t.Errorf("of %d Jobs %s has %d pods, want %d", n, job.Name, got, want)
			}
		}
		if seen.LeftOut {
			t.Errorf("%d Jobs: pods are left out", n)
		}
		if asked := len(api.Requests()); asked != 4 { // pods by name, pods by selector, refusals, warnings
			t.Errorf("%d Jobs: %d requests", n, asked)
		}
	}
}

// Beyond its bound it reads no more, and says so.
func TestGlanceIsBounded(t *testing.T) {
	_, client, jobs := glanced(t, 5)
	seen := client.Glance(t.Context(), ns, jobs[:5], 3)
	total := 0
	for _, s := range seen.Snapshots {
		total += podsOf(s)
	}
	if total != 3 || !seen.LeftOut {
		t.Errorf("%d pods, left out %t", total, seen.LeftOut)
	}
}

// What may not be read is noted in every snapshot.
func TestGlanceWithoutRights(t *testing.T) {
	api, client, jobs := glanced(t, 2)
	api.Deny(func(string, string) bool { return true })
	for _, s := range client.Glance(t.Context(), ns, jobs, 0).Snapshots {
		if s.Unavailable[jobstatus.PodsPart] != "forbidden: cannot list pods" || s.Unavailable[jobstatus.EventsPart] != "forbidden: cannot list events" {
			t.Errorf("%v", s.Unavailable)
		}
	}
}
