package logstream

import (
	"bytes"
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

// Template writes each line with a template. A line break is added where the template gives none.
type Template struct {
	Template *template.Template
	Filter   *Filter
	// Paint makes the text fit for the terminal; nil: as it is.
	Paint func(dst, text []byte) []byte

	entry  Entry
	out    bytes.Buffer
	hidden bool
}

// NewTemplate returns a formatter for one stream. The template is shared.
func NewTemplate(t *template.Template, s Stream) *Template {
	l := LabelsOf(s)
	return &Template{Template: t, entry: Entry{
		Namespace: l.Namespace, Job: l.Job, Pod: l.Pod, Node: s.Object.Spec.NodeName, Container: l.Container,
		Index: s.Index, Attempt: s.Attempt, Labels: s.Object.Labels, Annotations: s.Object.Annotations,
	}}
}

// Check runs a template once, so that a field that does not exist is refused before anything is read.
func Check(t *template.Template) error {
	return t.Execute(&bytes.Buffer{}, Entry{})
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
		t.out.WriteString(err.Error())
	}
	dst = append(dst, t.out.Bytes()...)
	if !bytes.HasSuffix(dst, []byte("\n")) {
		dst = append(dst, '\n')
	}
	return dst
}
