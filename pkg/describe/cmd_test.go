package describe

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

func TestFlags(t *testing.T) {
	both := []target.Kind{target.Job, target.CronJob}
	refs := func(refs ...target.Ref) target.Query { return target.Query{Refs: refs} }
	for line, want := range map[string]Options{
		"x":                        {Query: refs(target.Ref{Name: "x"}), ShowEvents: true},
		"job/x cronjob/y":          {Query: refs(target.Ref{Kind: target.Job, Name: "x"}, target.Ref{Kind: target.CronJob, Name: "y"}), ShowEvents: true},
		"x --show-events=false":    {Query: refs(target.Ref{Name: "x"})},
		"x -o json":                {Query: refs(target.Ref{Name: "x"}), ShowEvents: true, Output: asJSON},
		"x -o yaml":                {Query: refs(target.Ref{Name: "x"}), ShowEvents: true, Output: asYAML},
		"x --chunk-size 10":        {Query: refs(target.Ref{Name: "x"}), ShowEvents: true},
		"--all":                    {Query: target.Query{Listed: both}, ShowEvents: true},
		"jobs":                     {Query: target.Query{Listed: []target.Kind{target.Job}}, ShowEvents: true},
		"jobs,cronjobs":            {Query: target.Query{Listed: both}, ShowEvents: true},
		"jobs --all":               {Query: target.Query{Listed: []target.Kind{target.Job}}, ShowEvents: true},
		"-A":                       {Query: target.Query{Listed: both, AllNamespaces: true}, ShowEvents: true},
		"-f a.yaml -f b.yaml":      {Query: target.Query{Files: []string{"a.yaml", "b.yaml"}}, ShowEvents: true},
		"-f folder -R --jobs-only": {Query: target.Query{Files: []string{"folder"}, Recursive: true, JobsOnly: true}, ShowEvents: true},
		"-k folder":                {Query: target.Query{Kustomize: "folder"}, ShowEvents: true},
		"jobs --status failed":     {Query: target.Query{Listed: []target.Kind{target.Job}, Status: []target.Status{target.Failed}}, ShowEvents: true},
	} {
		got, err := verbtest.Options(t, NewCmd, line)
		if err != nil || !cmp.Equal(got, want, cmpopts.EquateEmpty()) {
			t.Errorf("describe %s: %v\ngot  %+v\nwant %+v", line, err, got, want)
		}
	}
	if o, err := verbtest.Options(t, NewCmd, "-l app=x --field-selector metadata.name=y"); err != nil ||
		o.Query.Labels.String() != "app=x" || o.Query.Fields.String() != "metadata.name=y" {
		t.Errorf("%+v %v", o, err)
	}
}

func TestRefusedBeforeAnyRequest(t *testing.T) {
	verbtest.Refused(t, NewCmd, map[string]string{
		"":                         "which Job? give a name",
		" ":                        "must not be empty",
		"x -A":                     "a name needs one namespace",
		"x -l a=b":                 "exclude each other",
		"x --all":                  "exclude each other",
		"x -o nosuch":              `-o "nosuch": want json or yaml`,
		"x --chunk-size -1":        "must not be negative",
		"-l a=b=c":                 `-l "a=b=c"`,
		"--field-selector x":       `--field-selector "x"`,
		"-f a x":                   "exclude each other",
		"-f ":                      "which Job? give a name",
		"-f - -f -":                "once only",
		"--jobs-only":              "goes with -f or -k",
		"cronjobs --status failed": "is about Jobs",
		"jobs --status nosuch":     "nosuch",
		"pod/x":                    "not a kind that this command takes",
		"My_Job":                   "not a valid name",
		"../../pods/x":             "not a valid name",
		"job/a/b":                  "want TYPE/NAME",
		"pods":                     "not a kind that this command takes",
	})
}
