package cluster

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What is kept of a pod: labels and annotations only if they are wanted, containers for debugging always.
func TestWhatIsKeptOfAPod(t *testing.T) {
	for _, metadata := range []bool{false, true} {
		p := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"team": "red"}, Annotations: map[string]string{"note": "x"}},
			Spec: corev1.PodSpec{EphemeralContainers: []corev1.EphemeralContainer{
				{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug", Image: "busybox"}, TargetContainerName: "c"},
			}},
			Status: corev1.PodStatus{EphemeralContainerStatuses: []corev1.ContainerStatus{{Name: "debug", RestartCount: 1, ImageID: "i"}}},
		}
		trim := newTrimmer()
		trim.metadata = metadata
		trim.trim(p)
		if kept := p.Labels["team"] == "red" && p.Annotations["note"] == "x"; kept != metadata {
			t.Errorf("metadata %v: labels %v, annotations %v", metadata, p.Labels, p.Annotations)
		}
		if c := p.Spec.EphemeralContainers; len(c) != 1 || c[0].Name != "debug" || c[0].Image != "" {
			t.Errorf("ephemeral containers %+v", c)
		}
		if s := p.Status.EphemeralContainerStatuses; len(s) != 1 || s[0].Name != "debug" || s[0].RestartCount != 1 || s[0].ImageID != "" {
			t.Errorf("their states %+v", s)
		}
	}
}

// Of a pod that waits it is kept since when its volumes are mounted, of one that runs it follows.
func TestWhichConditionsOfAPodAreKept(t *testing.T) {
	for phase, want := range map[corev1.PodPhase]int{corev1.PodPending: 2, corev1.PodRunning: 1} {
		p := &corev1.Pod{Status: corev1.PodStatus{Phase: phase, Conditions: []corev1.PodCondition{
			{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Unix(1, 0)},
			{Type: corev1.ContainersReady}, {Type: corev1.PodReady},
		}}}
		newTrimmer().trim(p)
		kept := p.Status.Conditions
		if len(kept) != want || kept[want-1].Type != corev1.PodReady || (want == 2 && kept[0].LastTransitionTime.Unix() != 1) {
			t.Errorf("%s: %+v", phase, kept)
		}
	}
}
