package main

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cli"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

func commandTree() *cobra.Command {
	nowhere := func(string) (string, bool) { return "", false }
	return cli.NewRoot(factory.New(genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: io.Discard}, nowhere, time.Now))
}

var roff = strings.NewReplacer(`\fB`, "", `\fI`, "", `\fP`, "", `\fR`, "", `\-`, "-", `\&`, "", `\(aq`, "'", `\[u2026]`, "…", `\e`, `\`, `\\`, `\`)

var blank = regexp.MustCompile(`\s+`)

func words(text string) string { return blank.ReplaceAllString(text, " ") }

// Every word that help has about a command and its options is in its man page.
func TestNothingIsLostInTheManPages(t *testing.T) {
	err := each(commandTree(), func(cmd *cobra.Command) error {
		page, err := manual(cmd)
		if err != nil {
			return err
		}
		text := regexp.MustCompile(`(?m)^\.(EX|EE|PP|RS|RE)\n`).ReplaceAllString(string(page), "")
		text = words(roff.Replace(text))
		want := []string{cmd.Long, cmd.Short}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				want = append(want, f.Usage)
			}
		})
		for _, w := range want {
			if !strings.Contains(text, words(strings.TrimSpace(w))) {
				t.Errorf("%s: the page lacks %q", cmd.CommandPath(), w)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFenced(t *testing.T) {
	for text, want := range map[string]string{
		"a\nb":              "A\nB",
		"a\n  b  c\n  d":    "A\n\n```\nb  c\nd\n```",
		"a\n\n  b\n\nc":     "A\n\n```\nb\n```\n\nC",
		"a:\n  b\nc\n  d\n": "A:\n\n```\nb\n```\n\nC\n\n```\nd\n```\n",
	} {
		if got := fenced(text, strings.ToUpper); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
