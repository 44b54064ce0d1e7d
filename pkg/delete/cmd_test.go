package delete

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// TestFlags: what is typed is what is done.
func TestFlags(t *testing.T) {
	named := target.Query{Refs: []target.Ref{{Name: "x"}}}
	every := target.Query{Listed: []target.Kind{target.Job}}
	x := func(change func(*Options)) Options {
		o := Options{Query: named, Cascade: metav1.DeletePropagationBackground, Wait: true, DryRun: act.Really}
		change(&o)
		return o
	}
	all := func(change func(*target.Query)) Options {
		return x(func(o *Options) { o.Query = every; change(&o.Query) })
	}
	for line, want := range map[string]Options{
		"x":                      x(func(*Options) {}),
		"cronjob x":              x(func(o *Options) { o.Query.Refs = []target.Ref{{Kind: target.CronJob, Name: "x"}} }),
		"x --cascade":            x(func(*Options) {}),
		"x --cascade=background": x(func(*Options) {}),
		"x --cascade=foreground": x(func(o *Options) { o.Cascade = metav1.DeletePropagationForeground }),
		"x --cascade=orphan":     x(func(o *Options) { o.Cascade = metav1.DeletePropagationOrphan }),
		"x --cascade=true": x(func(o *Options) {
			o.Deprecated = "--cascade=true is deprecated and can be replaced with --cascade=background"
		}),
		"x --cascade=false": x(func(o *Options) {
			o.Cascade = metav1.DeletePropagationOrphan
			o.Deprecated = "--cascade=false is deprecated and can be replaced with --cascade=orphan"
		}),
		"x --grace-period 30":         x(func(o *Options) { o.Grace = new(int64(30)) }),
		"x --grace-period=-1":         x(func(*Options) {}),
		"x --grace-period=0":          x(func(o *Options) { o.Grace = new(int64(1)) }), // kubectl: 0 needs --force
		"x --now":                     x(func(o *Options) { o.Grace = new(int64(1)) }),
		"x --force":                   x(func(o *Options) { o.Grace, o.Force = new(int64(0)), true }),
		"x --force --grace-period=0":  x(func(o *Options) { o.Grace, o.Force = new(int64(0)), true }),
		"x --wait=false":              x(func(o *Options) { o.Wait = false }),
		"x --timeout 90s":             x(func(o *Options) { o.Timeout = 90 * time.Second }),
		"x --dry-run client":          x(func(o *Options) { o.DryRun = act.Client }),
		"x --dry-run=server":          x(func(o *Options) { o.DryRun = act.Server }),
		"x -o name":                   x(func(o *Options) { o.Output = Names }),
		"x -ojson":                    x(func(o *Options) { o.Output = JSON }),
		"x -y":                        x(func(o *Options) { o.Yes = true }),
		"x -i":                        x(func(o *Options) { o.Interactive = true }),
		"x --ignore-not-found":        x(func(o *Options) { o.IgnoreNotFound = true }),
		"--all":                       all(func(*target.Query) {}),
		"--all -A":                    all(func(q *target.Query) { q.AllNamespaces = true }),
		"jobs,cronjobs --all":         all(func(q *target.Query) { q.Listed = []target.Kind{target.Job, target.CronJob} }),
		"--field-selector a=b":        all(func(q *target.Query) { q.Fields = fields.OneTermEqualSelector("a", "b") }),
		"--status finished":           all(func(q *target.Query) { q.Status = []target.Status{target.Finished} }),
		"--status Failed,Terminating": all(func(q *target.Query) { q.Status = []target.Status{target.Failed, target.Terminating} }),
		"-f a,b -R --jobs-only":       x(func(o *Options) { o.Query = target.Query{Files: []string{"a", "b"}, Recursive: true, JobsOnly: true} }),
		"-k folder":                   x(func(o *Options) { o.Query = target.Query{Kustomize: "folder"} }),
		"--orphans":                   x(func(o *Options) { o.Orphans, o.Query = true, every }),
		"--orphans -A":                x(func(o *Options) { o.Orphans, o.Query = true, every; o.Query.AllNamespaces = true }),
		"x --orphans":                 x(func(o *Options) { o.Orphans = true }),
	} {
		var got Options
		cmd := NewCmd(factory.New(genericiooptions.NewTestIOStreamsDiscard(), nil, nil), func(_ context.Context, o Options) error {
			got = o
			return nil
		})
		cmd.SetArgs(strings.Fields(line))
		if err := cmd.ExecuteContext(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("delete %s: %v\ngot  %+v\nwant %+v", line, err, got, want)
		}
	}
}
