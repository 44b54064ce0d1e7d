package render

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

func (p *page) volumes(level int, list []corev1.Volume) {
	if len(list) == 0 {
		p.put(level, "Volumes", noneWord)
		return
	}
	p.title(level, "Volumes")
	for i := range list {
		p.title(level+1, p.st.Text(list[i].Name))
		p.volume(level+2, &list[i].VolumeSource)
		p.flush()
	}
}

// volume shows the sources that Jobs mostly have by their names, and every other one by the fields that it has.
func (p *page) volume(level int, v *corev1.VolumeSource) {
	switch {
	case v.EmptyDir != nil:
		size := unset
		if s := v.EmptyDir.SizeLimit; s != nil && !s.IsZero() {
			size = s.String()
		}
		p.put(level, "Type", "EmptyDir")
		p.text(level, "Medium", string(v.EmptyDir.Medium))
		p.put(level, "SizeLimit", size)
	case v.Secret != nil:
		p.put(level, "Type", "Secret")
		p.text(level, "SecretName", v.Secret.SecretName)
		p.put(level, "Optional", strconv.FormatBool(isTrue(v.Secret.Optional)))
	case v.ConfigMap != nil:
		p.put(level, "Type", "ConfigMap")
		p.text(level, "Name", v.ConfigMap.Name)
		p.put(level, "Optional", strconv.FormatBool(isTrue(v.ConfigMap.Optional)))
	case v.PersistentVolumeClaim != nil:
		p.put(level, "Type", "PersistentVolumeClaim")
		p.text(level, "ClaimName", v.PersistentVolumeClaim.ClaimName)
		p.put(level, "ReadOnly", strconv.FormatBool(v.PersistentVolumeClaim.ReadOnly))
	case v.HostPath != nil:
		kind := noneWord
		if v.HostPath.Type != nil {
			kind = string(*v.HostPath.Type)
		}
		p.put(level, "Type", "HostPath")
		p.text(level, "Path", v.HostPath.Path)
		p.put(level, "HostPathType", p.st.Text(kind))
	default:
		p.otherVolume(level, v)
	}
}

func (p *page) otherVolume(level int, v *corev1.VolumeSource) {
	text, err := json.Marshal(v)
	var sources map[string]any
	if err != nil || json.Unmarshal(text, &sources) != nil || len(sources) == 0 {
		p.put(level, "Type", "<unknown>")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		p.put(level, "Type", p.st.Text(strings.ToUpper(name[:1])+name[1:]))
		fields, _ := sources[name].(map[string]any)
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			value, ok := fields[field].(string)
			if !ok {
				raw, _ := json.Marshal(fields[field]) // it came from JSON
				value = string(raw)
			}
			p.text(level, strings.ToUpper(field[:1])+field[1:], value)
		}
	}
}
