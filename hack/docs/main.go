// Command docs makes docs/reference and docs/man from the command tree. With -check it compares instead.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cli"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
)

const (
	reference = "docs/reference"
	man       = "docs/man"
)

func main() {
	check := flag.Bool("check", false, "write nothing, and fail if a page is not up to date")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	pages, err := generate()
	if err != nil {
		return err
	}
	if check {
		return compare(pages)
	}
	for _, dir := range []string{reference, man} {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for path, text := range pages {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compare wants exactly these pages in the folders.
func compare(pages map[string][]byte) error {
	var stale []string
	for path, text := range pages {
		if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, text) {
			stale = append(stale, path)
		}
	}
	for _, dir := range []string{reference, man} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && pages[filepath.ToSlash(path)] == nil {
				stale = append(stale, path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(stale) == 0 {
		return nil
	}
	slices.Sort(stale)
	return fmt.Errorf("not what the commands say: %s\nmake docs writes them", strings.Join(stale, ", "))
}

// generate returns the pages by path. Nothing of this machine is in them: no time, no environment.
func generate() (map[string][]byte, error) {
	nowhere := func(string) (string, bool) { return "", false }
	streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: io.Discard, ErrOut: io.Discard}
	root := cli.NewRoot(factory.New(streams, nowhere, time.Now))
	root.DisableAutoGenTag = true
	root.InitDefaultHelpCmd()
	pages := map[string][]byte{}
	var index bytes.Buffer
	writeIndex(&index, root)
	pages[reference+"/README.md"] = index.Bytes()
	return pages, each(root, func(cmd *cobra.Command) error {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "_")
		var page bytes.Buffer
		writePage(&page, cmd)
		pages[reference+"/"+name+".md"] = page.Bytes()
		text, err := manual(cmd)
		pages[man+"/"+strings.ReplaceAll(name, "_", "-")+".1"] = text
		return err
	})
}

// each visits the commands that are documented.
func each(cmd *cobra.Command, visit func(*cobra.Command) error) error {
	if err := visit(cmd); err != nil {
		return err
	}
	for _, sub := range cmd.Commands() {
		if !sub.IsAvailableCommand() {
			continue
		}
		if err := each(sub, visit); err != nil {
			return err
		}
	}
	return nil
}

func writeIndex(b *bytes.Buffer, root *cobra.Command) {
	b.WriteString("# Commands\n\nMade from the program by `make docs`.\n")
	for _, group := range root.Groups() {
		fmt.Fprintf(b, "\n%s\n\n", strings.TrimSuffix(group.Title, ":"))
		b.WriteString("| command | what it does |\n|---|---|\n")
		for _, cmd := range root.Commands() {
			if cmd.GroupID == group.ID && cmd.IsAvailableCommand() {
				fmt.Fprintf(b, "| [%s](%s.md) | %s |\n", cmd.CommandPath(), strings.ReplaceAll(cmd.CommandPath(), " ", "_"), cmd.Short)
			}
		}
	}
	b.WriteString("\nThe options that every command takes are on [kubectl jobx](kubectl_jobx.md).\n")
}

func writePage(b *bytes.Buffer, cmd *cobra.Command) {
	fmt.Fprintf(b, "# %s\n\n", cmd.CommandPath())
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	b.WriteString(fenced(strings.TrimSpace(long), func(line string) string { return line }) + "\n\n")
	fmt.Fprintf(b, "```\n%s\n```\n", cmd.UseLine())
	if cmd.HasExample() {
		fmt.Fprintf(b, "\n## Examples\n\n```bash\n%s\n```\n", unindent(cmd.Example))
	}
	flags, title := cmd.NonInheritedFlags(), "Options"
	if !cmd.HasParent() {
		title = "Options of every command"
	}
	writeFlags(b, title, flags)
	if cmd.HasParent() {
		fmt.Fprintf(b, "\nSee also: [%s](%s.md)", cmd.Root().CommandPath(), strings.ReplaceAll(cmd.Root().CommandPath(), " ", "_"))
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(b, ", [%s](%s.md)", sub.CommandPath(), strings.ReplaceAll(sub.CommandPath(), " ", "_"))
			}
		}
		b.WriteString("\n")
	}
}

// writeFlags is a table, so that a flag's page can be linked to and read on a narrow screen.
func writeFlags(b *bytes.Buffer, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| option | default | meaning |\n|---|---|---|\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		value := f.DefValue
		if value == "[]" || value == "" || value == "false" {
			value = "–"
		} else {
			value = "`" + value + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, value, cell(f.Usage))
	})
}

// cell keeps text inside a table's cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "\n", " ").Replace(text)
}

func unindent(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "  ")
	}
	return strings.Join(lines, "\n")
}
