package render

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// unset stands for a field that says nothing, as kubectl has it.
const (
	unset    = "<unset>"
	noneWord = "<none>"
)

// labels adds a map, a pair a line, in the order of the keys.
func (p *page) labels(level int, label string, m map[string]string, separator string) {
	if len(m) == 0 {
		p.put(level, label, noneWord)
		return
	}
	for i, key := range slices.Sorted(maps.Keys(m)) {
		value := p.st.Text(key) + separator + p.safe(m[key])
		if i == 0 {
			p.put(level, label, value)
			continue
		}
		p.block = append(p.block, pair{level, "", value, Plain})
	}
}

// longAnnotation is from where the value of an annotation is cut; the rest is a tool's, not a reader's.
const longAnnotation = 1000

// annotations adds the annotations but for the copy of the whole object that kubectl apply keeps there.
func (p *page) annotations(level int, label string, m map[string]string) {
	kept := make(map[string]string, len(m))
	for key, value := range m {
		if key == corev1.LastAppliedConfigAnnotation {
			continue
		}
		if len(value) > longAnnotation {
			value = fmt.Sprintf("%s%s (%d bytes)", strings.ToValidUTF8(value[:longAnnotation], "\uFFFD"), p.st.ellipsis(), len(value))
		}
		kept[key] = strings.TrimSuffix(value, "\n")
	}
	p.labels(level, label, kept, ": ")
}

// podTemplate adds the pod template with the labels that kubectl gives its parts.
func (p *page) podTemplate(level int, t *corev1.PodTemplateSpec) {
	p.title(level, "Pod Template")
	level++
	p.labels(level, "Labels", t.Labels, "=")
	if len(t.Annotations) > 0 {
		p.annotations(level, "Annotations", t.Annotations)
	}
	spec := &t.Spec
	if spec.ServiceAccountName != "" {
		p.text(level, "Service Account", spec.ServiceAccountName)
	}
	p.put(level, "Restart Policy", p.st.Text(string(spec.RestartPolicy)))
	if spec.TerminationGracePeriodSeconds != nil {
		p.put(level, "Termination Grace Period", fmt.Sprintf("%ds", *spec.TerminationGracePeriodSeconds))
	}
	if len(spec.InitContainers) > 0 {
		p.containers(level, "Init Containers", spec.InitContainers)
	}
	p.containers(level, "Containers", spec.Containers)
	p.volumes(level, spec.Volumes)
	p.placement(level, spec)
}

// placement adds what decides where the pods go.
func (p *page) placement(level int, spec *corev1.PodSpec) {
	p.spread(level, spec.TopologySpreadConstraints)
	if spec.PriorityClassName != "" {
		p.text(level, "Priority Class Name", spec.PriorityClassName)
	}
	if spec.SchedulerName != "" && spec.SchedulerName != corev1.DefaultSchedulerName {
		p.text(level, "Scheduler", spec.SchedulerName)
	}
	p.labels(level, "Node-Selectors", spec.NodeSelector, "=")
	p.tolerations(level, spec.Tolerations)
	if g := spec.SchedulingGroup; g != nil {
		p.title(level, "SchedulingGroup")
		p.text(level+1, "PodGroupName", text(g.PodGroupName))
	}
	p.flush()
}

// spread adds the topology spread constraints, one a line.
func (p *page) spread(level int, list []corev1.TopologySpreadConstraint) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b corev1.TopologySpreadConstraint) int { return cmp.Compare(a.TopologyKey, b.TopologyKey) })
	for i, c := range list {
		label := "Topology Spread Constraints:"
		if i > 0 {
			label = ""
		}
		words := fmt.Sprintf("%s:%s when max skew %d is exceeded", c.TopologyKey, c.WhenUnsatisfiable, c.MaxSkew)
		if c.LabelSelector != nil {
			words += " for selector " + metav1.FormatLabelSelector(c.LabelSelector)
		}
		p.block = append(p.block, pair{level, label, p.st.Text(words), Plain})
	}
}

func (p *page) tolerations(level int, list []corev1.Toleration) {
	if len(list) == 0 {
		p.put(level, "Tolerations", noneWord)
		return
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b corev1.Toleration) int { return cmp.Compare(a.Key, b.Key) })
	for i, t := range list {
		label := "Tolerations:"
		if i > 0 {
			label = ""
		}
		p.block = append(p.block, pair{level, label, p.st.Text(toleration(t)), Plain})
	}
}

func toleration(t corev1.Toleration) string {
	s := t.Key
	if t.Value != "" {
		s += "=" + t.Value
	}
	if t.Effect != "" {
		s += ":" + string(t.Effect)
	}
	if t.Operator == corev1.TolerationOpExists && t.Value == "" {
		s = strings.TrimLeft(s+" op=Exists", " ")
	}
	if t.TolerationSeconds != nil {
		s += fmt.Sprintf(" for %ds", *t.TolerationSeconds)
	}
	return s
}

func (p *page) containers(level int, label string, list []corev1.Container) {
	p.title(level, label)
	for i := range list {
		p.container(level+1, &list[i])
	}
}

func (p *page) container(level int, c *corev1.Container) {
	p.title(level, p.st.Text(c.Name))
	level++
	p.text(level, "Image", c.Image)
	p.ports(level, c.Ports)
	if s := c.SecurityContext; s != nil && s.SeccompProfile != nil {
		p.put(level, "SeccompProfile", p.st.Text(string(s.SeccompProfile.Type)))
		if s.SeccompProfile.LocalhostProfile != nil {
			p.text(level+1, "LocalhostProfile", *s.SeccompProfile.LocalhostProfile)
		}
	}
	if c.RestartPolicy != nil {
		p.put(level, "Restart Policy", p.st.Text(string(*c.RestartPolicy))+" (a sidecar: it does not keep the pod from ending)")
	}
	p.words(level, "Command", c.Command)
	p.words(level, "Args", c.Args)
	p.quantities(level, "Limits", c.Resources.Limits)
	p.quantities(level, "Requests", c.Resources.Requests)
	p.probe(level, "Liveness", c.LivenessProbe)
	p.probe(level, "Readiness", c.ReadinessProbe)
	p.probe(level, "Startup", c.StartupProbe)
	p.envFrom(level, c.EnvFrom)
	p.env(level, c)
	p.mounts(level, c)
	p.flush()
}

func (p *page) ports(level int, list []corev1.ContainerPort) {
	ports, hosts := make([]string, len(list)), make([]string, len(list))
	for i, port := range list {
		name := ""
		if port.Name != "" {
			name = " (" + port.Name + ")"
		}
		ports[i] = fmt.Sprintf("%d/%s%s", port.ContainerPort, port.Protocol, name)
		hosts[i] = fmt.Sprintf("%d/%s%s", port.HostPort, port.Protocol, name)
	}
	switch len(list) {
	case 0:
		p.put(level, "Port", noneWord)
		p.put(level, "Host Port", noneWord)
	case 1:
		p.put(level, "Port", p.st.Text(ports[0]))
		p.put(level, "Host Port", p.st.Text(hosts[0]))
	default:
		p.put(level, "Ports", p.st.Text(strings.Join(ports, ", ")))
		p.put(level, "Host Ports", p.st.Text(strings.Join(hosts, ", ")))
	}
}

// words adds a command, a word a line. A word of several lines goes on behind a bar.
func (p *page) words(level int, label string, list []string) {
	if len(list) == 0 {
		return
	}
	p.title(level, label)
	indent := strings.Repeat(" ", (level+1)*levelWidth)
	for _, word := range list {
		for i, line := range strings.Split(p.safe(word), "\n") {
			if i > 0 {
				line = "| " + line
			}
			p.raw(indent + line)
		}
	}
}

func (p *page) quantities(level int, label string, list corev1.ResourceList) {
	if len(list) == 0 {
		return
	}
	p.title(level, label)
	for _, name := range slices.Sorted(maps.Keys(list)) {
		q := list[name]
		p.text(level+1, string(name), q.String())
	}
	p.flush()
}

func (p *page) probe(level int, label string, probe *corev1.Probe) {
	if probe != nil {
		p.text(level, label, probeWords(probe))
	}
}

func probeWords(probe *corev1.Probe) string {
	times := fmt.Sprintf("delay=%ds timeout=%ds period=%ds successThreshold=%d failureThreshold=%d", probe.InitialDelaySeconds,
		probe.TimeoutSeconds, probe.PeriodSeconds, probe.SuccessThreshold, probe.FailureThreshold)
	switch {
	case probe.Exec != nil:
		return fmt.Sprintf("exec %v %s", probe.Exec.Command, times)
	case probe.HTTPGet != nil:
		u := url.URL{
			Scheme: strings.ToLower(string(probe.HTTPGet.Scheme)), Path: probe.HTTPGet.Path,
			Host: net.JoinHostPort(probe.HTTPGet.Host, probe.HTTPGet.Port.String()),
		}
		return "http-get " + u.String() + " " + times
	case probe.TCPSocket != nil:
		return fmt.Sprintf("tcp-socket %s:%s %s", probe.TCPSocket.Host, probe.TCPSocket.Port.String(), times)
	case probe.GRPC != nil:
		service := ""
		if probe.GRPC.Service != nil {
			service = *probe.GRPC.Service
		}
		return fmt.Sprintf("grpc <pod>:%d %s %s", probe.GRPC.Port, service, times)
	}
	return "unknown " + times
}

func (p *page) mounts(level int, c *corev1.Container) {
	if len(c.VolumeMounts) == 0 {
		p.put(level, "Mounts", noneWord)
	} else {
		p.title(level, "Mounts")
		indent := strings.Repeat(" ", (level+1)*levelWidth)
		mounts := slices.Clone(c.VolumeMounts)
		slices.SortStableFunc(mounts, func(a, b corev1.VolumeMount) int { return cmp.Compare(a.MountPath, b.MountPath) })
		for _, m := range mounts {
			mode := "rw"
			if m.ReadOnly {
				mode = "ro"
			}
			if m.SubPath != "" {
				mode += fmt.Sprintf(",path=%q", m.SubPath)
			}
			p.raw(indent + p.st.Text(fmt.Sprintf("%s from %s (%s)", m.MountPath, m.Name, mode)))
		}
	}
	if len(c.VolumeDevices) == 0 {
		return
	}
	p.title(level, "Devices")
	for _, d := range c.VolumeDevices {
		p.raw(strings.Repeat(" ", (level+1)*levelWidth) + p.st.Text(d.DevicePath+" from "+d.Name))
	}
}

func isTrue(b *bool) bool { return b != nil && *b }
