package render

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func (p *page) envFrom(level int, list []corev1.EnvFromSource) {
	if len(list) == 0 {
		return
	}
	p.title(level, "Environment Variables from")
	t := Table{Indent: strings.Repeat(" ", (level+1)*levelWidth)}
	for _, e := range list {
		name, kind, optional := "", "", false
		switch {
		case e.ConfigMapRef != nil:
			name, kind, optional = e.ConfigMapRef.Name, "ConfigMap", isTrue(e.ConfigMapRef.Optional)
		case e.SecretRef != nil:
			name, kind, optional = e.SecretRef.Name, "Secret", isTrue(e.SecretRef.Optional)
		}
		if e.Prefix != "" {
			kind += " with prefix '" + e.Prefix + "'"
		}
		t.Rows = append(t.Rows, []string{p.st.Text(name), p.st.Text(kind), fmt.Sprintf("Optional: %t", optional)})
	}
	p.table(t)
}

func (p *page) env(level int, c *corev1.Container) {
	if len(c.Env) == 0 {
		p.put(level, "Environment", noneWord)
		return
	}
	p.title(level, "Environment")
	for _, e := range c.Env {
		p.text(level+1, e.Name, envWords(e, c))
	}
	p.flush()
}

// envWords is a variable's value, or where it comes from; Secrets are never resolved.
func envWords(e corev1.EnvVar, c *corev1.Container) string {
	from := e.ValueFrom
	switch {
	case from == nil:
		return e.Value
	case from.FieldRef != nil:
		return fmt.Sprintf(" (%s:%s)", from.FieldRef.APIVersion, from.FieldRef.FieldPath)
	case from.ResourceFieldRef != nil:
		return fmt.Sprintf("%s (%s)", resourceWords(from.ResourceFieldRef, c), from.ResourceFieldRef.Resource)
	case from.SecretKeyRef != nil:
		return fmt.Sprintf("<set to the key '%s' in secret '%s'>   Optional: %t", from.SecretKeyRef.Key, from.SecretKeyRef.Name,
			isTrue(from.SecretKeyRef.Optional))
	case from.ConfigMapKeyRef != nil:
		return fmt.Sprintf("<set to the key '%s' of config map '%s'>   Optional: %t", from.ConfigMapKeyRef.Key,
			from.ConfigMapKeyRef.Name, isTrue(from.ConfigMapKeyRef.Optional))
	case from.FileKeyRef != nil:
		return fmt.Sprintf("<set to the key '%s' of file '%s' in volume '%s'>", from.FileKeyRef.Key, from.FileKeyRef.Path,
			from.FileKeyRef.VolumeName)
	}
	return "<unknown>"
}

// resourceWords is the quantity that limits.cpu and the like refer to, in multiples of the divisor, rounded up as the
// kubelet does.
func resourceWords(ref *corev1.ResourceFieldSelector, c *corev1.Container) string {
	list, key, _ := strings.Cut(ref.Resource, ".")
	from := c.Resources.Requests
	if list == "limits" {
		from = c.Resources.Limits
	}
	q, ok := from[corev1.ResourceName(key)]
	switch {
	case ok:
		unit := ref.Divisor
		if unit.Sign() <= 0 {
			unit = *resource.NewQuantity(1, resource.DecimalSI)
		}
		n, of := q.Value(), unit.Value()
		if key == string(corev1.ResourceCPU) {
			n, of = q.MilliValue(), unit.MilliValue()
		}
		return strconv.FormatInt((n+of-1)/of, 10)
	case list == "limits" && (key == "cpu" || key == "memory"):
		return "node allocatable"
	}
	return "0"
}
