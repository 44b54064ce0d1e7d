package act

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Report tells what became of many targets: a line each, and a total when some of several could not be done. Its
// methods may be called from several goroutines.
type Report struct {
	Out, Err io.Writer
	Print    printers.ResourcePrinter // of what was changed
	Done     string                   // the word for it: "scaled"
	// Alone says that there is one target: its failure is then the command's own error.
	Alone bool

	mu           sync.Mutex
	done, failed int
	writeErr     error
	alone        error
}

// Succeeded prints an object that was changed.
func (r *Report) Succeeded(item target.Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	if err := r.Print.PrintObj(Runtime(item), r.Out); err != nil && r.writeErr == nil {
		r.writeErr = err
	}
}

// Unchanged counts an object about which nothing was to be done.
func (r *Report) Unchanged() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
}

// Note writes a sentence to stderr.
func (r *Report) Note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = fmt.Fprintln(r.Err, safetext.Line(text))
}

// Failed tells why something could not be done. what is the object as people know it.
func (r *Report) Failed(what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed++
	if r.Alone {
		r.alone = err
		if !target.IsNotFound(err) && !strings.Contains(err.Error(), what) && !isStatus(err) {
			r.alone = fmt.Errorf("%s: %w", what, err)
		}
		return
	}
	_, _ = fmt.Fprintln(r.Err, "error: "+WithSubject(what, err))
}

func isStatus(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status)
}

// WithSubject words an error with what it is about in front, unless it names it already.
func WithSubject(what string, err error) string {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		lines[i] = safetext.Error(line)
	}
	text := strings.Join(lines, "\n")
	if target.IsNotFound(err) || strings.Contains(lines[0], what) {
		return text
	}
	return safetext.Line(what) + ": " + text
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

// End tells the total if something failed, and returns what sets the exit code.
func (r *Report) End() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == 0 {
		return r.writeErr
	}
	if r.alone != nil && r.failed == 1 {
		return r.alone
	}
	if all := r.failed + r.done; all > 1 {
		_, _ = fmt.Fprintf(r.Err, "%d of %d %s, %d failed\n", r.done, all, r.Done, r.failed)
	}
	return exit.Silent(exit.Failure)
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
