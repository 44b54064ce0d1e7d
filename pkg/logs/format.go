package logs

import (
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// formatter is how the lines of a stream are written.
func (c *command) formatter(s logstream.Stream) logstream.Formatter {
	if c.saver == nil {
		return c.printer(s)
	}
	return c.saver.formatter(s, c.printer(s))
}

// printer is how the lines of a stream are printed.
func (c *command) printer(s logstream.Stream) logstream.Formatter {
	switch {
	case c.o.Template != nil:
		safe := func(text string) string { return text }
		if c.screen.TTY {
			safe = safetext.Line
		}
		t := logstream.NewTemplate(c.o.Template, s, safe)
		t.Filter, t.Paint = c.filter, c.paint
		return t
	case c.o.Output == JSON:
		return logstream.NewJSON(s, c.filter)
	}
	text := &logstream.Text{Stamps: c.o.Timestamps, Filter: c.filter, Paint: c.paint}
	if c.o.Output != Text {
		return text
	}
	text.Complete = c.tty
	if prefix := c.names.Prefix(s); prefix != nil {
		text.Prefix = func(dst []byte) []byte {
			bare := len(dst)
			dst = prefix(dst)
			text.Complete = c.tty || len(dst) > bare // a line that is not only the log's bytes is a whole one
			return dst
		}
	}
	return text
}

func filter(o Options) *logstream.Filter {
	if len(o.Include) == 0 && len(o.Exclude) == 0 {
		return nil
	}
	return &logstream.Filter{Include: o.Include, Exclude: o.Exclude}
}
