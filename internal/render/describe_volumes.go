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

// volume shows the sources that Jobs mostly have as kubectl does, and every other one by the fields that it has.
func (p *page) volume(level int, v *corev1.VolumeSource) {
	switch {
	case v.EmptyDir != nil:
		size := unset
		if s := v.EmptyDir.SizeLimit; s != nil && !s.IsZero() {
			size = s.String()
		}
		p.source(level, "EmptyDir (a temporary directory that shares a pod's lifetime)",
			"Medium", string(v.EmptyDir.Medium), "SizeLimit", size)
	case v.Secret != nil:
		p.source(level, "Secret (a volume populated by a Secret)",
			"SecretName", v.Secret.SecretName, "Optional", truth(v.Secret.Optional))
	case v.ConfigMap != nil:
		p.source(level, "ConfigMap (a volume populated by a ConfigMap)",
			"Name", v.ConfigMap.Name, "Optional", truth(v.ConfigMap.Optional))
	case v.PersistentVolumeClaim != nil:
		p.source(level, "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
			"ClaimName", v.PersistentVolumeClaim.ClaimName, "ReadOnly", truth(&v.PersistentVolumeClaim.ReadOnly))
	case v.HostPath != nil:
		kind := noneWord
		if v.HostPath.Type != nil {
			kind = string(*v.HostPath.Type)
		}
		p.source(level, "HostPath (bare host directory volume)", "Path", v.HostPath.Path, "HostPathType", kind)
	case v.Projected != nil:
		p.projected(level, v.Projected.Sources)
	default:
		p.rarerVolume(level, v)
	}
}

// rarerVolume goes on with the sources that fewer Jobs have.
func (p *page) rarerVolume(level int, v *corev1.VolumeSource) {
	switch {
	case v.NFS != nil:
		p.source(level, "NFS (an NFS mount that lasts the lifetime of a pod)",
			"Server", v.NFS.Server, "Path", v.NFS.Path, "ReadOnly", truth(&v.NFS.ReadOnly))
	case v.DownwardAPI != nil:
		p.source(level, "DownwardAPI (a volume populated by information about the pod)")
		p.title(level, "Items")
		for _, item := range v.DownwardAPI.Items {
			from := ""
			switch {
			case item.FieldRef != nil:
				from = item.FieldRef.FieldPath
			case item.ResourceFieldRef != nil:
				from = item.ResourceFieldRef.Resource
			}
			p.raw(strings.Repeat(" ", (level+1)*levelWidth) + p.st.Text(from+" -> "+item.Path))
		}
	case v.CSI != nil:
		p.source(level, "CSI (a Container Storage Interface (CSI) volume source)",
			"Driver", v.CSI.Driver, "FSType", text(v.CSI.FSType), "ReadOnly", truth(v.CSI.ReadOnly))
		p.labels(level, "VolumeAttributes", v.CSI.VolumeAttributes, "=")
	case v.Image != nil:
		p.source(level, "Image (a container image or OCI artifact)",
			"Reference", v.Image.Reference, "PullPolicy", string(v.Image.PullPolicy))
	default:
		p.otherVolume(level, v)
	}
}

// source is what a volume is, in kubectl's words, and its fields as label and value in turn.
func (p *page) source(level int, kind string, fields ...string) {
	p.put(level, "Type", kind)
	for i := 0; i+1 < len(fields); i += 2 {
		p.text(level, fields[i], fields[i+1])
	}
}

func (p *page) projected(level int, sources []corev1.VolumeProjection) {
	p.source(level, "Projected (a volume that contains injected data from multiple sources)")
	for _, s := range sources {
		switch {
		case s.Secret != nil:
			p.text(level, "SecretName", s.Secret.Name)
			p.put(level, "Optional", truth(s.Secret.Optional))
		case s.ConfigMap != nil:
			p.text(level, "ConfigMapName", s.ConfigMap.Name)
			p.put(level, "Optional", truth(s.ConfigMap.Optional))
		case s.DownwardAPI != nil:
			p.put(level, "DownwardAPI", "true")
		case s.ServiceAccountToken != nil && s.ServiceAccountToken.ExpirationSeconds != nil:
			p.put(level, "TokenExpirationSeconds", strconv.FormatInt(*s.ServiceAccountToken.ExpirationSeconds, 10))
		}
	}
}

func truth(b *bool) string { return strconv.FormatBool(isTrue(b)) }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
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
