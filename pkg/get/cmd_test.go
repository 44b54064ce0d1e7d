package get

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

func TestFlags(t *testing.T) {
	both, jobs := []target.Kind{target.Job, target.CronJob}, []target.Kind{target.Job}
	standard := func(change func(*Options)) Options {
		o := Options{Query: target.Query{Listed: both}, SortBy: byName}
		change(&o)
		return o
	}
	for line, want := range map[string]Options{
		"":              standard(func(*Options) {}),
		"jobs":          standard(func(o *Options) { o.Query.Listed = jobs }),
		"job":           standard(func(o *Options) { o.Query.Listed = jobs }),
		"cj":            standard(func(o *Options) { o.Query.Listed = []target.Kind{target.CronJob} }),
		"cronjobs,jobs": standard(func(o *Options) { o.Query.Listed = []target.Kind{target.CronJob, target.Job} }),
		"x":             standard(func(o *Options) { o.Query = target.Query{Refs: []target.Ref{{Name: "x"}}} }),
		"job x y": standard(func(o *Options) {
			o.Query = target.Query{Refs: []target.Ref{{Kind: "job", Name: "x"}, {Kind: "job", Name: "y"}}}
		}),
		"-A":              standard(func(o *Options) { o.Query.AllNamespaces = true }),
		"--all":           standard(func(*Options) {}),
		"-f a.yaml -R":    standard(func(o *Options) { o.Query = target.Query{Files: []string{"a.yaml"}, Recursive: true} }),
		"-k folder":       standard(func(o *Options) { o.Query = target.Query{Kustomize: "folder"} }),
		"--tree":          standard(func(o *Options) { o.Tree = true }),
		"-w":              standard(func(o *Options) { o.Watch = true }),
		"--sort-by age":   standard(func(o *Options) { o.SortBy = byAge }),
		"--newer 2h":      standard(func(o *Options) { o.Newer = 2 * time.Hour }),
		"--older 7d":      standard(func(o *Options) { o.Older = 7 * 24 * time.Hour }),
		"--older 1h -w":   standard(func(o *Options) { o.Older, o.Watch = time.Hour, true }),
		"--status Failed": standard(func(o *Options) { o.States = []string{"failed"} }),
		"--status running,STUCK --status finished": standard(func(o *Options) { o.States = []string{"running", stuckWord, finished} }),
		"jobs --owner cronjob/x":                   standard(func(o *Options) { o.Query.Listed, o.Owner = jobs, target.Ref{Kind: target.CronJob, Name: "x"} }),
	} {
		got, err := verbtest.Options(t, NewCmd, line)
		got.Output = nil
		if err != nil || !cmp.Equal(got, want, cmpopts.EquateEmpty()) {
			t.Errorf("get %s: %v\ngot  %+v\nwant %+v", line, err, got, want)
		}
	}
}

func TestSelectorsAndFormats(t *testing.T) {
	if o, err := verbtest.Options(t, NewCmd, "jobs -l a=b --field-selector status.successful=1"); err != nil ||
		o.Query.Labels.String() != "a=b" || o.Query.Fields.String() != "status.successful=1" {
		t.Errorf("%+v %v", o.Query, err)
	}
	for _, path := range []string{"{.spec.parallelism}", ".spec.parallelism", "{spec.parallelism}", "spec.parallelism"} { // as kubectl takes them
		if o, err := verbtest.Options(t, NewCmd, "--sort-by "+path); err != nil || o.Path == nil {
			t.Errorf("%s: %+v %v", path, o, err)
		}
	}
	for format, own := range map[string]bool{
		"wide": true, "csv": true, "status-json": true, "json": false, "yaml": false, "name": false, "jsonpath={.items}": false,
		"go-template={{.items}}": false, "custom-columns=N:.metadata.name": false,
	} {
		if o, err := verbtest.Options(t, NewCmd, "jobs -o "+format); err != nil || o.Output.Own() != own || o.Output.Format() != format {
			t.Errorf("-o %s: %v", format, err)
		}
	}
	if o, err := verbtest.Options(t, NewCmd, "--no-headers"); err != nil || !o.Output.NoHeaders {
		t.Errorf("--no-headers: %v", err)
	}
}

func TestRefusedBeforeAnyRequest(t *testing.T) {
	verbtest.Refused(t, NewCmd, map[string]string{
		"-o csv":                     "-o csv is one table",
		"-o csv jobs,cronjobs":       "ask for jobs or for cronjobs",
		"-o nosuch":                  `-o "nosuch": want wide, csv, status-json, json`,
		"-o jsonpath={.a":            "-o jsonpath",
		"-o custom-columns=":         "want HEADER:.path",
		"-o custom-columns-file=/no": "no such file",
		"-l a=b=c":                   `-l "a=b=c"`,
		"--field-selector x":         `--field-selector "x"`,
		"--status nosuch":            "want one of finished",
		"--older 10":                 "add a unit (10s)",
		"--older -1h":                "must be more than 0",
		"--older 0d":                 "want a time such as",
		"--newer soon":               "want a time such as 30m, 12h or 7d",
		"--newer 1h --older 2h":      "leave nothing",
		"--owner job/x":              "--owner",
		"--owner a/b/c":              "--owner",
		"--sort-by nosuch":           "want name, age",
		"--sort-by ":                 "must not be empty",
		"--sort-by .a[":              "--sort-by",
		"-w --tree":                  "exclude each other",
		"-w -o json":                 "exclude each other",
		"-w x y":                     "-w follows one object or a selection",
		"-w -f x.yaml":               "-w follows one object or a selection",
		"--tree -o csv":              "exclude each other",
		"cronjobs --status failed":   "are about Jobs",
		"cronjobs --owner cj/x":      "are about Jobs",
		"x -l a=b":                   "exclude each other",
		"x --all":                    "exclude each other",
		"x -A":                       "a name needs one namespace",
		"-f a.yaml x":                "exclude each other",
		"-f ":                        "-f must not be empty",
		"-f a -k b":                  "exclude each other",
		"--jobs-only":                "goes with -f or -k",
		"pod/x":                      "not a kind that this command takes",
		"My_Job":                     "not a valid name",
		"../x":                       "not a valid name",
		"job/a/b":                    "want TYPE/NAME",
	})
}
