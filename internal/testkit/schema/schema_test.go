package schema

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestSchemasAreSchemas compiles each of them, with what it refers to.
func TestSchemasAreSchemas(t *testing.T) {
	folder, err := schemas()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d schemas: %v", len(files), err)
	}
	about, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		if err := Check(name, []byte("17")); err == nil || !strings.Contains(err.Error(), "value 1") {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(string(about), "("+name+")") {
			t.Errorf("%s is not in README.md", name)
		}
	}
}

// TestEveryStateFits holds the status of every situation that jobstatus is tested with.
func TestEveryStateFits(t *testing.T) {
	cases, err := filepath.Glob("../../jobstatus/testdata/cases/*.want.yaml")
	if err != nil || len(cases) < 40 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	for _, path := range cases {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var want struct{ Status json.RawMessage }
		if err := yaml.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if err := Check("job-status.json", want.Status); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestCheckNotices is the control: what is wrong must be seen.
func TestCheckNotices(t *testing.T) {
	good := `{"schema":"jobx.delete/v1","deleted":[{"kind":"job.batch","namespace":"n","name":"x"}],"failed":[]}`
	if err := Check("delete.json", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"nothing":          "",
		"half a value":     good[:20],
		"a missing field":  strings.Replace(good, `"name":"x"`, `"uid":"x"`, 1),
		"an unknown field": strings.Replace(good, `"name":"x"`, `"name":"x","more":1`, 1),
		"another schema":   strings.Replace(good, "/v1", "/v2", 1),
		"a wrong type":     strings.Replace(good, `"x"`, "17", 1),
		"the second value": good + "{}",
	} {
		if err := Check("delete.json", []byte(text)); err == nil {
			t.Errorf("%s was not noticed", what)
		}
	}
}
