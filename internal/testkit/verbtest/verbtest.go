// Package verbtest runs a verb's command line: up to the point where it would send its first request, or against a stub.
package verbtest

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// NewCmd is the constructor of a verb whose options are O.
type NewCmd[O any] func(f *factory.Factory, runF func(context.Context, O) error) *cobra.Command

// Options gives what a command line asks for, or why it is refused. Words are separated by single blanks, two of which
// make an empty word. There is no server: a command that is refused has sent nothing.
func Options[O any](t *testing.T, newCmd NewCmd[O], line string) (O, error) {
	t.Helper()
	var got O
	ran := false
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}}
	env := func(string) (string, bool) { return "", false }
	now := func() time.Time { return time.Unix(0, 0) }
	cmd := newCmd(factory.New(streams, env, now), func(_ context.Context, o O) error {
		got, ran = o, true
		return nil
	})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	args := []string{}
	if line != "" {
		args = strings.Split(line, " ")
	}
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	if ran == (err != nil) {
		t.Errorf("%q: ran %t, error %v", line, ran, err)
	}
	return got, err
}

// Refused checks that each command line is refused before anything is sent, with an error that says why.
func Refused[O any](t *testing.T, newCmd NewCmd[O], lines map[string]string) {
	t.Helper()
	for line, want := range lines {
		if _, err := Options(t, newCmd, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want …%s…", line, err, want)
		}
	}
}

// Result is what a command did.
type Result struct {
	Out, ErrOut string
	Err         error
}

// Run runs a command line against a stub, with the connection flags too. Words are separated as in Options. The namespace
// is "default" unless the line says another.
func Run[O any](ctx context.Context, t *testing.T, newCmd NewCmd[O], api *apistub.Server, line string) Result {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	client, err := cluster.New(api.Config(), rest.NoWarnings{})
	if err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errOut}
	env := func(string) (string, bool) { return "", false }
	f := factory.New(streams, env, time.Now).WithClient(client)
	cmd := newCmd(f, nil)
	f.AddFlags(cmd.Flags())
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(strings.Split(line, " "))
	err = cmd.ExecuteContext(ctx)
	return Result{out.String(), errOut.String(), err}
}
