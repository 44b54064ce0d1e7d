package diagnosis

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// of is what is found about a Job in a state, changed as given.
func of(state jobstatus.State, change func(*jobstatus.Status)) Report {
	s := jobstatus.Status{AsOf: now, Namespace: "n", Name: "j", State: state, Since: now.Add(-time.Minute)}
	change(&s)
	return OfJob(Facts{Status: s})
}

// TestRefusals: a word in a message is not yet what it is about.
func TestRefusals(t *testing.T) {
	for message, want := range map[string]Code{
		`Error creating: pods "j-" is forbidden: error looking up service account n/nobody: serviceaccount "nobody" not found`: NoServiceAccount,
		`Error creating: pods "j-" is forbidden: error looking up service account n/x: etcdserver: request timed out`:          CannotCreatePods,
		`Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: rule failed at path ` +
			`/spec/automountServiceAccountToken/`: WebhookRefused,
		`Error creating: admission webhook "x" denied the request: exceeded quota of the team`: WebhookRefused,
		`Error creating: pods "j-" is forbidden: volume with secret.secretName="s" is not allowed because service account ` +
			`default does not reference that secret`: CannotCreatePods,
		`Error creating: pods is forbidden: User "system:serviceaccount:kube-system:job-controller" cannot create resource "pods"`: CannotCreatePods,
		`Error creating: pods "webhook-" is forbidden: exceeded quota: none`:                                                       QuotaExceeded,
	} {
		r := of(jobstatus.Blocked, func(s *jobstatus.Status) {
			s.Obstacle = &jobstatus.Obstacle{Reason: "FailedCreate", Message: message}
		})
		if r.Causes[0].Code != want {
			t.Errorf("%s: %s, want %s", message, r.Causes[0].Code, want)
		}
		checkNext(t, r.Causes[0])
	}
}

// TestWaits: what a pod waits for, and where to look for it.
func TestWaits(t *testing.T) {
	const claims, nodes, config = "kubectl get pvc -n n", "kubectl describe nodes", "kubectl get configmaps,secrets -n n"
	for _, c := range []struct {
		reason, message string
		want            Code
		next            string // beside the pod's description; empty: nothing
	}{
		{"Unschedulable", "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found", Unschedulable, claims},
		{"Unschedulable", "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.", Unschedulable, claims},
		{"Unschedulable", `persistentvolumeclaim "x" not found`, Unschedulable, claims},
		{"Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.", Unschedulable, nodes},
		{"SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates", Unschedulable, "kubectl get pod p -n n -o jsonpath='{.spec.schedulingGates}'"},
		{"SchedulerError", `Post "http://extender/filter": connection refused`, Unschedulable, ""},
		{"CreateContainerConfigError", "container has runAsNonRoot and image will run as root", CannotStart, ""},
		{"CreateContainerConfigError", `failed to prepare subPath for volumeMount "data" of container "c"`, CannotStart, ""},
		{"CreateContainerConfigError", `configmaps "x" not found`, MissingConfig, config},
		{"CreateContainerConfigError", "couldn't find key k in Secret n/x", MissingConfig, config},
		{"FailedMount", "MountVolume.SetUp failed for volume \"data\" : configmap references non-existent config key: k", MissingConfig, config},
		{"FailedMount", `MountVolume.SetUp failed for volume "v" : secret "x" not found`, MissingConfig, config},
		{"FailedMount", "MountVolume.SetUp failed for volume \"data\" : rpc error: mount failed: secret-store vault unreachable", VolumeNotReady, ""},
		{"FailedMount", "unmounted volumes=[secrets-pvc]: timed out waiting for the condition", VolumeNotReady, ""},
	} {
		r := of(jobstatus.Pending, func(s *jobstatus.Status) {
			p := &jobstatus.Pod{Name: "p", UID: "p", Phase: jobstatus.PodStuck, Reason: c.reason, Message: c.message, Index: -1}
			if c.reason == "SchedulingGated" {
				p.Phase = jobstatus.PodPending
			}
			s.Pods = []*jobstatus.Pod{p}
		})
		want := []string{"kubectl describe pod p -n n"}
		if c.next != "" {
			want = append(want, c.next)
		}
		if got := r.Causes[0]; got.Code != c.want || !slices.Equal(got.Next, want) {
			t.Errorf("%s: %s: %s and %q, want %s and %q", c.reason, c.message, got.Code, got.Next, c.want, want)
		}
	}
}

// TestKilled: that nothing says who killed a container is said only where nothing does.
func TestKilled(t *testing.T) {
	for reason, want := range map[string]Code{
		"": Crashing, "Error": Crashing, "RestartingAllContainers": Crashing, "DeadlineExceeded": Disrupted, "ContainerStatusUnknown": Disrupted,
	} {
		r := of(jobstatus.Running, func(s *jobstatus.Status) {
			s.Failures = []jobstatus.Failure{{Count: 1, Pods: []string{"p"}, Container: "c", Code: 137, Signal: 9, Reason: reason}}
		})
		c := r.Causes[0]
		suspected := slices.ContainsFunc(c.Evidence, func(e Evidence) bool { return strings.Contains(e.Text, "nothing says who sent it") })
		if c.Code != want || suspected != (reason == "" || reason == "Error") {
			t.Errorf("%q: %s, memory suspected: %v", reason, c.Code, suspected)
		}
	}
}

// TestResuming: who was resumed waits for nobody but the controller.
func TestResuming(t *testing.T) {
	for _, queue := range []string{"", "gpu"} {
		job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "j", Namespace: "n", UID: "u", CreationTimestamp: metav1.NewTime(now.Add(-time.Hour))}}
		job.Labels = map[string]string{jobstatus.QueueLabel: queue}
		job.Spec.Suspend = ptr(false)
		job.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobSuspended, Status: corev1.ConditionTrue, Message: "Job suspended"}}
		var s jobstatus.Snapshot
		s.Apply(jobstatus.Change{Job: job})
		s.Apply(jobstatus.Change{Synced: true})
		r := OfJob(FactsOf(&s, now))
		if want := "it was resumed, and the controller has not taken it up again yet"; r.Summary != want || r.Causes[0].Code != Suspended {
			t.Errorf("queue %q: %s: %s, want %s", queue, r.Causes[0].Code, r.Summary, want)
		}
		if strings.Contains(strings.Join(r.Causes[0].Next, "\n"), "resume") {
			t.Errorf("queue %q: %q", queue, r.Causes[0].Next)
		}
	}
}

// TestTracesOfMany: of so many events some were dropped, and the last word may be one of them.
func TestTracesOfMany(t *testing.T) {
	for n, want := range map[int]string{
		19: "there is no such Job any more: it was deleted before it finished",
		20: "there is no such Job any more, and the events that it left do not tell how it ended",
	} {
		var events []*corev1.Event
		for i := range n {
			events = append(events, &corev1.Event{
				Type: corev1.EventTypeNormal, Reason: "SuccessfulCreate", Message: fmt.Sprintf("Created pod: x-%d", i),
				LastTimestamp: metav1.NewTime(now.Add(-time.Minute)), InvolvedObject: corev1.ObjectReference{Kind: "Job", Name: "x", UID: "u"},
			})
		}
		if r, _ := OfTraces("n", "x", events, now); r.Summary != want {
			t.Errorf("%d events: %q, want %q", n, r.Summary, want)
		}
		last := events[n-1] // the others, folded into one
		last.Count = int32(n)
		if r, _ := OfTraces("n", "x", []*corev1.Event{last}, now); r.Summary != want {
			t.Errorf("an event that came %d times: %q, want %q", n, r.Summary, want)
		}
	}
}

// TestWithinItsGrace: a pod is late only when the time that it was given to stop is over.
func TestWithinItsGrace(t *testing.T) {
	for since, late := range map[time.Duration]bool{2 * time.Minute: false, time.Hour: false, time.Hour + time.Minute: true} {
		r := of(jobstatus.Running, func(s *jobstatus.Status) {
			s.Pods = []*jobstatus.Pod{{Name: "p", Phase: jobstatus.PodTerminating, Since: now.Add(-since), Grace: time.Hour}}
		})
		if r.Healthy == late {
			t.Errorf("terminating for %s of an hour: %s", since, r.Summary)
		}
	}
}
