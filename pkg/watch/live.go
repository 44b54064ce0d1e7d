package watch

import (
	"io"
	"sync"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// liveView repaints a block in place, under lines that stay: one per transition.
type liveView struct {
	w        io.Writer
	terminal *term.Terminal
	live     *term.Live
	options  Options

	mu     sync.Mutex
	notice string
	drawn  bool
}

func newLiveView(f *factory.Factory, t *term.Terminal, o Options) *liveView {
	return &liveView{w: f.Out, terminal: t, live: term.NewLive(f.Out, t), options: o}
}

func (v *liveView) style() render.Style {
	width, height := v.terminal.Size()
	return render.Style{Color: v.terminal.Color, UTF8: v.terminal.UTF8, Width: width, Height: height}
}

// Show implements observe.View.
func (v *liveView) Show(now time.Time, jobs []observe.Job) error {
	style := v.style()
	var above []string
	for _, j := range jobs {
		for _, t := range j.Transitions {
			if render.Notable(t) {
				above = append(above, render.Line(t, style))
			}
		}
	}
	v.mu.Lock()
	notice := v.notice
	v.drawn = true
	v.mu.Unlock()
	if len(jobs) == 1 && v.options.Named() {
		o := render.FrameOptions{Pods: v.options.Pods, Events: v.options.Events, Notice: notice}
		return v.live.Draw(above, render.Frame(jobs[0].Status, now, style, o))
	}
	board := render.Board(statuses(jobs), now, style)
	if notice != "" {
		board = append(board, style.Paint(render.Warn, notice))
	}
	return v.live.Draw(above, board)
}

// Notice implements view: it stands in the block until the next one takes its place.
func (v *liveView) Notice(text string) {
	v.mu.Lock()
	v.notice = safetext.Line(text)
	before := !v.drawn
	v.mu.Unlock()
	if text == reconnected {
		v.mu.Lock()
		v.notice = ""
		v.mu.Unlock()
	}
	if before {
		_ = v.live.Repaint([]string{safetext.Line(text)}) // the next Show meets the same error
	}
}

// reconnected is the feed's word for the end of what it noticed before.
const reconnected = "reconnected"

// changed takes note that the terminal is another size, or has been away.
func (v *liveView) changed(c term.Change) {
	if c == term.Resumed {
		_ = v.live.Restart() // the next Show meets the same error
	}
}

// Close implements view. The last frame stays, the verdict below it.
func (v *liveView) Close(jobs []observe.Job) error {
	v.live.Close()
	return writeVerdicts(v.w, jobs, v.style())
}

func statuses(jobs []observe.Job) []jobstatus.Status {
	all := make([]jobstatus.Status, len(jobs))
	for i, j := range jobs {
		all[i] = j.Status
	}
	return all
}
