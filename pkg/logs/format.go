package logs

import (
	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// formatter is how the lines of a stream are written.
func (c *command) formatter(s logstream.Stream) logstream.Formatter {
	switch {
	case c.o.Template != nil:
		t := logstream.NewTemplate(c.o.Template, s)
		t.Filter, t.Paint = c.filter(), c.paint()
		return t
	case c.o.Output == JSON:
		return logstream.NewJSON(s, c.filter())
	}
	text := &logstream.Text{Stamps: c.o.Timestamps, Filter: c.filter(), Paint: c.paint()}
	if c.o.Output == Text {
		text.Prefix = c.names.prefix(s)
		text.Complete = c.screen.IsTTY || c.o.Prefix == Always
	}
	return text
}

func (c *command) filter() *logstream.Filter {
	if len(c.o.Include) == 0 && len(c.o.Exclude) == 0 {
		return nil
	}
	return &logstream.Filter{Include: c.o.Include, Exclude: c.o.Exclude}
}

// paint is what is done to the text of a line: highlighting, and on a terminal making it safe.
func (c *command) paint() func(dst, text []byte) []byte {
	safe := c.screen.IsTTY && !c.o.RawControl
	mark := len(c.o.Highlight) > 0 && c.screen.Color
	line := safetext.LogLine{Color: c.screen.Color, ASCII: !c.screen.UTF8}
	before, after := ansi.Style{}.Reverse(true).String(), ansi.Style{}.Reverse(false).String()
	switch {
	case safe && mark:
		return func(dst, text []byte) []byte {
			return logstream.Highlight(dst, line.Append(nil, text), c.o.Highlight, before, after)
		}
	case safe:
		return line.Append
	case mark:
		return func(dst, text []byte) []byte { return logstream.Highlight(dst, text, c.o.Highlight, before, after) }
	default:
		return nil
	}
}
