package cluster

import (
	"fmt"
	"slices"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// around is a Job with so many pods that succeeded, one that failed, and so many events of other pods before its own.
func around(t *testing.T, job *batchv1.Job, succeeded, noise int) (*apistub.Server, *Client) {
	t.Helper()
	api := apistub.New()
	t.Cleanup(api.Close)
	client, err := New(api.Config(), rest.NoWarnings{})
	if err != nil {
		t.Fatal(err)
	}
	api.Put(job)
	put := func(pod string, phase corev1.PodPhase) {
		p := aPod("u", pod, phase)
		p.Labels[batchv1.JobNameLabel] = name
		api.Put(p)
	}
	for i := range succeeded {
		put(fmt.Sprintf("x-%04d", i), corev1.PodSucceeded)
	}
	put("x-failed", corev1.PodFailed)
	for i := range noise {
		e := anEvent(fmt.Sprintf("a%04d", i), "Pod", "y", "y-uid", "Scheduled")
		e.Type = corev1.EventTypeNormal
		api.Put(e)
	}
	api.Put(anEvent("own", "Job", "x", "u", "SuccessfulCreate"))
	api.Put(anEvent("warning", "Pod", "x-failed", "x-failed-uid", "FailedMount"))
	return api, client
}

// lookedAt looks at a Job; left says that pods were left out, and it checks that of many events it is said.
func lookedAt(t *testing.T, client *Client, job *batchv1.Job, manyEvents bool) (pods int, failed bool, reasons []string, left bool) {
	t.Helper()
	look := client.ReadAround(t.Context(), ns, name).Snapshot(t.Context(), job)
	for _, e := range look.Snapshot.Events {
		reasons = append(reasons, e.Reason)
	}
	slices.Sort(reasons)
	status := jobstatus.Compute(*look.Snapshot, time.Now())
	for _, p := range status.Pods {
		failed = failed || p.Phase == jobstatus.PodFailed
	}
	if look.EventsLeftOut != manyEvents {
		t.Errorf("events are left out: %t, want %t", look.EventsLeftOut, manyEvents)
	}
	return len(status.Pods), failed, reasons, look.PodsLeftOut
}

// Few pods and events are one request each, at the same time as the Job itself.
func TestAroundOfASmallJobIsTwoRequests(t *testing.T) {
	job := aJob("u", 3)
	api, client := around(t, job, 3, 0)
	pods, failed, reasons, left := lookedAt(t, client, job, false)
	if pods != 4 || !failed || left || !slices.Equal(reasons, []string{"FailedMount", "SuccessfulCreate"}) {
		t.Errorf("%d pods, %v, %v, %v", pods, failed, reasons, left)
	}
	if n := len(api.Requests()); n != 2 {
		t.Errorf("%d requests: %+v", n, api.Requests())
	}
}

// Where a page does not hold them all, the few that failed and the few events that tell something are still found.
func TestAroundOfALargeJobFindsWhatTells(t *testing.T) {
	job := aJob("u", 900)
	_, client := around(t, job, 900, 700)
	pods, failed, reasons, left := lookedAt(t, client, job, true)
	if pods != mostSucceeded+1 || !failed || !left || !slices.Equal(reasons, []string{"FailedMount", "SuccessfulCreate"}) {
		t.Errorf("%d pods, %v, %v, %v", pods, failed, reasons, left)
	}
}

// Of a small Job the events of its pods are read too in a namespace with many of others, whatever they say and how it ended.
func TestAroundOfASmallJobAmongManyEvents(t *testing.T) {
	for _, job := range []*batchv1.Job{aJob("u", 3), aJob("u", 3, batchv1.JobComplete)} {
		api, client := around(t, job, 3, 100)
		started := anEvent("started", "Pod", "x-0001", "x-0001-uid", "Started")
		started.Type = corev1.EventTypeNormal
		api.Put(started)
		if _, _, reasons, _ := lookedAt(t, client, job, false); !slices.Equal(reasons, []string{"FailedMount", "Started", "SuccessfulCreate"}) {
			t.Errorf("%v", reasons)
		}
	}
}

// Of a Job that is complete its own events are enough; what is not waited for leaves nothing behind.
func TestAroundOfACompleteJobNeedsNoWarnings(t *testing.T) {
	job := aJob("u", 900, batchv1.JobComplete)
	_, client := around(t, job, 900, 700)
	if _, _, reasons, _ := lookedAt(t, client, job, true); !slices.Contains(reasons, "SuccessfulCreate") {
		t.Errorf("%v", reasons)
	}
}
