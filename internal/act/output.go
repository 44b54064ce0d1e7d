package act

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Output are kubectl's output flags, for changes that are told with a word: job.batch/x scaled.
type Output struct {
	*factory.PrintFlags
	word string
}

// NewOutput returns the flags for changes that are told with this word.
func NewOutput(word string) *Output {
	return &Output{factory.NewPrintFlags(factory.ObjectFormats()), word}
}

// Printer prints objects in the way that was asked for.
type Printer struct {
	printers.ResourcePrinter
	// Plain says that no format was asked for: a line with the word for what was done stands for the object.
	Plain bool
}

// Printer checks what was typed and returns the printer. It is asked for before any request.
func (o *Output) Printer(d DryRun) (Printer, error) {
	p, err := o.PrintFlags.Printer(o.word + d.Suffix())
	return Printer{p, !o.Chosen()}, err
}

// runtimeObject is the object that printers want.
func runtimeObject(item target.Item) runtime.Object {
	switch {
	case item.Job != nil:
		return item.Job
	case item.CronJob != nil:
		return item.CronJob
	default:
		return item.Pod
	}
}
