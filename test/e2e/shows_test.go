//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// shows runs a shell's line and holds what a document says that it prints against what it printed, both streams together:
//
//	shows README.md 'kubectl jobx wait failing; echo $?'
//
// The document has the line behind "$ " in a console block. "..." stands for the rest of a line there, and alone in a line for
// any lines, also none; names of pods, times and
// durations may be others, and so may the width of columns.
func shows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: shows DOCUMENT 'LINE'")
	}
	text, err := os.ReadFile(filepath.Join(ts.Getenv("REPOSITORY"), args[0]))
	ts.Check(err)
	want, err := printedBelow(string(text), args[1])
	ts.Check(err)
	ts.Check(ts.Exec("sh", "-c", "{ "+args[1]+"\n} 2>&1 || true"))
	got := strings.ReplaceAll(ts.ReadFile("stdout"), ts.Getenv("NS"), "demo")
	if !pattern(want).MatchString(plain(got)) {
		ts.Fatalf("%s says\n%s\nand this was printed:\n%s", args[0], want, got)
	}
}

var console = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")

// printedBelow is what a document shows below a line that is typed in it.
func printedBelow(document, line string) (string, error) {
	for _, block := range console.FindAllStringSubmatch(document, -1) {
		for _, part := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			typed, printed, _ := strings.Cut(part, "\n")
			if typed == line {
				return strings.TrimRight(printed, "\n") + "\n", nil
			}
		}
	}
	return "", fmt.Errorf("no console block of the document has the line %q", line)
}

var others = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "TIME"},
	{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s|m|h|d)(\d+(s|m|h))*\b`), "LONG"},
	{regexp.MustCompile(`-[bcdfghjklmnpqrstvwxz2456789]{5}\b`), "-RANDOM"},
	{regexp.MustCompile(`\bnode-\d\b`), "node-N"},
	{regexp.MustCompile(`[ \t]+`), " "},
	{regexp.MustCompile(` ?\n`), "\n"},
}

// plain is text without what is another one at each run.
func plain(text string) string {
	for _, o := range others {
		text = o.pattern.ReplaceAllString(text, o.with)
	}
	return text
}

// pattern is what matches the plain text of an output that a document shows.
func pattern(shown string) *regexp.Regexp {
	exact := strings.ReplaceAll(regexp.QuoteMeta(plain(shown)), "\n\\.\\.\\.\n", "\n(?s:.*\n)?")
	return regexp.MustCompile(`^` + strings.ReplaceAll(exact, `\.\.\.`, `.*`) + `$`)
}

// TestShowsNotices is the control of the comparison.
func TestShowsNotices(t *testing.T) {
	const document = "```console\n$ ls; echo $?\nx-zbcd2   3s\n...\nend 0\n$ next\n```\n"
	shown, err := printedBelow(document, "ls; echo $?")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]bool{
		"x-zq2b4 1m2s\nmore\nend 0\n": true, "x-zq2b4 1m2s\nend 0\n": true, "x-bcd2f  4s\nend 1\n": false, "y-bcd2f 4s\nmore\nend 0\n": false, "": false,
	} {
		if pattern(shown).MatchString(plain(got)) != want {
			t.Errorf("%q matches: %v", got, !want)
		}
	}
	if _, err := printedBelow(document, "ls"); err == nil {
		t.Error("a line that the document does not have was found")
	}
}
