package cluster

import (
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// trimmer takes away from objects what no view shows, before they are kept, and lets them share what they have in
// common: 10,000 pods of a Job have the same containers, labels and reasons. It is used by one goroutine.
type trimmer struct {
	metadata   bool // pods keep all their labels and annotations
	words      map[string]string
	containers map[string][]corev1.Container
	labels     map[string]map[string]string
}

func newTrimmer() *trimmer {
	return &trimmer{words: map[string]string{}, containers: map[string][]corev1.Container{}, labels: map[string]map[string]string{}}
}

// shared bounds how many different words are remembered.
const shared = 4096

func (t *trimmer) word(s string) string {
	if known, ok := t.words[s]; ok {
		return known
	}
	if len(t.words) < shared && len(s) <= 256 {
		s = strings.Clone(s)
		t.words[s] = s
	}
	return s
}

func (t *trimmer) trim(o runtime.Object) {
	switch o := o.(type) {
	case *batchv1.Job:
		forPeople(&o.ObjectMeta)
	case *corev1.Pod:
		t.pod(o)
	case *corev1.Event:
		t.event(o)
	case *batchv1.CronJob: // its managedFields say when its schedule was set
		delete(o.Annotations, corev1.LastAppliedConfigAnnotation)
	}
}

// forPeople keeps all but what only machines read.
func forPeople(m *metav1.ObjectMeta) {
	m.ManagedFields = nil
	delete(m.Annotations, corev1.LastAppliedConfigAnnotation)
}

func (t *trimmer) event(e *corev1.Event) {
	e.ManagedFields = nil
	e.Annotations, e.Labels = nil, nil
	e.Type, e.Reason = t.word(e.Type), t.word(e.Reason)
	e.Namespace, e.InvolvedObject.Namespace = t.word(e.Namespace), t.word(e.InvolvedObject.Namespace)
}

// keptAnnotations and keptLabels of a pod say something: which index and attempt it is, whose it is, which container its
// logs are read from.
var (
	keptAnnotations = []string{
		batchv1.JobCompletionIndexAnnotation, batchv1.JobIndexFailureCountAnnotation,
		batchv1.JobIndexIgnoredFailureCountAnnotation, jobstatus.DefaultContainer,
	}
	keptLabels = []string{batchv1.JobCompletionIndexAnnotation, batchv1.JobNameLabel, batchv1.ControllerUidLabel}
)

func (t *trimmer) kept(m map[string]string, keys []string) map[string]string {
	var out map[string]string
	for _, key := range keys {
		if value, ok := m[key]; ok {
			if out == nil {
				out = make(map[string]string, 1)
			}
			out[key] = t.word(value)
		}
	}
	return out
}

// sharedLabels gives pods with the same labels the same map: nobody writes to what a feed emitted.
func (t *trimmer) sharedLabels(m map[string]string) map[string]string {
	var id strings.Builder
	for _, key := range keptLabels {
		id.WriteString(m[key] + "\x00")
	}
	if known, ok := t.labels[id.String()]; ok {
		return known
	}
	kept := t.kept(m, keptLabels)
	if len(t.labels) < shared {
		t.labels[id.String()] = kept
	}
	return kept
}

func (t *trimmer) pod(p *corev1.Pod) {
	p.ManagedFields, p.GenerateName = nil, ""
	p.Namespace = t.word(p.Namespace)
	if !t.metadata {
		t.trimMetadata(p)
	}
	for i := range p.Finalizers {
		p.Finalizers[i] = t.word(p.Finalizers[i])
	}
	for i := range p.OwnerReferences {
		r := &p.OwnerReferences[i]
		r.APIVersion, r.Kind, r.Name = t.word(r.APIVersion), t.word(r.Kind), t.word(r.Name)
		r.UID = types.UID(t.word(string(r.UID)))
	}
	p.Spec = corev1.PodSpec{
		NodeName: t.word(p.Spec.NodeName), RestartPolicy: corev1.RestartPolicy(t.word(string(p.Spec.RestartPolicy))),
		Containers: t.names(p.Spec.Containers), InitContainers: t.names(p.Spec.InitContainers),
		EphemeralContainers: ephemeral(p.Spec.EphemeralContainers), SchedulingGates: p.Spec.SchedulingGates,
	}
	t.status(&p.Status)
}

func (t *trimmer) trimMetadata(p *corev1.Pod) {
	p.Annotations = t.kept(p.Annotations, keptAnnotations)
	if p.Annotations[batchv1.JobCompletionIndexAnnotation] != "" {
		delete(p.Labels, batchv1.JobCompletionIndexAnnotation) // the same again: without it all pods share their labels
	}
	p.Labels = t.sharedLabels(p.Labels)
}

// ephemeral keeps the names: a debugging container has a log too. Few pods have one.
func ephemeral(list []corev1.EphemeralContainer) []corev1.EphemeralContainer {
	var out []corev1.EphemeralContainer
	for _, c := range list {
		out = append(out, corev1.EphemeralContainer{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: c.Name}})
	}
	return out
}

// names keeps of containers their names, images and restart policies (a sidecar is an init container with one).
func (t *trimmer) names(list []corev1.Container) []corev1.Container {
	if len(list) == 0 {
		return nil
	}
	var key strings.Builder
	for _, c := range list {
		key.WriteString(c.Name + "\x00" + c.Image + "\x00")
		if c.RestartPolicy != nil {
			key.WriteString(string(*c.RestartPolicy))
		}
		key.WriteByte(0)
	}
	if known, ok := t.containers[key.String()]; ok {
		return known
	}
	out := make([]corev1.Container, len(list))
	for i, c := range list {
		out[i] = corev1.Container{Name: c.Name, Image: c.Image, RestartPolicy: c.RestartPolicy}
	}
	if len(t.containers) < shared {
		t.containers[key.String()] = out
	}
	return out
}

func (t *trimmer) status(s *corev1.PodStatus) {
	*s = corev1.PodStatus{
		Phase: corev1.PodPhase(t.word(string(s.Phase))), Reason: t.word(s.Reason), Message: t.word(s.Message),
		Conditions: t.conditions(s), StartTime: s.StartTime,
		InitContainerStatuses: t.statuses(s.InitContainerStatuses), ContainerStatuses: t.statuses(s.ContainerStatuses),
		EphemeralContainerStatuses: t.statuses(s.EphemeralContainerStatuses),
	}
}

// implied says whether a condition follows from what else is kept. Of a pod that waits none but PodReadyToStartContainers
// tells that its volumes are mounted.
func implied(c *corev1.PodCondition, phase corev1.PodPhase) bool {
	return c.Type == corev1.ContainersReady || (c.Type == corev1.PodReadyToStartContainers && phase != corev1.PodPending)
}

func (t *trimmer) conditions(s *corev1.PodStatus) []corev1.PodCondition {
	var out []corev1.PodCondition
	for i := range s.Conditions {
		c := &s.Conditions[i]
		if implied(c, s.Phase) {
			continue
		}
		if out == nil {
			out = make([]corev1.PodCondition, 0, len(s.Conditions))
		}
		out = append(out, corev1.PodCondition{
			Type: corev1.PodConditionType(t.word(string(c.Type))), Status: corev1.ConditionStatus(t.word(string(c.Status))),
			Reason: t.word(c.Reason), Message: t.word(c.Message), LastTransitionTime: c.LastTransitionTime,
		})
	}
	return slices.Clip(out)
}

func (t *trimmer) statuses(list []corev1.ContainerStatus) []corev1.ContainerStatus {
	var out []corev1.ContainerStatus
	for _, c := range list {
		t.state(&c.State)
		t.state(&c.LastTerminationState)
		out = append(out, corev1.ContainerStatus{
			Name: t.word(c.Name), State: c.State, LastTerminationState: c.LastTerminationState,
			Ready: c.Ready, RestartCount: c.RestartCount, ContainerID: c.ContainerID, Started: c.Started,
		})
	}
	return slices.Clip(out)
}

func (t *trimmer) state(s *corev1.ContainerState) {
	if w := s.Waiting; w != nil {
		w.Reason, w.Message = t.word(w.Reason), t.word(w.Message)
	}
	if d := s.Terminated; d != nil {
		d.Reason, d.Message = t.word(d.Reason), t.word(d.Message)
	}
}
