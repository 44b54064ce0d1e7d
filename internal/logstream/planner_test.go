package logstream

import (
	"fmt"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

var began = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// aPod is a pod of one container, named after its index and number.
func aPod(index, number int, phase corev1.PodPhase, edit ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("p-%d-%d", index, number), UID: types.UID(fmt.Sprintf("uid-%d-%d", index, number)),
			CreationTimestamp: metav1.NewTime(began.Add(time.Duration(number) * time.Minute)), Annotations: map[string]string{},
		},
		Spec:   corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}},
		Status: corev1.PodStatus{Phase: phase},
	}
	if index >= 0 {
		p.Annotations[batchv1.JobCompletionIndexAnnotation] = fmt.Sprint(index)
	}
	for _, e := range edit {
		e(p)
	}
	return p
}

func runningNow() corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(began)}}
}

func endedWith(code int32) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, ContainerID: "x", StartedAt: metav1.NewTime(began), FinishedAt: metav1.NewTime(began.Add(time.Second)),
	}}
}

func status(name string, restarts int32, now, last corev1.ContainerState) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		s := corev1.ContainerStatus{Name: name, RestartCount: restarts, State: now, LastTerminationState: last}
		for _, c := range p.Spec.InitContainers {
			if c.Name == name {
				p.Status.InitContainerStatuses = append(p.Status.InitContainerStatuses, s)
				return
			}
		}
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, s)
	}
}

// crew gives a pod an init container, a native sidecar, two containers, and a container that was put in by hand.
func crew(p *corev1.Pod) {
	always := corev1.ContainerRestartPolicyAlways
	p.Spec.InitContainers = []corev1.Container{{Name: "init"}, {Name: "side", RestartPolicy: &always}}
	p.Spec.Containers = []corev1.Container{{Name: "c"}, {Name: "d"}}
	p.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug"}}}
}

// told is streams as text: index.attempt container#run phase.
func told(streams []Stream) string {
	words := make([]string, len(streams))
	for i, s := range streams {
		words[i] = fmt.Sprintf("%d.%d %s#%d %s", s.Index, s.Attempt, s.Container, s.Run, s.Phase)
		if s.Previous {
			words[i] += " previous"
		}
	}
	return strings.Join(words, ", ")
}

func TestPlan(t *testing.T) {
	never := corev1.ContainerState{}
	one := &batchv1.Job{}
	restarted := aPod(-1, 0, corev1.PodRunning, status("c", 3, runningNow(), endedWith(1)))
	crashing := aPod(-1, 0, corev1.PodRunning, status("c", 1, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}, endedWith(1)))
	ofJob := func(uid types.UID) func(*corev1.Pod) {
		return func(p *corev1.Pod) {
			yes := true
			p.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", UID: uid, Controller: &yes}}
		}
	}
	retried := []*corev1.Pod{
		aPod(1, 1, corev1.PodRunning, status("c", 0, runningNow(), never)),
		aPod(1, 0, corev1.PodFailed, status("c", 0, endedWith(1), never)),
		aPod(0, 2, corev1.PodSucceeded, status("c", 0, endedWith(0), never)),
	}
	for _, c := range []struct {
		name string
		p    Planner
		pods []*corev1.Pod
		want string
	}{
		{"by index, then attempt", Planner{}, retried, "0.1 c#0 Ended, 1.1 c#0 Ended, 1.2 c#0 Running"},
		{"those that failed", Planner{Select: Selection{Failed: true}}, retried, "1.1 c#0 Ended"},
		{"those that succeeded", Planner{Select: Selection{Succeeded: true}}, retried, "0.1 c#0 Ended"},
		{"the newest attempt of each index", Planner{Select: Selection{Attempt: LastAttempt}}, retried, "0.1 c#0 Ended, 1.2 c#0 Running"},
		{
			"the newest attempt of each container", Planner{Select: Selection{Attempt: LastAttempt}},
			[]*corev1.Pod{aPod(-1, 0, corev1.PodRunning, crew, status("c", 2, runningNow(), endedWith(1)), status("d", 0, runningNow(), never))},
			"-1.1 d#0 Running, -1.3 c#2 Running",
		},
		{"one attempt", Planner{Select: Selection{Attempt: 2}}, retried, "1.2 c#0 Running"},
		{"one pod", Planner{Select: Selection{Pod: "p-1-0"}}, retried, "1.1 c#0 Ended"},
		{
			"an index of another Job is no other attempt", Planner{Select: Selection{Attempt: LastAttempt}},
			[]*corev1.Pod{
				aPod(0, 0, corev1.PodFailed, ofJob("a"), status("c", 0, endedWith(1), never)),
				aPod(0, 1, corev1.PodRunning, ofJob("b"), status("c", 0, runningNow(), never)),
			},
			"0.1 c#0 Ended, 0.1 c#0 Running",
		},
		{
			"the controller counts what is gone", Planner{},
			[]*corev1.Pod{aPod(4, 0, corev1.PodRunning, status("c", 0, runningNow(), never), func(p *corev1.Pod) {
				p.Annotations[batchv1.JobIndexFailureCountAnnotation] = "5"
			})},
			"4.6 c#0 Running",
		},
		{
			"pods that follow each other are attempts", Planner{Job: one},
			[]*corev1.Pod{aPod(-1, 0, corev1.PodFailed, status("c", 0, endedWith(1), never)), aPod(-1, 1, corev1.PodPending)},
			"-1.1 c#0 Ended, -1.2 c#0 Waiting",
		},
		{
			"pods beside each other are not", Planner{Job: &batchv1.Job{Spec: batchv1.JobSpec{Parallelism: new(int32(2))}}},
			[]*corev1.Pod{aPod(-1, 0, corev1.PodFailed, status("c", 0, endedWith(1), never)), aPod(-1, 1, corev1.PodPending)},
			"-1.1 c#0 Ended, -1.1 c#0 Waiting",
		},
		{"a restart is an attempt", Planner{}, []*corev1.Pod{restarted}, "-1.3 c#2 Ended previous, -1.4 c#3 Running"},
		{"the run before", Planner{Select: Selection{Previous: true}}, []*corev1.Pod{restarted}, "-1.3 c#2 Ended previous"},
		{"between two runs the last one is the one before", Planner{}, []*corev1.Pod{crashing}, "-1.2 c#1 Ended previous"},
		{"and the run before the one that is waited for", Planner{Select: Selection{Previous: true}}, []*corev1.Pod{crashing}, "-1.2 c#1 Ended previous"},
		{
			"there is none before the first", Planner{Select: Selection{Previous: true}},
			[]*corev1.Pod{aPod(-1, 0, corev1.PodPending, status("c", 0, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull"}}, never))},
			"",
		},
		{"a pod that ended before its container began", Planner{}, []*corev1.Pod{aPod(-1, 0, corev1.PodFailed)}, "-1.1 c#0 Never"},
		{"app containers", Planner{}, []*corev1.Pod{aPod(-1, 0, corev1.PodPending, crew)}, "-1.1 c#0 Waiting, -1.1 d#0 Waiting"},
		{
			"every container", Planner{Select: Selection{All: true}}, []*corev1.Pod{aPod(-1, 0, corev1.PodPending, crew)},
			"-1.1 init#0 Waiting, -1.1 side#0 Waiting, -1.1 c#0 Waiting, -1.1 d#0 Waiting, -1.1 debug#0 Waiting",
		},
		{
			"init containers and sidecars as well", Planner{Select: Selection{Init: true, Sidecars: true}},
			[]*corev1.Pod{aPod(-1, 0, corev1.PodPending, crew)},
			"-1.1 init#0 Waiting, -1.1 side#0 Waiting, -1.1 c#0 Waiting, -1.1 d#0 Waiting",
		},
		{
			"the container that the pod names", Planner{},
			[]*corev1.Pod{aPod(-1, 0, corev1.PodPending, crew, func(p *corev1.Pod) { p.Annotations[jobstatus.DefaultContainer] = "d" })},
			"-1.1 d#0 Waiting",
		},
		{
			"a name that no container has", Planner{},
			[]*corev1.Pod{aPod(-1, 0, corev1.PodPending, crew, func(p *corev1.Pod) { p.Annotations[jobstatus.DefaultContainer] = "x" })},
			"-1.1 c#0 Waiting, -1.1 d#0 Waiting",
		},
		{"a container by name", Planner{Select: Selection{Container: "side"}}, []*corev1.Pod{aPod(-1, 0, corev1.PodPending, crew)}, "-1.1 side#0 Waiting"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := told(c.p.Plan(c.pods).Streams); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
	for _, c := range []struct {
		sel  Selection
		lost bool
	}{
		{Selection{}, true}, {Selection{Failed: true}, true}, {Selection{Attempt: 2}, true}, {Selection{Pod: "p--1-0"}, true},
		{Selection{Attempt: 3}, false}, {Selection{Attempt: LastAttempt}, false}, {Selection{Previous: true}, false},
		{Selection{Succeeded: true}, false}, {Selection{Pod: "other"}, false}, {Selection{Indexes: Indexes{{0, 9}}}, false},
	} {
		lost := Planner{Select: c.sel}.Plan([]*corev1.Pod{restarted}).Lost
		if c.lost != (len(lost) == 1) || c.lost && (lost[0].Runs != 2 || lost[0].Oldest.Attempt != 3 || lost[0].Oldest.PodName() != "p--1-0") {
			t.Errorf("%+v: lost %+v", c.sel, lost)
		}
	}
}

// TestPlansHoldTogether: whatever pods there are, the plan does not depend on their order, names each run once, numbers
// attempts upward, and a run keeps its key and its attempt when its pod goes on to the next.
func TestPlansHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlanner(t)
		pods := make([]*corev1.Pod, rapid.IntRange(0, 6).Draw(t, "pods"))
		for i := range pods {
			pods[i] = drawPod(t, i)
		}
		plan := p.Plan(pods)
		if again := p.Plan(rapid.Permutation(pods).Draw(t, "order")); fmt.Sprint(keysOf(again)) != fmt.Sprint(keysOf(plan)) {
			t.Fatalf("in another order:\n%v\nfirst:\n%v", keysOf(again), keysOf(plan))
		}
		seen := map[Key]Stream{}
		for _, s := range plan.Known {
			if before, twice := seen[s.Key]; twice {
				t.Fatalf("%+v is there twice: %+v", s.Key, before)
			}
			seen[s.Key] = s
			if s.Attempt < 1 || s.Run < 0 || s.Phase == "" {
				t.Fatalf("stream %+v", s)
			}
			if before, ok := seen[Key{s.Pod, s.Container, s.Run - 1}]; ok && before.Attempt >= s.Attempt {
				t.Fatalf("run %d is attempt %d, the one before it %d", s.Run, s.Attempt, before.Attempt)
			}
		}
		for _, s := range plan.Streams {
			if _, known := seen[s.Key]; !known {
				t.Fatalf("%+v is chosen and not known", s.Key)
			}
		}
		for _, pod := range pods {
			goOn(t, p, pod)
		}
	})
}

// goOn restarts the running container of a pod: its run must stay what it was.
func goOn(t *rapid.T, p Planner, pod *corev1.Pod) {
	if len(pod.Status.ContainerStatuses) == 0 || pod.Status.ContainerStatuses[0].State.Running == nil {
		return
	}
	before := p.Plan([]*corev1.Pod{pod}).Known
	later := pod.DeepCopy()
	c := &later.Status.ContainerStatuses[0]
	c.RestartCount++
	c.LastTerminationState, c.State = endedWith(1), runningNow()
	after := map[Key]int32{}
	for _, s := range p.Plan([]*corev1.Pod{later}).Known {
		after[s.Key] = s.Attempt
	}
	for _, s := range before {
		attempt, still := after[s.Key]
		if s.Container == c.Name && s.Phase == Running && (!still || attempt != s.Attempt) {
			t.Fatalf("run %+v was attempt %d; after a restart: %d, known %v", s.Key, s.Attempt, attempt, still)
		}
	}
}

func keysOf(p Plan) []string {
	var out []string
	for _, list := range [][]Stream{p.Streams, p.Known} {
		for _, s := range list {
			out = append(out, fmt.Sprintf("%v %d.%d %s", s.Key, s.Index, s.Attempt, s.Phase))
		}
	}
	for _, l := range p.Lost {
		out = append(out, fmt.Sprint(l.Oldest.Key, l.Runs))
	}
	return out
}

func drawPlanner(t *rapid.T) Planner {
	flag := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) == 0 }
	p := Planner{Select: Selection{
		Failed: flag("failed"), Succeeded: flag("succeeded"), All: flag("all"), Init: flag("init"), Sidecars: flag("sidecars"),
		Previous: flag("previous"), Attempt: rapid.Int32Range(-1, 2).Draw(t, "attempt"),
		Container: rapid.SampledFrom([]string{"", "", "c", "side", "nosuch"}).Draw(t, "container"),
	}}
	if flag("job") {
		p.Job = &batchv1.Job{}
	}
	return p
}

func drawPod(t *rapid.T, number int) *corev1.Pod {
	phase := rapid.SampledFrom([]corev1.PodPhase{
		corev1.PodPending, corev1.PodRunning, corev1.PodSucceeded, corev1.PodFailed, corev1.PodUnknown, "",
	}).Draw(t, "phase")
	pod := aPod(rapid.IntRange(-1, 2).Draw(t, "index"), number, phase)
	if rapid.Bool().Draw(t, "crew") {
		crew(pod)
	}
	hostile := rapid.SampledFrom([]string{"", "1", "-4", "99999999999999", "x", "2147483647"})
	if text := hostile.Draw(t, "failures"); text != "" {
		pod.Annotations[batchv1.JobIndexFailureCountAnnotation] = text
	}
	if text := hostile.Draw(t, "label"); text != "" && rapid.Bool().Draw(t, "odd") {
		pod.Annotations[batchv1.JobCompletionIndexAnnotation] = text
	}
	states := []corev1.ContainerState{
		{}, runningNow(), endedWith(0), endedWith(1), {Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}},
		{Terminated: &corev1.ContainerStateTerminated{Reason: "ContainerStatusUnknown", ExitCode: 137}},
	}
	for _, name := range []string{"init", "side", "c", "d", "stranger"} {
		if rapid.Bool().Draw(t, name) {
			status(name, rapid.Int32Range(0, 3).Draw(t, "restarts"),
				rapid.SampledFrom(states).Draw(t, "now"), rapid.SampledFrom(states).Draw(t, "last"))(pod)
		}
	}
	return pod
}
