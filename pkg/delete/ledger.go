package delete

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
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
	Pending   bool   `json:"pending,omitempty"` // held by a finalizer when its deletion was accepted
	Error     string `json:"error,omitempty"`
}

func entryFor(item target.Item) entry {
	m := item.Meta()
	return entry{Kind: kindWord(item), Namespace: m.Namespace, Name: m.Name, UID: string(m.UID), Source: item.Source}
}

func entryOf(f target.Failure) entry {
	return entry{Kind: string(f.Ref.Kind), Namespace: f.Namespace, Name: f.Ref.Name, Source: f.Source}
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
	out, err io.Writer
	o        Options
	now      func() time.Time
	alone    bool // one object: its failure is the command's own error
	screen   *term.Terminal
	both     bool // stdout and stderr are terminals, so lines must not run into the progress bar

	mu       sync.Mutex
	gone     []entry
	lost     []entry
	onlyErr  error
	writeErr error

	total int
	live  *term.Live // nil: no progress bar
	drawn time.Time
	held  strings.Builder // lines for stdout that wait for the next repaint
}

func newLedger(f *factory.Factory, o Options, targets int) *ledger {
	l := &ledger{out: f.Out, err: f.ErrOut, o: o, now: f.Now, alone: targets == 1}
	l.screen = f.Terminal(f.ErrOut)
	l.both = l.screen.IsTTY && f.Terminal(f.Out).IsTTY
	return l
}

// begin puts up a progress bar for many objects.
func (l *ledger) begin(n int) {
	const many = 20
	l.total = n
	if n >= many && l.screen.Live {
		l.live = term.NewLive(l.err, l.screen)
		l.repaint()
	}
}

// close takes the progress bar away.
func (l *ledger) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
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
	l.gone = append(l.gone, e)
	if !pending || !l.o.Wait {
		l.print(e)
	}
	l.progress()
}

// wentAtLast tells of those that were held when their deletion was accepted and are gone now.
func (l *ledger) wentAtLast(gone []removed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range gone {
		if r.pending {
			l.print(entryFor(r.item))
		}
	}
}

// print writes an object's line to stdout.
func (l *ledger) print(e entry) {
	if line := l.line(e); line != "" {
		if l.live != nil && l.both {
			l.held.WriteString(line + "\n")
		} else if _, err := fmt.Fprintln(l.out, line); err != nil && l.writeErr == nil {
			l.writeErr = err
		}
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
	var status apierrors.APIStatus
	if l.alone && l.o.Output != JSON {
		l.onlyErr = err
		if !target.IsNotFound(err) && !errors.As(err, &status) {
			l.onlyErr = fmt.Errorf("%s: %w", name, err)
		}
		return
	}
	l.toErr("error: " + act.WithSubject(name, err))
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
	done := len(l.gone) + len(l.lost)
	bar := render.Bar(float64(done)/float64(l.total), min(30, width/3), render.Good, style)
	_ = l.live.Repaint([]string{fmt.Sprintf("%s %d of %d", bar, done, l.total)})
}

func (l *ledger) flush() {
	if _, err := io.WriteString(l.out, l.held.String()); err != nil && l.writeErr == nil {
		l.writeErr = err
	}
	l.held.Reset()
}

// interrupted says where it stood.
func (l *ledger) interrupted(targets int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.json()
	_, _ = fmt.Fprintf(l.err, "interrupted: %d of %d deleted, %d failed, %d not touched\n",
		len(l.gone), targets, len(l.lost), max(0, targets-len(l.gone)-len(l.lost)))
}

// end prints the lists of -o json and the total, and returns what sets the exit code.
func (l *ledger) end() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.json(); err != nil && l.writeErr == nil {
		l.writeErr = err
	}
	switch {
	case l.onlyErr != nil:
		return l.onlyErr
	case len(l.lost) == 0:
		return l.writeErr
	case len(l.lost)+len(l.gone) > 1:
		_, _ = fmt.Fprintf(l.err, "%d of %d deleted, %d failed\n", len(l.gone), len(l.gone)+len(l.lost), len(l.lost))
	}
	return exit.Silent(exit.Failure)
}

func (l *ledger) json() error {
	if l.o.Output != JSON {
		return nil
	}
	encoder := json.NewEncoder(l.out)
	encoder.SetIndent("", "  ")
	both := struct {
		Schema  string  `json:"schema"`
		DryRun  bool    `json:"dryRun,omitempty"`
		Deleted []entry `json:"deleted"`
		Failed  []entry `json:"failed"`
	}{"jobx.delete/v1", l.o.DryRun != act.Really, l.gone, l.lost}
	if both.Deleted == nil {
		both.Deleted = []entry{}
	}
	if both.Failed == nil {
		both.Failed = []entry{}
	}
	return encoder.Encode(both)
}
