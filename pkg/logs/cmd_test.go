package logs

import (
	"bytes"
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// parse gives what a command line asks for.
func parse(t *testing.T, line string) (Options, error) {
	t.Helper()
	var got Options
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}}
	env := func(string) (string, bool) { return "", false }
	now := func() time.Time { return time.Unix(0, 0) }
	cmd := NewCmd(factory.New(streams, env, now), func(_ context.Context, o Options) error {
		got = o
		return nil
	})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(strings.Fields(line))
	return got, cmd.ExecuteContext(t.Context())
}

func TestFlags(t *testing.T) {
	standard := func(change func(*Options)) Options {
		o := Options{Target: target.Ref{Name: "x"}, Tail: -1, Requests: 50, Output: Text}
		change(&o)
		return o
	}
	for line, want := range map[string]Options{
		"x":          standard(func(*Options) {}),
		"job/x":      standard(func(o *Options) { o.Target.Kind = target.Job }),
		"pod x":      standard(func(o *Options) { o.Target.Kind = target.Pod }),
		"x -f":       standard(func(o *Options) { o.Follow = true }),
		"x --tail=0": standard(func(o *Options) { o.Tail = 0 }),
		"x -p":       standard(func(o *Options) { o.Select.Previous = true }),
		"x -c main":  standard(func(o *Options) { o.Select.Container = "main" }),
		"x --prefix": standard(func(o *Options) { o.Prefix = logtail.Always }),
		"x --index 3-5,9 --attempt last": standard(func(o *Options) {
			o.Select.Indexes, o.Select.Attempt = logstream.Indexes{{3, 5}, {9, 9}}, logstream.LastAttempt
		}),
		"x --prefix=false --since 2m":  standard(func(o *Options) { o.Prefix, o.Since = logtail.Never, 2*time.Minute }),
		"x --since=0s --limit-bytes=0": standard(func(*Options) {}), // kubectl's defaults
		"x -f --exit-status --strict -o json": standard(func(o *Options) {
			o.Follow, o.ExitStatus, o.Strict, o.Output = true, true, true, JSON
		}),
		"cj/x --runs 3 --failed --succeeded --all-containers": standard(func(o *Options) {
			o.Target.Kind, o.Runs = target.CronJob, 3
			o.Select = logstream.Selection{Failed: true, Succeeded: true, All: true}
		}),
	} {
		got, err := parse(t, line)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("logs %s: %v\ngot  %+v\nwant %+v", line, err, got, want)
		}
	}
	for line, tail := range map[string]int64{"-l a=b": defaultTail, "-l a=b -f": defaultTail, "-l a=b --tail=-1": -1, "x -f": -1} {
		if got, err := parse(t, line); err != nil || got.Tail != tail {
			t.Errorf("logs %s: %+v %v", line, got, err)
		}
	}
}

// A flag that is set to its default is as one that is not there: wrappers pass them all.
func TestFlagsSetToTheirDefaults(t *testing.T) {
	for _, line := range []string{
		"x -c a --all-containers=false", "x -f --previous=false", "x -f --merge=false", "x --exit-status=false", "x --force=false",
		"x --since=0s --since-time=2026-01-02T15:04:05Z", "x -p --attempt=all", "x -o text --template {{.Text}}",
		"x -o json --prefix=false --timestamps=false", "x -o raw --timestamps", "x -o json --timestamps --save s", "x -o text --prefix --timestamps",
	} {
		if _, err := parse(t, line); err != nil {
			t.Errorf("logs %s: %v", line, err)
		}
	}
	for line, want := range map[string]string{
		"x -c a --all-containers":  "--container and --all-containers exclude each other",
		"x -f -p":                  "--previous and --follow exclude each other",
		"x -f --merge":             "--merge and --follow exclude each other",
		"x -p --attempt 1":         "--previous and --attempt exclude each other",
		"x -f=false --exit-status": "--exit-status needs --follow",
		"x --force":                "--force needs --save",
		"x --since=1s --since-time=2026-01-02T15:04:05Z": "--since and --since-time exclude each other",
		"x -o json --template {{.Text}}":                 "--template and -o exclude each other",
		"x -o json --prefix":                             "--prefix and -o json exclude each other: a prefix is for -o text",
		"x -o raw --prefix":                              "--prefix and -o raw exclude each other: a prefix is for -o text",
		"x --template {{.Text}} --prefix":                "--prefix and --template exclude each other: a prefix is for -o text",
		"x -o json --timestamps":                         "--timestamps and -o json exclude each other: each object has its time",
		"x --template {{.Text}} --timestamps":            "--timestamps and --template exclude each other: {{.Time}} is the time of a line",
	} {
		if _, err := parse(t, line); err == nil || err.Error() != want {
			t.Errorf("logs %s: %v, want %q", line, err, want)
		}
	}
}
