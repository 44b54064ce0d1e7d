package act

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Output are kubectl's output flags.
type Output struct{ flags *genericclioptions.PrintFlags }

// NewOutput returns the flags for changes that are told with a word: job.batch/x scaled.
func NewOutput(word string) *Output {
	return &Output{genericclioptions.NewPrintFlags(word).WithTypeSetter(scheme.Scheme)}
}

// Add adds -o and what goes with it.
func (o *Output) Add(cmd *cobra.Command) { o.flags.AddFlags(cmd) }

// Printer checks what was typed and returns the printer. It is asked for before any request.
func (o *Output) Printer(d DryRun) (printers.ResourcePrinter, error) {
	if err := o.flags.Complete("%s" + d.Suffix()); err != nil {
		return nil, err
	}
	p, err := o.flags.ToPrinter()
	var unknown genericclioptions.NoCompatiblePrinterError
	switch {
	case errors.As(err, &unknown):
		return nil, fmt.Errorf("-o %+q: want %s", *o.flags.OutputFormat, strings.Join(o.flags.AllowedFormats(), ", "))
	case err != nil:
		return nil, fmt.Errorf("-o %s: %w", *o.flags.OutputFormat, err)
	}
	return p, nil
}

// Runtime returns the object that printers want.
func Runtime(item target.Item) runtime.Object {
	switch {
	case item.Job != nil:
		return item.Job
	case item.CronJob != nil:
		return item.CronJob
	default:
		return item.Pod
	}
}
