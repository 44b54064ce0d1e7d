package render

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// What the comparison with kubectl on a cluster cannot show: fields behind a gate, and roundings.
func TestPodTemplateParts(t *testing.T) {
	group := "gang"
	p := &page{}
	p.podTemplate(0, &corev1.PodTemplateSpec{Spec: corev1.PodSpec{SchedulingGroup: &corev1.PodSchedulingGroup{PodGroupName: &group}}})
	if got := strings.Join(p.lines, "\n"); !strings.Contains(got, "  SchedulingGroup:\n    PodGroupName:  gang") {
		t.Errorf("no scheduling group in\n%s", got)
	}
	c := &corev1.Container{Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{
		"cpu": resource.MustParse("570m"), "memory": resource.MustParse("65M"),
	}}}
	for _, want := range []struct{ name, divisor, text string }{
		{"limits.cpu", "", "1"}, {"limits.cpu", "1m", "570"}, {"limits.cpu", "100m", "6"}, {"limits.memory", "1Mi", "62"},
		{"limits.memory", "", "65000000"}, {"limits.ephemeral-storage", "1Mi", "0"}, {"requests.cpu", "1m", "0"},
	} {
		ref := &corev1.ResourceFieldSelector{Resource: want.name}
		if want.divisor != "" {
			ref.Divisor = resource.MustParse(want.divisor)
		}
		if got := resourceWords(ref, c); got != want.text {
			t.Errorf("%s in %q: %s, want %s", want.name, want.divisor, got, want.text)
		}
	}
}
