package cli

import (
	"bytes"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

func tree(out io.Writer) *cobra.Command {
	none := func(string) (string, bool) { return "", false }
	return NewRoot(factory.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: out, ErrOut: io.Discard}, none, time.Now))
}

// freeText are the flags whose value nothing can be offered for.
var freeText = []string{
	"selector", "field-selector", "timeout", "request-timeout", "index", "since", "since-time", "tail", "limit-bytes", "template",
	"include", "exclude", "highlight", "logs", "logs-on-fail", "interval", "fail-fast", "pod-running-timeout", "newer", "older", "resource-version",
	"as", "as-uid", "as-group", "as-user-extra", "server", "tls-server-name", "token", "username", "password", "proxy-url",
}

// TestEveryVerbAndFlagIsCompleted holds that nothing is forgotten when a verb or a flag is added.
func TestEveryVerbAndFlagIsCompleted(t *testing.T) {
	root := tree(io.Discard)
	check := func(cmd *cobra.Command, flags *pflag.FlagSet) {
		flags.VisitAll(func(flag *pflag.Flag) {
			_, completed := cmd.GetFlagCompletionFunc(flag.Name)
			text := strings.HasPrefix(flag.Value.Type(), "string")
			if text && !completed && !slices.Contains(freeText, flag.Name) {
				t.Errorf("%s --%s has no completion, and is not known to be free text", cmd.CommandPath(), flag.Name)
			}
		})
	}
	check(root, root.PersistentFlags())
	for _, verb := range root.Commands() {
		check(verb, verb.LocalNonPersistentFlags())
		takesArguments := strings.ContainsAny(verb.Use, "([|")
		if takesArguments && verb.ValidArgsFunction == nil && verb.Args == nil {
			t.Errorf("%s has no completion of its arguments", verb.CommandPath())
		}
	}
}

func TestCompletionOfClosedSets(t *testing.T) {
	for _, c := range []struct {
		typed []string
		want  string
	}{
		{[]string{"delete", "--cascade=f"}, "foreground\tdelete the pods first\n:4\n"},
		{[]string{"get", "--status", "running,fa"}, "running,failed\n:4\n"},
		{[]string{"get", "-o", "csv"}, "csv\n:4\n"},
		{[]string{"get", "-o", "jsonpath="}, "jsonpath=\n:6\n"},
		{[]string{"delete", "-f", ""}, "yaml\nyml\njson\n:8\n"},
		{[]string{"logs", "--save", ""}, ":16\n"},
		{[]string{"--color", "a"}, "auto\ton a terminal\nalways\n:4\n"},
		{[]string{"no-such-verb", ""}, ":4\n"},
		{[]string{"completion", "z"}, "zsh\tPrint the completion script of kubectl-jobx for zsh\n:4\n"},
		{[]string{"help", "wai"}, "wait\tWait for Jobs to end, and say how they did by the exit code\n:4\n"},
	} {
		var out bytes.Buffer
		root := tree(&out)
		root.SetArgs(append([]string{"__complete"}, c.typed...))
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Errorf("%q: %v", c.typed, err)
		}
		if diff := cmp.Diff(c.want, out.String()); diff != "" {
			t.Errorf("%q (-want +got)\n%s", c.typed, diff)
		}
	}
}

func TestCompletionWithoutAServerIsSilent(t *testing.T) {
	var out bytes.Buffer
	root := tree(&out)
	root.SetArgs([]string{"__complete", "--kubeconfig", "/nowhere/at-all", "wait", "job/"})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out.String() != ":4\n" {
		t.Errorf("offered %q", out.String())
	}
}

func TestCompletionInstallAndUninstall(t *testing.T) {
	dir := t.TempDir()
	run := func(command string) (string, error) {
		var out bytes.Buffer
		root := tree(&out)
		root.SetArgs([]string{"completion", command, "--dir", dir})
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	path := filepath.Join(dir, CompleterFor(runtime.GOOS).Name)
	if out, err := run("install"); err != nil || out != path+"\n" {
		t.Errorf("%q %v", out, err)
	}
	if out, err := run("uninstall"); err != nil || out != path+" removed\n" {
		t.Errorf("%q %v", out, err)
	}
	if out, err := run("uninstall"); err == nil || out != "" || !strings.Contains(err.Error(), path+" is not there") || !strings.Contains(err.Error(), "--dir") {
		t.Errorf("%q %v", out, err)
	}
}
