package version

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

// --server is a bare flag here, and the address of the server everywhere else: both spellings are taken, in front of the
// command too.
func TestServerWithAndWithoutAnAddress(t *testing.T) {
	for line, want := range map[string]Options{
		"version":                            {},
		"version --server":                   {Server: true},
		"version -s":                         {Server: true},
		"version --server=false":             {},
		"version --server=https://x":         {Server: true, Address: "https://x"},
		"version --server https://x":         {Server: true, Address: "https://x"},
		"version -s https://x -o json":       {Server: true, Address: "https://x", Output: "json"},
		"--server https://x version -o yaml": {Server: true, Address: "https://x", Output: "yaml"},
		"-s https://x version":               {Server: true, Address: "https://x"},
		"version --server -o json":           {Server: true, Output: "json"},
	} {
		got, err := typed(t, line)
		if err != nil || got != want {
			t.Errorf("%s: %+v %v, want %+v", line, got, err, want)
		}
	}
	for _, line := range []string{"version x", "version --server x y", "version --server=x y", "version -o xml"} {
		if _, err := typed(t, line); err == nil {
			t.Errorf("%s is taken", line)
		}
	}
}

func typed(t *testing.T, line string) (Options, error) {
	t.Helper()
	f := factory.New(genericiooptions.NewTestIOStreamsDiscard(), func(string) (string, bool) { return "", false }, time.Now)
	root := &cobra.Command{Use: "kubectl-jobx", SilenceErrors: true, SilenceUsage: true}
	root.SetErr(io.Discard)
	f.AddFlags(root.PersistentFlags())
	var got Options
	root.AddCommand(NewCmd(f, func(_ context.Context, o Options) error {
		got = o
		return nil
	}))
	root.SetArgs(strings.Fields(line))
	err := root.ExecuteContext(t.Context())
	return got, err
}
