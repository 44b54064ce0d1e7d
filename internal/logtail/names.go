package logtail

import (
	"hash/fnv"
	"strconv"
	"sync/atomic"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Prefix says whether lines say whose they are.
type Prefix int

// The choices.
const (
	WhenSeveral Prefix = iota
	Always
	Never
)

// Names knows what stands in front of lines. Streams may join while others are being written.
type Names struct {
	mode   Prefix
	color  bool
	dot    string
	layout atomic.Pointer[layout]
	many   bool  // there will be several streams
	last   int32 // there may be indexes up to this one
	seen   int
	first  string        // container name
	job    string        // whose the first stream was
	widths map[parts]int // of the widest name, with and without each part
}

// layout is what all prefixes have in common.
type layout struct {
	several bool
	parts
	width int // of the widest, in cells
}

// parts are what names hold beside the pod or the index.
type parts struct {
	containers bool // there is more than one container name
	attempts   bool // there is an attempt after the first
	jobs       bool // the streams are of more than one Job
}

// NewNames returns names for a screen.
func NewNames(mode Prefix, screen Screen) *Names {
	n := &Names{mode: mode, color: screen.Color, dot: " · ", widths: map[parts]int{}}
	if !screen.UTF8 {
		n.dot = " / "
	}
	n.layout.Store(&layout{})
	return n
}

// ExpectSeveral says that there will be several streams, so that the first lines have a prefix too.
func (n *Names) ExpectSeveral() { n.many = true }

// ExpectIndexes says up to which index streams may join, so that the first lines are indented as the last ones will be.
func (n *Names) ExpectIndexes(last int32) { n.last = last }

// Add tells of streams that will be shown.
func (n *Names) Add(streams []logstream.Stream) {
	l := *n.layout.Load()
	for _, s := range streams {
		job := s.JobName()
		if n.seen++; n.seen == 1 {
			n.first, n.job = s.Container, job
		}
		l.containers = l.containers || s.Container != n.first
		l.attempts = l.attempts || s.Attempt > 1
		l.jobs = l.jobs || job != n.job
		room := 0
		if s.Index >= 0 {
			room = max(0, digits(n.last)-digits(s.Index))
		}
		for i := range 8 {
			p := parts{i&1 != 0, i&2 != 0, i&4 != 0}
			n.widths[p] = max(n.widths[p], safetext.Width(n.name(s, p))+room)
		}
	}
	l.several = n.many || n.seen > 1
	l.width = n.widths[l.parts]
	n.layout.Store(&l)
}

func digits(i int32) int { return len(strconv.Itoa(int(i))) }

func (n *Names) name(s logstream.Stream, p parts) string {
	text := safetext.Cell(s.PodName())
	if s.Index >= 0 {
		text = "index " + strconv.Itoa(int(s.Index))
		if job := s.JobName(); p.jobs && job != "" { // a pod's name says whose it is
			text = safetext.Cell(job) + n.dot + text
		}
	}
	if p.attempts {
		text += n.dot + "attempt " + strconv.Itoa(int(s.Attempt))
	}
	if p.containers {
		text += n.dot + safetext.Cell(s.Container)
	}
	return text
}

// Prefix returns the function that puts a stream's name in front of a line, or nil if there are never any.
func (n *Names) Prefix(s logstream.Stream) func([]byte) []byte {
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

func (n *Names) text(s logstream.Stream, l layout) string {
	if !l.several && n.mode != Always {
		return ""
	}
	name := n.name(s, l.parts)
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
