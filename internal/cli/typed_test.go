package cli

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

// These tests type every command line that the help and the documents show. Each goes through the command tree and the
// checks of its verb as far as the first request, which a server refuses: a flag that is gone, a word that is no format or
// a value out of range ends it earlier.

func TestEveryExampleOfTheHelpCanBeTyped(t *testing.T) {
	typist := newTypist(t)
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		typist.script(cmd.CommandPath()+" --help", cmd.Example)
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(tree(io.Discard))
	typist.typedAtLeast(50)
}

func TestEveryCommandOfTheDocumentsCanBeTyped(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	typist := newTypist(t) // changes the folder
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		for _, block := range fences(string(text)) {
			typist.script(name, block)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	typist.typedAtLeast(100)
}

// TestExamplesOfTheREADMEAreScenarios holds that each line that is typed in a console of the README is held there, with
// what it prints.
func TestExamplesOfTheREADMEAreScenarios(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	scenarios, err := filepath.Glob("../../test/e2e/testdata/readme/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var held strings.Builder
	for _, path := range scenarios {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		held.Write(text)
	}
	typed := regexp.MustCompile(`(?m)^\$ (.*)$`).FindAllStringSubmatch(string(readme), -1)
	if len(typed) < 6 {
		t.Errorf("%d examples", len(typed))
	}
	for _, line := range typed {
		if !strings.Contains(held.String(), "\nshows README.md '"+line[1]+"'\n") {
			t.Errorf("no scenario shows %q", line[1])
		}
	}
}

// TestTypistNotices is the control: a line that cannot be typed must be seen.
func TestTypistNotices(t *testing.T) {
	typist := newTypist(t)
	for _, line := range []string{
		"kubectl jobx wathc x", "kubectl jobx watch x --no-such-flag", "kubectl jobx watch x -o yaml", "kubectl jobx wait x --timeout 10",
		"kubectl jobx logs", "kubectl jobx delete -f no-such-file.yaml", "kubectl jobx wait x | kubectl jobx bogus",
	} {
		if typist.problem(line) == nil {
			t.Errorf("%q passed", line)
		}
	}
}

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// fences are the shell parts of a document: of a console only what follows a prompt, of YAML the commands under run.
func fences(text string) []string {
	var blocks []string
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		switch m[1] {
		case "sh", "bash":
			blocks = append(blocks, m[2])
		case "console":
			for line := range strings.Lines(m[2]) {
				if typed, ok := strings.CutPrefix(line, "$ "); ok {
					blocks = append(blocks, typed)
				}
			}
		case "yaml":
			for line := range strings.Lines(m[2]) {
				if _, typed, ok := strings.Cut(line, "kubectl jobx "); ok {
					blocks = append(blocks, "kubectl jobx "+typed)
				}
			}
		}
	}
	return blocks
}

// typist types at the command tree, in a folder with the files that the documents speak of.
type typist struct {
	t          *testing.T
	kubeconfig string
	typed      int          // lines
	asked      atomic.Int64 // requests
}

func newTypist(t *testing.T) *typist {
	t.Helper()
	y := &typist{t: t}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		y.asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"refused","code":403}`)
	}))
	t.Cleanup(server.Close)
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	t.Chdir(folder)
	for path, text := range map[string]string{
		"kubeconfig": fmt.Sprintf(`{"clusters":[{"name":"x","cluster":{"server":%q}}],"contexts":[{"name":"x","context":{"cluster":"x"}}],"current-context":"x"}`, server.URL),
		"job.yaml":   "{apiVersion: batch/v1, kind: Job, metadata: {name: x}}",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS("examples", os.DirFS(examples)); err != nil {
		t.Fatal(err)
	}
	y.kubeconfig = filepath.Join(folder, "kubeconfig")
	return y
}

// script types the commands of a script that are jobx's.
func (y *typist) script(where, text string) {
	y.t.Helper()
	if err := y.problem(text); err != nil {
		y.t.Errorf("%s: %v", where, err)
	}
}

func (y *typist) typedAtLeast(n int) {
	y.t.Helper()
	if y.typed < n {
		y.t.Errorf("only %d lines were found", y.typed)
	}
}

// problem is the first command line in a script that cannot be typed.
func (y *typist) problem(script string) error {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), "")
	if err != nil {
		if strings.Contains(script, "jobx") {
			return fmt.Errorf("%q: %w", script, err)
		}
		return nil
	}
	var first error
	syntax.Walk(file, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok || first != nil {
			return first == nil
		}
		words, err := expand.Fields(&expand.Config{
			Env:      expand.FuncEnviron(func(string) string { return "x" }), // $job, $JOB …
			CmdSubst: func(io.Writer, *syntax.CmdSubst) error { return nil },
			ProcSubst: func(*syntax.ProcSubst) (string, error) {
				return "", nil
			},
		}, call.Args...)
		if err != nil {
			first = fmt.Errorf("%q: %w", script, err)
			return false
		}
		if args, ok := jobxArgs(words); ok {
			y.typed++
			if err := y.run(args); err != nil {
				first = fmt.Errorf("kubectl jobx %s: %w", strings.Join(args, " "), err)
			}
		}
		return true
	})
	return first
}

// jobxArgs are the arguments of a command line of jobx.
func jobxArgs(words []string) ([]string, bool) {
	switch {
	case len(words) > 1 && words[0] == "kubectl" && words[1] == "jobx":
		return words[2:], true
	case len(words) > 0 && words[0] == "kubectl-jobx":
		return words[1:], true
	default:
		return nil, false
	}
}

// run gives the arguments to the tree. An error is none once the server was asked: it refuses everything.
func (y *typist) run(args []string) error {
	if len(args) > 1 && args[0] == "completion" && strings.HasSuffix(args[1], "install") {
		args = append([]string{"help"}, args[:2]...) // it writes into the folder where the program is found
	}
	environment := func(name string) (string, bool) { return y.kubeconfig, name == "KUBECONFIG" }
	var out bytes.Buffer
	streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &out}
	root := NewRoot(factory.New(streams, environment, time.Now))
	root.SetArgs(cascadeSpelling(append([]string{"--kubeconfig", y.kubeconfig}, args...)))
	before := y.asked.Load()
	err := root.ExecuteContext(y.t.Context())
	if err == nil || y.asked.Load() > before {
		return nil
	}
	return fmt.Errorf("%w\n%s", err, out.String())
}
