package logstream

import (
	"bytes"
	"strings"
	"text/template"
	"time"
)

// Entry is what a template sees of a line.
type Entry struct {
	Time                      time.Time
	Namespace, Job, Pod, Node string
	Container                 string
	Index                     int32 // -1: none
	Attempt                   int32
	Labels, Annotations       map[string]string
	Text                      string
}

// Template writes each line with a template. A line break is added where the template gives none; where it gives nothing
// there is no line.
type Template struct {
	Template *template.Template
	Filter   *Filter
	// Paint makes the text fit for the terminal; nil: as it is.
	Paint func(dst, text []byte) []byte

	safe   func(string) string
	entry  Entry
	out    bytes.Buffer
	hidden bool
}

// NewTemplate returns a formatter for one stream. The template is shared. safe is done to what the cluster says beside the
// text: names, labels and annotations are written by others.
func NewTemplate(t *template.Template, s Stream, safe func(string) string) *Template {
	l := LabelsOf(s)
	return &Template{Template: t, safe: safe, entry: Entry{
		Namespace: safe(l.Namespace), Job: safe(l.Job), Pod: safe(l.Pod), Node: safe(s.Object.Spec.NodeName), Container: safe(l.Container),
		Index: s.Index, Attempt: s.Attempt, Labels: safely(s.Object.Labels, safe), Annotations: safely(s.Object.Annotations, safe),
	}}
}

// safely is a map that is safe. A key that a server has checked is so already, and can be named in a template.
func safely(m map[string]string, safe func(string) string) map[string]string {
	out := make(map[string]string, len(m))
	for key, value := range m {
		out[safe(key)] = safe(value)
	}
	return out
}

// Check runs a template once, so that a field that does not exist is refused before anything is read. What it sees is as
// long as names and lines may be: that a real one is too short for it is told in that line's place.
func Check(t *template.Template) error {
	name, text := strings.Repeat("x", 253), strings.Repeat("x", 4096)
	return t.Execute(&bytes.Buffer{}, Entry{
		Time: time.Unix(0, 0).UTC(), Namespace: name, Job: name, Pod: name, Node: name, Container: name, Attempt: 1, Text: text,
	})
}

// Append implements Formatter.
func (t *Template) Append(dst []byte, l Line) []byte {
	if l.Start {
		t.hidden = t.Filter != nil && !t.Filter.Wants(l.Text)
	}
	if t.hidden || (len(l.Text) == 0 && !l.Start) {
		return dst
	}
	text := l.Text
	if t.Paint != nil {
		text = t.Paint(nil, text)
	}
	t.entry.Time, t.entry.Text = l.Time().UTC(), string(text)
	t.out.Reset()
	if err := t.Template.Execute(&t.out, t.entry); err != nil {
		t.out.WriteString(t.safe(err.Error()))
	}
	if t.out.Len() == 0 {
		return dst // a template may leave lines out
	}
	dst = append(dst, t.out.Bytes()...)
	if dst[len(dst)-1] != '\n' {
		dst = append(dst, '\n')
	}
	return dst
}
