package delete

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// entry is an object in -o json.
type entry struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid,omitempty"`
	Source    string `json:"source,omitempty"`
	Pending   bool   `json:"pending,omitempty"` // still there when it was last looked at
	Error     string `json:"error,omitempty"`
}

func entryFor(item target.Item) entry {
	m := item.Meta()
	return entry{Kind: kindWord(item), Namespace: m.Namespace, Name: m.Name, UID: string(m.UID), Source: item.Source}
}

func entryOf(f target.Failure) entry {
	word := "job.batch" // a bare name is a Job's
	if f.Ref.Kind == target.CronJob {
		word = "cronjob.batch"
	}
	return entry{Kind: word, Namespace: f.Namespace, Name: f.Ref.Name, Source: f.Source}
}

// kindWord is the kind as kubectl prints it in front of a name.
func kindWord(item target.Item) string {
	switch {
	case item.CronJob != nil:
		return "cronjob.batch"
	case item.Pod != nil:
		return "pod"
	default:
		return "job.batch"
	}
}

// ledger tells what became of each object: a line each on stdout as it happens, errors and progress on stderr.
type ledger struct {
	out     func([]byte) error // takes what holds the cluster's words
	err     io.Writer
	o       Options
	now     func() time.Time
	targets int // 1: its failure is the command's own error
	screen  *term.Terminal
	both    bool // stdout and stderr are terminals, so lines must not run into the progress bar
	sums    bool // a total on stderr is of use: it is seen, or stdout is not

	mu   sync.Mutex
	gone []entry
	lost []entry
	// pendingAt is where in gone an object is, by its UID, that was still there when its deletion was accepted.
	pendingAt map[string]int
	items     []target.Item // those of gone
	missing   int           // were gone already
	seenGone  bool          // all was seen to be gone, with what belonged to it
	onlyErr   error
	repeats   act.Repeats
	writeErr  error

	total int
	live  *term.Live // nil: no progress bar
	drawn time.Time
	held  strings.Builder // lines for stdout that wait for the next repaint
	left  map[string]left // what is waited for in each namespace; nil: the wait has not begun
}

func newLedger(f *factory.Factory, o Options, targets int) *ledger {
	l := &ledger{out: f.WriteData, err: f.ErrOut, o: o, now: f.Now, targets: targets, pendingAt: map[string]int{}}
	l.screen = f.Terminal(f.ErrOut)
	toScreen := f.Terminal(f.Out).IsTTY
	l.both, l.sums = l.screen.IsTTY && toScreen, l.screen.IsTTY || !toScreen
	return l
}

// begin puts up a progress bar for many objects.
func (l *ledger) begin(n int) {
	const many = 20
	l.total = n + len(l.lost) // what was not found has been told
	if n >= many && l.screen.Live {
		l.live = term.NewLive(l.err, l.screen)
		l.repaint()
	}
}

// takeDown takes the progress bar away.
func (l *ledger) takeDown() {
	if l.live != nil {
		_ = l.live.Clear()
		l.flush()
		l.live.Close()
		l.live = nil
	}
}

func (l *ledger) note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.toErr(safetext.Line(text))
}

func (l *ledger) toErr(line string) {
	if l.live != nil {
		_ = l.live.Print(line)
		return
	}
	_, _ = fmt.Fprintln(l.err, line)
}

// deleted tells of one that went, or is on its way.
func (l *ledger) deleted(item target.Item, pending bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := entryFor(item)
	e.Pending = pending
	if pending {
		l.pendingAt[e.UID] = len(l.gone)
	}
	l.gone, l.items = append(l.gone, e), append(l.items, item)
	if !pending || !l.o.Wait {
		l.print(e)
	}
	l.progress()
}

// went tells of one that was held when its deletion was accepted and is gone now.
func (l *ledger) went(item target.Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := entryFor(item)
	l.print(e)
	if i, ok := l.pendingAt[e.UID]; ok {
		l.gone[i].Pending = false
	}
}

// unseen tells of those in a namespace whose deletion was accepted, where nobody may look, or looks on, whether they went.
func (l *ledger) unseen(namespace string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted(func(e entry) bool { return e.Namespace == namespace })
}

// accepted prints those whose deletion was accepted, and which were not seen to go.
func (l *ledger) accepted(which func(entry) bool) {
	for _, e := range l.gone {
		if e.Pending && which(e) {
			l.print(e)
		}
	}
}

// absent tells of one that somebody else deleted meanwhile.
func (l *ledger) absent(item target.Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missing++
	l.toErr(safetext.Line(act.Name(item) + ": it was gone already"))
	l.progress()
}

// print writes an object's line to stdout.
func (l *ledger) print(e entry) {
	line := l.line(e)
	switch {
	case line == "":
	case l.live != nil && l.both:
		l.held.WriteString(line + "\n")
	default:
		l.write(line + "\n")
	}
}

func (l *ledger) write(text string) {
	if err := l.out([]byte(text)); err != nil && l.writeErr == nil {
		l.writeErr = err
	}
}

// line is kubectl's.
func (l *ledger) line(e entry) string {
	switch l.o.Output {
	case Names:
		return e.Kind + "/" + e.Name
	case JSON:
		return ""
	case Words:
	}
	word := "deleted"
	switch {
	case e.Pending:
		return fmt.Sprintf("%s %q deletion started in %s namespace", e.Kind, e.Name, e.Namespace)
	case l.o.Force:
		word = "force deleted"
	}
	return fmt.Sprintf("%s %q %s from %s namespace%s", e.Kind, e.Name, word, e.Namespace, l.o.DryRun.Suffix())
}

func (l *ledger) failed(e entry, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Error = safetext.Error(err.Error())
	l.lost = append(l.lost, e)
	kind, _, _ := strings.Cut(e.Kind, ".")
	name := fmt.Sprintf("%s %q in namespace %q", kind, e.Name, e.Namespace)
	if e.Source != "" {
		name = e.Source + ": " + name
	}
	if l.targets == 1 && l.o.Output != JSON {
		l.onlyErr = act.Named(name, err)
		return
	}
	if l.repeats.Tell(name, err) {
		l.toErr("error: " + act.WithSubject(name, err))
	}
	l.progress()
}

// progress repaints the bar, ten times a second at most.
func (l *ledger) progress() {
	if l.live == nil || l.now().Sub(l.drawn) < 100*time.Millisecond {
		return
	}
	l.repaint()
}

func (l *ledger) repaint() {
	l.drawn = l.now()
	if l.held.Len() > 0 {
		_ = l.live.Clear()
		l.flush()
	}
	width, height := l.screen.Size()
	style := render.Style{Color: l.screen.Color, UTF8: l.screen.UTF8, Width: width, Height: height}
	if l.left != nil {
		_ = l.live.Repaint([]string{l.waits()})
		return
	}
	done := len(l.gone) + len(l.lost) + l.missing
	bar := render.Bar(float64(done)/float64(l.total), min(30, width/3), render.Good, style)
	_ = l.live.Repaint([]string{fmt.Sprintf("%s %d of %d", bar, done, l.total)})
}

func (l *ledger) flush() {
	l.write(l.held.String())
	l.held.Reset()
}
