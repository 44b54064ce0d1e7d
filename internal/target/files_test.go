package target

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func manifest(apiVersion, kind, name string) string {
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata:\n  name: %s\n", apiVersion, kind, name)
}

// object is a Job as JSON.
const object = `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"one"}}`

// TestFiles: every way to name a file, and what is read from it with which source.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := manifest("batch/v1", "Job", "one")
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(one)) }))
	defer web.Close()
	many := write("many.yaml", "# a comment\n---\n"+one+"---\n---\n# nothing\n--- # the second\n"+manifest("batch/v1", "CronJob", "two")+"...\n")
	list := write("list.yaml", "apiVersion: v1\nkind: List\nitems:\n- "+strings.ReplaceAll(strings.TrimSpace(one), "\n", "\n  ")+
		"\n- {apiVersion: batch/v1, kind: CronJob, metadata: {name: two}}\n")
	jobList := write("joblist.json", `{"apiVersion":"batch/v1","kind":"JobList","items":[`+object+`]}`)
	served := write("served.json", `{"kind":"JobList","apiVersion":"batch/v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"one"}}]}`)
	write("tree/a.yml", one)
	write("tree/b.txt", "not a manifest: [")
	write("tree/deep/c.json", "{\"apiVersion\":\"batch/v1\",\n\t\"kind\":\"Job\",\n\t\"metadata\":{\"name\":\"three\"}}")
	mixed := write("mixed.yaml", manifest("v1", "ConfigMap", "c")+"---\n"+one)
	for name, c := range map[string]struct {
		files Files
		want  []string // kind/name@FILE:LINE
		warn  string
	}{
		"many documents":  {Files{Paths: []string{many}}, []string{"job/one@many.yaml:3 (document 1)", "cronjob/two@many.yaml:11 (document 2)"}, ""},
		"a list":          {Files{Paths: []string{list}}, []string{"job/one@list.yaml:4", "cronjob/two@list.yaml:8"}, ""},
		"a JobList":       {Files{Paths: []string{jobList}}, []string{"job/one@joblist.json:1"}, ""},
		"as it is served": {Files{Paths: []string{served}}, []string{"job/one@served.json:1"}, ""},
		"a folder":        {Files{Paths: []string{filepath.Join(dir, "tree")}}, []string{"job/one@a.yml:1"}, ""},
		"folders inside":  {Files{Paths: []string{filepath.Join(dir, "tree")}, Recursive: true}, []string{"job/one@a.yml:1", "job/three@c.json:1"}, ""},
		"several":         {Files{Paths: []string{jobList, many}}, []string{"job/one@joblist.json:1", "job/one@many.yaml:3 (document 1)", "cronjob/two@many.yaml:11 (document 2)"}, ""},
		"stdin":           {Files{Paths: []string{"-"}, In: strings.NewReader(one)}, []string{"job/one@stdin:1"}, ""},
		"a URL":           {Files{Paths: []string{web.URL + "/x.yaml"}}, []string{"job/one@x.yaml:1"}, ""},
		"v1beta1": {Files{Paths: []string{"-"}, In: strings.NewReader(manifest("batch/v1beta1", "CronJob", "old"))},
			[]string{"cronjob/old@stdin:1"}, "batch/v1beta1 CronJob is read as batch/v1"},
		"jobs only": {Files{Paths: []string{mixed}, JobsOnly: true}, []string{"job/one@mixed.yaml:6 (document 2)"}, `ConfigMap "c" is left alone`},
		"JSON, one after another": {Files{Paths: []string{"-"}, In: strings.NewReader(object + object + "\n\n" + strings.ReplaceAll(object, ",", ",\n") + "\n# end\n")},
			[]string{"job/one@stdin:1 (document 1)", "job/one@stdin:1 (document 2)", "job/one@stdin:3 (document 3)"}, ""},
		"JSON, then YAML": {Files{Paths: []string{"-"}, In: strings.NewReader(object + "\n" + one)}, []string{"job/one@stdin:1 (document 1)", "job/one@stdin:2 (document 2)"}, ""},
		"documents that end": {Files{Paths: []string{"-"}, In: strings.NewReader(one + "... # end\n" + one + "...\n%YAML 1.2\n---\t# the third\n" + one)},
			[]string{"job/one@stdin:1 (document 1)", "job/one@stdin:6 (document 2)", "job/one@stdin:13 (document 3)"}, ""},
		"CRLF": {Files{Paths: []string{"-"}, In: strings.NewReader(strings.ReplaceAll(one+"---\n"+one, "\n", "\r\n"))}, []string{"job/one@stdin:1 (document 1)", "job/one@stdin:6 (document 2)"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var warnings []string
			c.files.Warn = func(text string) { warnings = append(warnings, text) }
			documents, err := c.files.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range documents {
				got = append(got, d.Ref().String()+"@"+filepath.Base(d.Source))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("read %v, want %v", got, c.want)
			}
			if text := strings.Join(warnings, "\n"); !strings.Contains(text, c.warn) || (c.warn == "") != (text == "") {
				t.Errorf("warnings %q, want %q", text, c.warn)
			}
		})
	}
}

// Nothing in a file is passed over: what follows an object and is no document of its own is refused, where it stands.
func TestWhatFollowsADocument(t *testing.T) {
	for text, want := range map[string]string{
		object + "\n" + object + "\n\n}":                    "stdin:4 (document 3): not readable as YAML or JSON",
		object + ",\n" + object:                             "stdin:1 (document 2): not readable as YAML or JSON",
		object + "\n" + `{"apiVersion":"batch/v1"`:          "stdin:2 (document 2): not readable as YAML or JSON",
		strings.ReplaceAll(object, `"`, "") + "\n" + object: "stdin:1: not readable as YAML or JSON",
	} {
		documents, err := Files{Paths: []string{"-"}, In: strings.NewReader(text)}.Load(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\nread %d and %v, want %s", text, len(documents), err, want)
		}
	}
}

// What a single object may stand alone of, in data.
func TestOneFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "one.yaml")
	if err := os.WriteFile(file, []byte(object), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query Query
		want  bool
	}{
		{Query{Files: []string{file}}, true},
		{Query{Files: []string{"https://h/one.yaml"}}, true},
		{Query{Kustomize: dir}, true},
		{Query{Files: []string{file, file}}, false},
		{Query{Files: []string{dir}}, false},
		{Query{Files: []string{"-"}}, false},
	} {
		if c.query.oneFile() != c.want {
			t.Errorf("%+v: %t", c.query, !c.want)
		}
	}
}

// S4: what may be a secret in an address is not shown, whatever goes wrong with it.
func TestS4AddressesAreShownWithoutSecrets(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			http.NotFound(w, r)
		case "/loop":
			http.Redirect(w, r, "/loop?sig=hunter2", http.StatusFound)
		case "/broken":
			_, _ = w.Write([]byte("a: ["))
		case "/large":
			_, _ = w.Write(make([]byte, maxFile+1))
		default:
			_, _ = w.Write([]byte(manifest("v1", "Secret", "s")))
		}
	}))
	defer web.Close()
	host := strings.TrimPrefix(web.URL, "http://")
	for _, path := range []string{"/gone", "/loop", "/broken", "/large", "/other", "/gone%zz", "/a b\x7f"} {
		address := "http://hunter2:hunter2@" + host + path + "?sig=hunter2#hunter2"
		_, err := Files{Paths: []string{address}}.Load(t.Context())
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, address := range []string{"http://hunter2@127.0.0.1:1/x?sig=hunter2", "https://hunter2:hunter2@[::1/x", "http://user:hunt er2@h/x"} {
		_, err := Files{Paths: []string{address}}.Load(t.Context())
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "er2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// The scenarios have the real kubectl build kustomizations; here is what jobx makes of its answers.
func TestKustomize(t *testing.T) {
	for name, c := range map[string]struct{ kubectl, want string }{
		"built":   {`[ "$*" = "kustomize -- -k" ] && echo '{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "one"}}'`, "job/one@-k:1"},
		"refused": {`echo "error: unable to find a kustomization" >&2; exit 1`, `-k "-k": unable to find a kustomization`},
		"silent":  {"exit 3", `-k "-k": kubectl kustomize: exit status 3`},
		"absent":  {"", `-k "-k": kubectl, which builds it, is not on PATH`},
		"nothing": {"echo", "-k: the file holds no object"},
	} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			if c.kubectl != "" {
				if err := os.WriteFile(filepath.Join(path, "kubectl"), []byte("#!/bin/sh\n"+c.kubectl+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", path)
			documents, err := Files{Kustomize: "-k"}.Load(t.Context())
			got := ""
			if err != nil {
				got = err.Error()
			}
			for _, d := range documents {
				got += d.Ref().String() + "@" + d.Source
			}
			if got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

// FuzzFiles: whatever a file holds, reading it ends, does not panic, and gives only names that are valid.
func FuzzFiles(f *testing.F) {
	f.Add("---\n" + manifest("batch/v1", "Job", "a"))
	f.Add("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{}]}")
	f.Add("a: &a [*a]\n--- \n...\n\t")
	f.Add(manifest("batch/v1", "CronJob", "x") + "spec: {jobTemplate: {spec: {paralelism: 1}}}")
	f.Fuzz(func(t *testing.T, text string) {
		documents, err := Files{Paths: []string{"-"}, In: strings.NewReader(text)}.Load(t.Context())
		if err == nil && len(documents) == 0 {
			t.Fatal("nothing was read and nothing was said")
		}
		for _, d := range documents {
			if ValidateName(d.Ref().Name) != nil {
				t.Fatalf("%q was let through", d.Ref().Name)
			}
		}
	})
}
