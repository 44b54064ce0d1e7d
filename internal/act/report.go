package act

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// shown bounds how many objects are named to which the same happens, or nothing: most Jobs of a namespace are finished.
const shown = 10

// Report tells what became of many targets: a line each, and a total when some of several could not be done. Its
// methods may be called from several goroutines.
type Report struct {
	err   io.Writer
	print func(target.Item) error // an object that was changed
	plain bool                    // it is printed as a line that says so
	word  string                  // for it: "scaled"
	tail  string                  // behind the total: that it was a dry run
	// single says that there is one target: its failure is then the command's own error.
	single bool

	mu                 sync.Mutex
	done, failed, late int
	unchanged          int
	leftOut, soAlready int
	replanned, ended   int
	code               exit.Code
	writeErr           error
	alone              error
	repeats            Repeats
}

func newReport(f *factory.Factory, p Printer, word string, d DryRun, targets int) *Report {
	printItem := func(item target.Item) error {
		var text bytes.Buffer
		if err := p.PrintObj(runtimeObject(item), &text); err != nil {
			return err
		}
		return f.WriteData(text.Bytes())
	}
	return &Report{err: f.ErrOut, print: printItem, plain: p.Plain, word: word, tail: d.Suffix(), single: targets == 1}
}

// Succeeded prints an object that was changed.
func (r *Report) Succeeded(item target.Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	r.show(item)
}

func (r *Report) show(item target.Item) {
	if err := r.print(item); err != nil && r.writeErr == nil {
		r.writeErr = err
	}
}

// Unchanged counts an object about which nothing was to be done. Where objects were asked for it is printed as well.
func (r *Report) Unchanged(item target.Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unchanged++
	if !r.plain {
		r.show(item)
	}
}

// Note writes a sentence to stderr.
func (r *Report) Note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = fmt.Fprintln(r.err, safetext.Line(text))
}

// LeftOut tells that a selection leaves something out, the first few times. End tells how many more there were.
func (r *Report) LeftOut(text string) { r.first(&r.leftOut, text) }

// SoAlready tells that there is nothing to be done about an object, in the same way.
func (r *Report) SoAlready(text string) { r.first(&r.soAlready, text) }

// Replanned tells what is to be done about an object that changed meanwhile, in the same way.
func (r *Report) Replanned(text string) { r.first(&r.replanned, text) }

// Ended tells that a Job has ended while it was waited for something else, in the same way.
func (r *Report) Ended(text string) { r.first(&r.ended, text) }

func (r *Report) first(count *int, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *count++; *count <= shown {
		_, _ = fmt.Fprintln(r.err, safetext.Line(text))
	}
}

// Failed tells why something could not be done. what is the object as people know it.
func (r *Report) Failed(what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed++
	r.tell(what, err, exit.Failure)
}

// Late tells why something that was done has not led to what was waited for.
func (r *Report) Late(what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late++
	r.tell(what, err, exit.Of(err, exit.OK))
}

func (r *Report) tell(what string, err error, code exit.Code) {
	r.code = exit.Worse(r.code, code)
	switch {
	case r.single:
		r.alone = Named(what, err)
	case r.repeats.Tell(what, err):
		_, _ = fmt.Fprintln(r.err, "error: "+WithSubject(what, err))
	}
}

// Named puts what an error is about in front of it, unless it names it already, or the server does.
func Named(what string, err error) error {
	if target.IsNotFound(err) || cluster.Answered(err) || strings.Contains(err.Error(), what) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

// WithSubject is Named as a line of many, made safe.
func WithSubject(what string, err error) string {
	text := ErrorText(err)
	if first, _, _ := strings.Cut(text, "\n"); target.IsNotFound(err) || strings.Contains(first, what) {
		return text
	}
	return safetext.Line(what) + ": " + text
}

// ErrorText is the text of an error, made safe line by line.
func ErrorText(err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = safetext.Error(line)
	}
	return strings.Join(lines, "\n")
}

// Unanswered words the error of a request that got no answer: nobody knows what became of it. Other errors stay.
func Unanswered(err error, d DryRun) error {
	var dial *net.OpError
	var address *url.Error
	switch {
	case err == nil, cluster.Answered(err):
		return err
	case d != Really && errors.Is(err, context.Canceled):
		return errNotTouched
	case d != Really:
		return err
	case errors.Is(err, context.Canceled):
		return errors.New("the request was cut off before it was answered: it may have been carried out")
	case errors.As(err, &dial) && dial.Op == "dial":
		return err // it was not even sent
	case errors.As(err, &address):
		err = address.Err // without the request's whole address
	}
	return fmt.Errorf("the API server has not answered: it may have been carried out (%w)", err)
}

// errNotTouched says that an interrupt came before a change was asked for.
var errNotTouched = errors.New("interrupted: it was not touched")

// Interrupted tells what End would have told of a failure, and leaves the exit code to the interrupt.
func (r *Report) Interrupted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alone != nil {
		_, _ = fmt.Fprintln(r.err, "error: "+ErrorText(r.alone))
	}
	r.rest()
}

// rest says how many more there were of which the first were told.
func (r *Report) rest() {
	for _, of := range []struct {
		n    int
		what string
	}{{r.leftOut, "were left alone"}, {r.soAlready, "need nothing done"}, {r.replanned, "were changed meanwhile"}, {r.ended, "have ended"}} {
		if more := of.n - shown; more > 0 {
			_, _ = fmt.Fprintf(r.err, "%d more %s\n", more, of.what)
		}
	}
	for _, line := range r.repeats.Rest() {
		_, _ = fmt.Fprintln(r.err, line)
	}
}

// Missing tells of what could not be read.
func (r *Report) Missing(failures []target.Failure) {
	for _, f := range failures {
		what := fmt.Sprintf("%s in namespace %q", f.Ref, f.Namespace)
		if f.Source != "" {
			what = f.Source + ": " + what
		}
		r.Failed(what, f.Err)
	}
}

// End tells the total if something failed, and returns what sets the exit code: the worst of what happened.
func (r *Report) End() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rest()
	switch {
	case r.alone != nil:
		return r.alone
	case r.failed+r.late == 0:
		return Untold(r.writeErr)
	}
	text := fmt.Sprintf("%d of %d %s", r.done, r.done+r.unchanged+r.failed, r.word)
	if r.unchanged > 0 {
		text += fmt.Sprintf(", %d unchanged", r.unchanged)
	}
	if r.failed > 0 {
		text += fmt.Sprintf(", %d failed", r.failed)
	}
	if r.late > 0 {
		text += fmt.Sprintf(", %d not settled", r.late)
	}
	_, _ = fmt.Fprintln(r.err, text+r.tail)
	return exit.Silent(r.code)
}

// Untold words an error of printing what was done, if there is one: it was done all the same.
func Untold(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("not all of what was done could be printed: %w", err)
}

// Name is an object as people know it: job "x" in namespace "y".
func Name(item target.Item) string {
	m := item.Meta()
	return fmt.Sprintf("%s %q in namespace %q", item.Ref().Kind, m.Name, m.Namespace)
}

// Plural is a number with its noun: 1 pod, 2 pods.
func Plural[N int | int32 | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Some joins names, and says how many more there are.
func Some(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(slices.Clone(names[:most]), ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}
