package scale

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func pod(name string, change ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(now)},
		Spec:       corev1.PodSpec{NodeName: "n"},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}
	for _, c := range change {
		c(p)
	}
	return p
}

func ready(since time.Duration) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(now.Add(-since)),
		}}
	}
}

func phase(w corev1.PodPhase) func(*corev1.Pod) { return func(p *corev1.Pod) { p.Status.Phase = w } }

func restarted(n int32) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Status.ContainerStatuses = []corev1.ContainerStatus{{RestartCount: n}} }
}

func index(i string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Annotations = map[string]string{batchv1.JobCompletionIndexAnnotation: i} }
}

// TestVictimsInTheControllersOrder: each pod goes before the next, whatever the order they come in.
func TestVictimsInTheControllersOrder(t *testing.T) {
	order := []*corev1.Pod{
		pod("unassigned", func(p *corev1.Pod) { p.Spec.NodeName = "" }, phase(corev1.PodPending)),
		pod("pending", phase(corev1.PodPending)),
		pod("unknown", phase(corev1.PodUnknown)),
		pod("not-ready-restarted-more", restarted(5)),
		pod("not-ready-restarted", restarted(2)),
		pod("not-ready-newer", func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(now.Add(time.Second)) }),
		pod("not-ready"),
		pod("ready-a-moment", ready(time.Second)),
		pod("ready-restarted", ready(time.Hour), restarted(1)),
		pod("ready-long", ready(time.Hour)),
	}
	rest := []*corev1.Pod{
		pod("succeeded", phase(corev1.PodSucceeded)), pod("failed", phase(corev1.PodFailed)),
		pod("going", func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: now} }),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		pods := append(slices.Clone(order), rest...)
		random.Shuffle(len(pods), func(i, j int) { pods[i], pods[j] = pods[j], pods[i] })
		for n := range len(order) + 1 {
			got := victims(job().Job, nil, pods, n)
			if !slices.Equal(got.sure, order[:n]) || got.more != 0 {
				t.Fatalf("%d victims: %v, want %v", n, names(got.sure), names(order[:n]))
			}
		}
	}
}

// TestVictimsOfAnIndexedJob: surplus pods of an index and those beyond the end go whatever is asked for.
func TestVictimsOfAnIndexedJob(t *testing.T) {
	pods := []*corev1.Pod{
		pod("two-a", index("2"), ready(time.Hour)), pod("two-b", index("2")), pod("nine", index("9"), ready(time.Hour)),
		pod("none", ready(time.Hour)), pod("one", index("1"), ready(time.Hour)), pod("zero", index("0")),
	}
	j := job(indexedJob("")).Job
	for n, want := range map[int][]string{
		0: {"none", "two-b", "nine"},
		4: {"none", "two-b", "nine", "zero"},
	} {
		if got := names(victims(j, ptr(int32(5)), pods, n).sure); !slices.Equal(got, want) {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
}

// TestVictimsThatAreAlike: of pods that are equal in all the controller looks at none is said to go for sure, unless all do.
func TestVictimsThatAreAlike(t *testing.T) {
	pods := []*corev1.Pod{
		pod("a", ready(time.Hour)), pod("b", ready(time.Hour)), pod("c", ready(time.Hour)),
		pod("old", ready(2*time.Hour)), pod("pending", phase(corev1.PodPending)),
	}
	for n, want := range [][]string{
		nil,
		{"these will go: pending"},
		{"these will go: pending", "1 of these 3, which the controller chooses between, will go: a, b, c"},
		{"these will go: pending", "2 of these 3, which the controller chooses between, will go: a, b, c"},
		{"these will go: pending, a, b, c"},
		{"these will go: pending, a, b, c, old"},
		{"these will go: pending, a, b, c, old"},
	} {
		if got := victims(job().Job, nil, pods, n).sentences(); !slices.Equal(got, want) {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := victims(job().Job, nil, pods[:3], 2).sentences(); !slices.Equal(got, []string{"2 of these 3, which the controller chooses between, will go: a, b, c"}) {
		t.Errorf("all alike: %q", got)
	}
}

func names(pods []*corev1.Pod) []string {
	var out []string
	for _, p := range pods {
		out = append(out, p.Name)
	}
	return out
}
