package logs

import (
	"hash/fnv"
	"strconv"
	"sync/atomic"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// names knows what stands in front of lines. Streams may join while others are being written.
type names struct {
	mode   Prefix
	color  bool
	dot    string
	layout atomic.Pointer[layout]
	seen   []logstream.Stream
	many   bool // there will be several streams
}

// layout is what all prefixes have in common.
type layout struct {
	several    bool
	containers bool // there is more than one container name
	attempts   bool // there is an attempt after the first
	jobs       bool // there is more than one Job
	width      int  // of the widest, in cells
}

func newNames(o Options, screen *term.Terminal) *names {
	n := &names{mode: o.Prefix, color: screen.Color, dot: " · "}
	if !screen.UTF8 {
		n.dot = " / "
	}
	n.layout.Store(&layout{})
	return n
}

// expectSeveral says that there will be several streams, so that the first lines have a prefix too.
func (n *names) expectSeveral() { n.many = true }

// add tells of streams that will be shown.
func (n *names) add(streams []logstream.Stream) {
	n.seen = append(n.seen, streams...)
	l := layout{several: n.many || len(n.seen) > 1}
	for _, s := range n.seen {
		l.containers = l.containers || s.Container != n.seen[0].Container
		l.attempts = l.attempts || s.Attempt > 1
	}
	for _, s := range n.seen {
		l.width = max(l.width, safetext.Width(n.name(s, l)))
	}
	n.layout.Store(&l)
}

func (n *names) name(s logstream.Stream, l layout) string {
	text := safetext.Cell(s.PodName())
	if s.Index >= 0 {
		text = "index " + strconv.Itoa(int(s.Index))
	}
	if l.attempts {
		text += n.dot + "attempt " + strconv.Itoa(int(s.Attempt))
	}
	if l.containers {
		text += n.dot + safetext.Cell(s.Container)
	}
	return text
}

// prefix returns the function that puts a stream's name in front of a line, or nil if there are never any.
func (n *names) prefix(s logstream.Stream) func([]byte) []byte {
	if n.mode == Never {
		return nil
	}
	var made *layout
	var text string
	return func(dst []byte) []byte {
		if l := n.layout.Load(); l != made {
			made, text = l, n.text(s, *l)
		}
		return append(dst, text...)
	}
}

func (n *names) text(s logstream.Stream, l layout) string {
	if !l.several && n.mode != Always {
		return ""
	}
	name := n.name(s, l)
	text := "[" + name + "]"
	if n.color {
		text = color(s).Styled(text)
	}
	return text + safetext.Pad("", l.width-safetext.Width(name)+1)
}

// color is the colour of a stream's prefix: the same in every run for the same index, or the same pod.
func color(s logstream.Stream) ansi.Style {
	colors := [...]ansi.BasicColor{
		ansi.Cyan, ansi.Green, ansi.Yellow, ansi.Blue, ansi.Magenta,
		ansi.BrightCyan, ansi.BrightGreen, ansi.BrightYellow, ansi.BrightBlue, ansi.BrightMagenta,
	}
	if s.Index >= 0 {
		return ansi.Style{}.ForegroundColor(colors[int(s.Index)%len(colors)])
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.PodName()))
	return ansi.Style{}.ForegroundColor(colors[h.Sum32()%uint32(len(colors))])
}
