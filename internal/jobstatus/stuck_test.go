package jobstatus

import (
	"reflect"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestWhatAPodWaitsFor(t *testing.T) {
	mount := func(reason string) *corev1.Event {
		e := anEvent("e", reason, "pod-1", time.Second)
		e.InvolvedObject.Kind, e.Type, e.Message = "Pod", corev1.EventTypeWarning, "no such volume"
		return e
	}
	creating := func(p *corev1.Pod) {
		waiting("ContainerCreating")(p)
		p.Status.Phase = corev1.PodPending
	}
	unscheduled := func(p *corev1.Pod) {
		p.Status.Phase = corev1.PodPending
		p.Status.ContainerStatuses = nil
		p.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "no node",
		}}
	}
	failing := func(p *corev1.Pod) {
		unscheduled(p)
		p.Status.Conditions[0].Reason = corev1.PodReasonSchedulerError
	}
	unseen := func(p *corev1.Pod) { p.Spec.NodeName, p.Status = "", corev1.PodStatus{Phase: corev1.PodPending} }
	for _, c := range []struct {
		name    string
		pod     func(*corev1.Pod)
		trouble []string // warnings, oldest first
		phase   PodPhase
		reason  string
	}{
		{"nothing is said", creating, nil, PodPending, "ContainerCreating"},
		{"a warning says it", creating, []string{"FailedMount"}, PodStuck, "FailedMount"},
		{"a newer one says another thing", creating, []string{"FailedMount", "FailedCreatePodSandBox"}, PodStuck, "FailedCreatePodSandBox"},
		{"a newer one is no reason to wait", creating, []string{"FailedMount", "Unhealthy"}, PodPending, "ContainerCreating"},
		{"the pod knows better", waiting("ErrImagePull"), []string{"FailedMount"}, PodStuck, "ErrImagePull"},
		{"the scheduler knows better", unscheduled, []string{"FailedMount"}, PodStuck, "Unschedulable"},
		{"the scheduler fails", failing, nil, PodStuck, "SchedulerError"},
		{"its devices are not prepared", creating, []string{"FailedPrepareDynamicResources"}, PodStuck, "FailedPrepareDynamicResources"},
		{"its claim cannot be created", unseen, []string{"FailedResourceClaimCreation"}, PodStuck, "FailedResourceClaimCreation"},
		{"an image is pulled all the same", creating, []string{"FailedToRetrieveImagePullSecret"}, PodPending, "ContainerCreating"},
		{"it runs", func(*corev1.Pod) {}, []string{"FailedMount"}, PodRunning, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, late := range []bool{false, true} { // the warnings before the pod, and after it
				var s Snapshot
				changes := []Change{{Pod: aPod(1, c.pod)}}
				for i, reason := range c.trouble {
					e := mount(reason)
					e.UID, e.LastTimestamp = batchUID("e"+reason), ago(time.Duration(10-i)*time.Second)
					if late {
						changes = append(changes, Change{Event: e})
					} else {
						changes = append([]Change{{Event: e}}, changes...)
					}
				}
				got := apply(&s, append([]Change{{Job: aJob()}}, changes...)...).Pods[0]
				if got.Phase != c.phase || got.Reason != c.reason {
					t.Errorf("late %v: %s %q, want %s %q", late, got.Phase, got.Reason, c.phase, c.reason)
				}
			}
		})
	}
}

func TestImagesAndPartsOfAPod(t *testing.T) {
	waits := func(name, reason string) corev1.ContainerStatus {
		return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}}
	}
	runs := corev1.ContainerStatus{Name: "proxy", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
	ends := func(code int32) corev1.ContainerStatus {
		return corev1.ContainerStatus{Name: "main", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: ago(time.Minute)},
		}}
	}
	spec := corev1.PodSpec{
		InitContainers: []corev1.Container{{Name: "init", Image: "one"}},
		Containers:     []corev1.Container{{Name: "main", Image: "two"}, {Name: "proxy", Image: "two"}, {Name: "more", Image: "three"}},
	}
	for _, c := range []struct {
		name   string
		status corev1.PodStatus
		images []string
		partly *Partly
	}{
		{"each image once, in order", corev1.PodStatus{
			Phase:                 corev1.PodPending,
			InitContainerStatuses: []corev1.ContainerStatus{waits("init", "ErrImagePull")},
			ContainerStatuses:     []corev1.ContainerStatus{waits("main", "ImagePullBackOff"), waits("proxy", "InvalidImageName")},
		}, []string{"one", "two"}, nil},
		{"another wait is for no image", corev1.PodStatus{
			Phase:             corev1.PodPending,
			ContainerStatuses: []corev1.ContainerStatus{waits("main", "CreateContainerConfigError"), waits("more", "ErrImagePull")},
		}, []string{"three"}, nil},
		{"one is done, one goes on", corev1.PodStatus{
			Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{ends(0), runs},
		}, nil, &Partly{Since: ago(time.Minute).Time, Running: []string{"proxy"}}},
		{"a helper is done", corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{
			{Name: "main", State: runs.State}, {Name: "more", State: ends(0).State},
		}}, nil, nil},
		{"a failure is another matter", corev1.PodStatus{
			Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{ends(1), runs},
		}, nil, nil},
		{"all are done", corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{ends(0)}}, nil, nil},
		{"the pod has ended", corev1.PodStatus{
			Phase: corev1.PodSucceeded, ContainerStatuses: []corev1.ContainerStatus{ends(0), runs},
		}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := OnePod(&corev1.Pod{Spec: spec, Status: c.status})
			if !reflect.DeepEqual(p.Images, c.images) || !reflect.DeepEqual(p.Partly, c.partly) {
				t.Errorf("images %q, partly %+v", p.Images, p.Partly)
			}
		})
	}
}

// TestWhoDoesTheWork: the container that the pod names, else the first.
func TestWhoDoesTheWork(t *testing.T) {
	for name, partly := range map[string]bool{"": false, "main": false, "work": true} {
		pod := aPod(1, func(p *corev1.Pod) {
			p.Annotations = map[string]string{"kubectl.kubernetes.io/default-container": name}
			p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "work"})
			p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
				Name: "work", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: ago(time.Minute)}},
			})
		})
		if p := OnePod(pod); (p.Partly != nil) != partly {
			t.Errorf("%q does the work: %+v", name, p.Partly)
		}
	}
}

// TestSinceWhenAContainerWaits: not since the init containers began, and not for ever.
func TestSinceWhenAContainerWaits(t *testing.T) {
	scheduled := aPod(1).CreationTimestamp.Time
	always := corev1.ContainerRestartPolicyAlways
	last := func(end *corev1.ContainerStateTerminated) func(*corev1.Pod) {
		return func(p *corev1.Pod) { p.Status.ContainerStatuses[0].LastTerminationState.Terminated = end }
	}
	inits := func(p *corev1.Pod) {
		p.Spec.InitContainers = []corev1.Container{{Name: "first"}, {Name: "second"}, {Name: "side", RestartPolicy: &always}}
		for i, end := range []time.Duration{30 * time.Second, 20 * time.Second, 10 * time.Second} {
			p.Status.InitContainerStatuses = append(p.Status.InitContainerStatuses, corev1.ContainerStatus{
				Name:  p.Spec.InitContainers[i].Name,
				State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: ago(end)}},
			})
		}
	}
	unready := func(p *corev1.Pod) { p.Status.Conditions[1].LastTransitionTime = ago(15 * time.Second) }
	for _, c := range []struct {
		name  string
		edits []func(*corev1.Pod)
		want  time.Time
	}{
		{"since it was scheduled", nil, scheduled},
		{"since its last end", as(last(&corev1.ContainerStateTerminated{FinishedAt: ago(25 * time.Second)})), ago(25 * time.Second).Time},
		{"since the last of the init containers has ended", as(inits), ago(20 * time.Second).Time},
		{"an end without a time", as(last(&corev1.ContainerStateTerminated{Reason: "ContainerStatusUnknown", ExitCode: 137})), scheduled},
		{"an end without a time, of a pod that was ready", as(unready, last(&corev1.ContainerStateTerminated{ExitCode: 137})), ago(15 * time.Second).Time},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := OnePod(aPod(1, append(as(waiting("ErrImagePull")), c.edits...)...))
			if p.Phase != PodStuck || !p.Since.Equal(c.want) {
				t.Errorf("%s since %s, want %s", p.Phase, p.Since, c.want)
			}
		})
	}
}
