package main

import (
	"bytes"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// manual is the command's man page. cobra writes Markdown and has that turned into a man page: a <name> in the text would be
// an HTML tag on the way, and be left out.
func manual(cmd *cobra.Command) ([]byte, error) {
	long := cmd.Long
	cmd.Long = fenced(strings.TrimSpace(long), literal)
	defer func() { cmd.Long = long }()
	usages := map[*pflag.Flag]string{}
	for _, flags := range []*pflag.FlagSet{cmd.NonInheritedFlags(), cmd.InheritedFlags()} {
		flags.VisitAll(func(f *pflag.Flag) { usages[f] = f.Usage })
	}
	for f, usage := range usages {
		f.Usage = literal(usage)
		defer func() { f.Usage = usage }()
	}
	header := &doc.GenManHeader{Section: "1", Source: "kubectl-jobx", Manual: "kubectl jobx", Date: &time.Time{}}
	header.Title = strings.ToUpper(strings.ReplaceAll(cmd.CommandPath(), " ", "-"))
	var page bytes.Buffer
	if err := doc.GenMan(cmd, header, &page); err != nil {
		return nil, err
	}
	// The date is part of the page's first line. A date would be another one each day.
	return bytes.Replace(page.Bytes(), []byte(`"Jan 0001"`), []byte(`""`), 1), nil
}

// literal is text that Markdown leaves as it is.
func literal(text string) string {
	return strings.NewReplacer("<", `\<`, ">", `\>`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`).Replace(text)
}

// fenced puts each run of indented lines into a block of its own, where Markdown keeps the lines apart, and treats the others.
func fenced(text string, treat func(string) string) string {
	var out []string
	open := false
	for line := range strings.SplitSeq(text, "\n") {
		indented := strings.HasPrefix(line, "  ")
		switch {
		case indented && !open:
			if len(out) > 0 && out[len(out)-1] != "" {
				out = append(out, "")
			}
			out = append(out, "```")
		case !indented && open:
			out = append(out, "```")
			if line != "" {
				out = append(out, "")
			}
		}
		if open = indented; open {
			out = append(out, strings.TrimPrefix(line, "  "))
		} else {
			out = append(out, treat(line))
		}
	}
	if open {
		out = append(out, "```")
	}
	return strings.Join(out, "\n")
}
