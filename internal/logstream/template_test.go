package logstream

import (
	"testing"
	"text/template"
)

// What cannot be is refused beforehand, and not what a line or a name can be long enough for.
func TestCheckOfATemplate(t *testing.T) {
	for _, text := range []string{`{{slice .Text 0 3}}`, `{{slice .Pod 0 8}} {{.Text}}`, `{{with .Text}}{{index . 0}}{{end}}`, `{{.Labels.a}}`} {
		if err := Check(template.Must(template.New("").Parse(text))); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{`{{.Nope}}`, `{{.Text.Nope}}`, `{{slice .Text "a"}}`, `{{slice .Pod 0 300}}`} {
		if Check(template.Must(template.New("").Parse(text))) == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
