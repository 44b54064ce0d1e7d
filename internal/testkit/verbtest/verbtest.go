// Package verbtest runs a verb's command line up to the point where it would send its first request.
package verbtest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
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
