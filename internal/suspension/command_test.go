package suspension_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/suspension"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/resume"
	"github.com/kubectl-jobx/kubectl-jobx/pkg/suspend"
)

// TestFlags: what is typed is what is done, with both verbs.
func TestFlags(t *testing.T) {
	jobs := []target.Kind{target.Job}
	for line, want := range map[string]suspension.Options{
		"x":               {Query: target.Query{Refs: []target.Ref{{Name: "x"}}}},
		"job x y":         {Query: target.Query{Refs: []target.Ref{{Kind: target.Job, Name: "x"}, {Kind: target.Job, Name: "y"}}}},
		"cronjob/x job/y": {Query: target.Query{Refs: []target.Ref{{Kind: target.CronJob, Name: "x"}, {Kind: target.Job, Name: "y"}}}},
		"--all":           {Query: target.Query{Listed: jobs}},
		"cronjobs --all":  {Query: target.Query{Listed: []target.Kind{target.CronJob}}},
		"-A":              {Query: target.Query{Listed: jobs, AllNamespaces: true}},
		"-l a=b -A":       {Query: target.Query{Listed: jobs, AllNamespaces: true, Labels: labels.SelectorFromSet(labels.Set{"a": "b"})}},
		"--status Running": {
			Query: target.Query{Listed: jobs, Status: []target.Status{target.Running}},
		},
		"-f a.yaml -f b -R --jobs-only": {Query: target.Query{Files: []string{"a.yaml", "b"}, Recursive: true, JobsOnly: true}},
		"-k folder":                     {Query: target.Query{Kustomize: "folder"}},
		"--all --wait":                  {Query: target.Query{Listed: jobs}, Wait: true},
		"--all --wait --timeout 2m":     {Query: target.Query{Listed: jobs}, Wait: true, Timeout: 2 * time.Minute},
		"--all --dry-run client":        {Query: target.Query{Listed: jobs}, DryRun: act.Client},
		"--all --dry-run=server":        {Query: target.Query{Listed: jobs}, DryRun: act.Server},
	} {
		for verb, newCmd := range map[string]func(*factory.Factory, func(context.Context, suspension.Options) error) *cobra.Command{
			"suspend": suspend.NewCmd, "resume": resume.NewCmd,
		} {
			want := want
			want.Suspend, want.Done = verb == "suspend", strings.TrimSuffix(verb, "e")+"ed"
			if want.DryRun == "" {
				want.DryRun = act.Really
			}
			var got suspension.Options
			cmd := newCmd(factory.New(genericiooptions.NewTestIOStreamsDiscard(), nil, nil), func(_ context.Context, o suspension.Options) error {
				got = o
				return nil
			})
			cmd.SetArgs(strings.Fields(line))
			err := cmd.ExecuteContext(t.Context())
			if got.Print.ResourcePrinter == nil || !got.Print.Plain {
				t.Errorf("%s %s: no printer", verb, line)
			}
			got.Print = act.Printer{}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s %s: %v\ngot  %+v\nwant %+v", verb, line, err, got, want)
			}
		}
	}
}
