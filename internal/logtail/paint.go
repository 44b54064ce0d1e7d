package logtail

import (
	"regexp"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Screen is what lines are shown on.
type Screen struct {
	TTY   bool // a terminal: what acts on it is made visible
	Color bool
	UTF8  bool
}

// Paint returns what is done to the text of a line before it is shown: on a terminal it is made safe, and what the
// expressions match is marked where there are colours. It returns nil if nothing is to be done.
func Paint(screen Screen, highlight []*regexp.Regexp) func(dst, text []byte) []byte {
	mark := len(highlight) > 0 && screen.Color
	line := safetext.LogLine{Color: screen.Color, ASCII: !screen.UTF8}
	before, after := ansi.Style{}.Reverse(true).String(), ansi.Style{}.Reverse(false).String()
	switch {
	case screen.TTY && mark:
		return func(dst, text []byte) []byte {
			return logstream.Highlight(dst, line.Append(nil, text), highlight, before, after, safetext.SGR)
		}
	case screen.TTY:
		return line.Append
	case mark:
		return func(dst, text []byte) []byte {
			return logstream.Highlight(dst, text, highlight, before, after, safetext.SGR)
		}
	default:
		return nil
	}
}
