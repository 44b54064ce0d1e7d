package factory

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// T1, T2: a webhook writes warnings; none acts on the terminal or makes a line that looks like jobx's own.
func TestT1T2Warnings(t *testing.T) {
	var out bytes.Buffer
	w := warningWriter{&out}
	w.HandleWarningHeader(299, "", "\x1b[2J\u009b2J\nerror: all is well\u202e")
	w.HandleWarningHeader(299, "", "")
	w.HandleWarningHeader(199, "", "another kind")
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "warning: ") || !strings.HasPrefix(lines[1], "| error: ") ||
		strings.ContainsAny(out.String(), "\x1b\u009b\u202e") {
		t.Errorf("%q", lines)
	}
}

// What YAML does not allow as it stands goes through it and comes back the same.
func TestEscapeForYAML(t *testing.T) {
	const hostile = "a\u007fb\u0080c\u009bd\u0085e\ufffef\ufeffg\u2028h"
	text, err := json.Marshal(map[string]string{"a": hostile})
	if err != nil {
		t.Fatal(err)
	}
	out, err := yaml.JSONToYAML(EscapeForYAML(text))
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]string
	if err := yaml.Unmarshal(out, &back); err != nil || back["a"] != hostile {
		t.Errorf("%v: %q became %q by way of %s", err, hostile, back["a"], out)
	}
}

func TestSafeLines(t *testing.T) {
	got := safeLines("a\tb\x1b[31m\n\u202ec\r\n")
	if strings.Count(got, "\n") != 2 || strings.ContainsAny(got, "\t\x1b\r\u202e") || !strings.HasPrefix(got, "a    b") {
		t.Errorf("%q", got)
	}
}
