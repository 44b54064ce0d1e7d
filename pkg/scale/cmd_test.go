package scale

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// TestFlags: what is typed is what is done.
func TestFlags(t *testing.T) {
	x := target.Query{Refs: []target.Ref{{Name: "x"}}}
	for line, want := range map[string]Options{
		"x --replicas 3":                          {Query: x, Request: Request{Parallelism: new(int32(3))}},
		"x --replicas=0":                          {Query: x, Request: Request{Parallelism: new(int32(0))}},
		"x --parallelism 3":                       {Query: x, Request: Request{Parallelism: new(int32(3))}},
		"x --completions 9":                       {Query: x, Request: Request{Completions: new(int32(9))}},
		"x --completions 9 --parallelism 9":       {Query: x, Request: Request{Parallelism: new(int32(9)), Completions: new(int32(9))}},
		"x --replicas 3 --current-replicas 2":     {Query: x, Request: Request{Parallelism: new(int32(3)), Current: new(int32(2))}},
		"x --replicas 3 --current-replicas=-1":    {Query: x, Request: Request{Parallelism: new(int32(3))}},
		"x --replicas 3 --resource-version 77":    {Query: x, Request: Request{Parallelism: new(int32(3)), ResourceVersion: "77"}},
		"x --replicas 3 --timeout 90s":            {Query: x, Request: Request{Parallelism: new(int32(3))}, Timeout: 90 * time.Second},
		"x --replicas 3 --dry-run client":         {Query: x, Request: Request{Parallelism: new(int32(3))}, DryRun: act.Client},
		"x --replicas 3 --dry-run=server --yes":   {Query: x, Request: Request{Parallelism: new(int32(3))}, DryRun: act.Server, Yes: true},
		"x --replicas 2147483647 -y":              {Query: x, Request: Request{Parallelism: new(int32(2147483647))}, Yes: true},
		"--all --replicas 1":                      {Query: target.Query{Listed: []target.Kind{target.Job}}, Request: Request{Parallelism: new(int32(1))}},
		"cronjobs --all -A --parallelism 1":       {Query: target.Query{Listed: []target.Kind{target.CronJob}, AllNamespaces: true}, Request: Request{Parallelism: new(int32(1))}},
		"-f a.yaml -R --jobs-only --replicas 1":   {Query: target.Query{Files: []string{"a.yaml"}, Recursive: true, JobsOnly: true}, Request: Request{Parallelism: new(int32(1))}},
		"--status Suspended,Running --replicas 1": {Query: target.Query{Listed: []target.Kind{target.Job}, Status: []target.Status{target.Suspended, target.Running}}, Request: Request{Parallelism: new(int32(1))}},
	} {
		if want.DryRun == "" {
			want.DryRun = act.Really
		}
		var got Options
		cmd := NewCmd(factory.New(genericiooptions.NewTestIOStreamsDiscard(), nil, nil), func(_ context.Context, o Options) error {
			got = o
			return nil
		})
		cmd.SetArgs(strings.Fields(line))
		err := cmd.ExecuteContext(t.Context())
		if got.Print.ResourcePrinter == nil || !got.Print.Plain {
			t.Errorf("scale %s: no printer", line)
		}
		got.Print = act.Printer{}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("scale %s: %v\ngot  %+v\nwant %+v", line, err, got, want)
		}
	}
}
