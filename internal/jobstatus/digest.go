package jobstatus

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// namesInDigest is how many pods a group of failures names.
const namesInDigest = 5

// digestKey is what failures that are alike have in common. The message has its digits masked: an address, a time or a
// line number does not make another failure.
type digestKey struct {
	container    string
	code, signal int32
	reason, mask string
}

func newDigestKey(e *Exit) *digestKey {
	if e == nil {
		return nil
	}
	return &digestKey{e.Container, e.Code, e.Signal, e.Reason, maskDigits(e.Message)}
}

// maskDigits puts one # in the place of each run of digits.
func maskDigits(s string) string {
	if !strings.ContainsAny(s, "0123456789") {
		return s
	}
	var b strings.Builder
	inNumber := false
	for _, r := range s {
		digit := r >= '0' && r <= '9'
		switch {
		case !digit:
			b.WriteRune(r)
		case !inNumber:
			b.WriteByte('#')
		}
		inNumber = digit
	}
	return b.String()
}

// group is one entry of the digest while it is collected.
type group struct {
	Failure
	rows []*row
}

// failures groups the pods that failed, and those whose containers fail again and again, by how they failed.
func (v *view) failures() []Failure {
	groups := map[digestKey]*group{}
	add := func(r *row, key digestKey) {
		g := groups[key]
		if g == nil {
			g = &group{Failure: Failure{Container: key.container, Code: key.code, Signal: key.signal, Reason: key.reason}}
			groups[key] = g
		}
		g.rows = append(g.rows, r)
		g.Restarts += r.restarts
	}
	for _, r := range v.failed {
		if r.digest == nil {
			add(r, digestKey{reason: cmp.Or(r.shown.Reason, "Deleted")})
			continue
		}
		add(r, *r.digest)
	}
	if v.restarts > 0 || v.crashing != nil {
		for _, r := range v.rows {
			// A container that waits for its first restart has none yet.
			again := r.restarts > 0 || r.shown.Status == "CrashLoopBackOff"
			if r.active() && again && r.digest != nil {
				add(r, *r.digest)
			}
		}
	}
	for _, g := range groups {
		g.Memory = v.memoryLimit(g.Container)
	}
	return sorted(groups)
}

// memoryLimit is how much memory a container may use; empty: no limit is set.
func (v *view) memoryLimit(name string) string {
	spec := &v.job.Spec.Template.Spec
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			if q, ok := list[i].Resources.Limits[corev1.ResourceMemory]; ok && list[i].Name == name {
				return q.String()
			}
		}
	}
	return ""
}

func sorted(groups map[digestKey]*group) []Failure {
	out := make([]*group, 0, len(groups))
	for _, g := range groups {
		g.finish()
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Container, b.Container), cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Pods[0], b.Pods[0]))
	})
	list := make([]Failure, 0, len(out))
	for _, g := range out {
		list = append(list, g.Failure)
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// finish counts the group's pods and takes names and message from the newest.
func (g *group) finish() {
	slices.SortFunc(g.rows, func(a, b *row) int {
		return cmp.Or(b.lastFailureAt().Compare(a.lastFailureAt()), cmp.Compare(a.shown.Name, b.shown.Name))
	})
	g.Count = len(g.rows)
	if e := g.rows[0].shown.Exit; e != nil {
		g.Message = e.Message
	} else {
		g.Message = g.rows[0].shown.Message
	}
	for _, r := range g.rows[:min(namesInDigest, len(g.rows))] {
		g.Pods = append(g.Pods, r.shown.Name)
	}
}

// Words says how the pods of a group failed, without how many: "exit 1 in main: no route", "OOMKilled, exit 137 in main,
// 3 restarts". It may hold untrusted text.
func (f Failure) Words() string { return joined(f.Ending(), f.Message) }

// Ending is Words without the message.
func (f Failure) Ending() string {
	text := f.Reason
	switch {
	case f.Container != "" && f.Reason != "" && f.Reason != "Error":
		text = fmt.Sprintf("%s, exit %d in %s", f.Reason, f.Code, f.Container)
	case f.Container != "":
		text = fmt.Sprintf("exit %d in %s", f.Code, f.Container)
	}
	switch {
	case f.Restarts == 1:
		text += ", one restart"
	case f.Restarts > 1:
		text += fmt.Sprintf(", %d restarts", f.Restarts)
	}
	return text
}

func joined(what, why string) string {
	switch {
	case why == "":
		return what
	case what == "":
		return why
	default:
		return what + ": " + why
	}
}
