package pods

import (
	"reflect"
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

func TestFlags(t *testing.T) {
	x := func(change func(*Options)) Options {
		o := Options{Target: target.Ref{Name: "x"}}
		change(&o)
		return o
	}
	for line, want := range map[string]Options{
		"x":                      x(func(*Options) {}),
		"job/x":                  x(func(o *Options) { o.Target.Kind = target.Job }),
		"cronjob x":              x(func(o *Options) { o.Target.Kind = target.CronJob }),
		"x -w":                   x(func(o *Options) { o.Watch = true }),
		"x --failed":             x(func(o *Options) { o.Failed = true }),
		"x --running":            x(func(o *Options) { o.Running = true }),
		"x --attempts":           x(func(o *Options) { o.Attempts = true }),
		"x --attempt 2":          x(func(o *Options) { o.Attempt = 2 }),
		"x --attempt last":       x(func(o *Options) { o.Attempt = lastAttempt }),
		"x --attempt all":        x(func(*Options) {}),
		"x --orphans":            x(func(o *Options) { o.Orphans = true }),
		"x --index 3-5,9":        x(func(o *Options) { o.Indexes = logstream.Indexes{{3, 5}, {9, 9}} }),
		"--orphans -A":           {Orphans: true, AllNamespaces: true},
		"--orphans --failed":     {Orphans: true, Failed: true},
		"x --failed --attempt 1": x(func(o *Options) { o.Failed, o.Attempt = true, 1 }),
	} {
		got, err := verbtest.Options(t, NewCmd, line)
		got.Output = nil
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("pods %s: %v\ngot  %+v\nwant %+v", line, err, got, want)
		}
	}
	if o, err := verbtest.Options(t, NewCmd, "-l job-name=my-app-job -A"); err != nil || o.Selector.String() != "job-name=my-app-job" || !o.AllNamespaces {
		t.Errorf("-l: %+v %v", o, err)
	}
	for format, own := range map[string]bool{"wide": true, "csv": true, "name": false, "json": false, "yaml": false} {
		if o, err := verbtest.Options(t, NewCmd, "x -o "+format); err != nil || o.Output.Own() != own {
			t.Errorf("-o %s: %v", format, err)
		}
	}
}

func TestRefusedBeforeAnyRequest(t *testing.T) {
	verbtest.Refused(t, NewCmd, map[string]string{
		"":                     "the pods of which Job?",
		"x y":                  "one name at a time",
		"x -l a=b":             "exclude each other",
		"x -A":                 "a name needs one namespace",
		"x --failed --running": "exclude each other",
		"-l a=b -w":            "-w follows a Job or a CronJob",
		"--orphans -w":         "-w follows a Job or a CronJob",
		"x -w -o json":         "exclude each other",
		"x -o nosuch":          `-o "nosuch": want wide, csv, json`,
		"x --index 5-3":        "the range ends before it begins",
		"x --index a":          "--index",
		"x --attempt 0":        "want a number from 1",
		"x --attempt nosuch":   "want a number from 1",
		"-l a=b=c":             `-l "a=b=c"`,
		"pod/x":                "not a kind that this command takes",
		"My_Job":               "not a valid name",
		"job/a/b":              "want TYPE/NAME",
	})
}
