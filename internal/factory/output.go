package factory

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Output is -o and the flags that go with it, as kubectl has them: formats that print real objects by way of
// cli-runtime's printers, and those that a verb prints itself.
type Output struct {
	flags   *PrintFlags
	own     []string
	columns *columnsPrinter

	NoHeaders bool
}

// NewOutput returns an Output for a verb that itself prints the given formats beside the default one.
func NewOutput(own ...string) *Output {
	formats := slices.Concat(own, ObjectFormats(), []string{"custom-columns=", "custom-columns-file="})
	return &Output{own: own, flags: NewPrintFlags(formats)}
}

// AddFlags adds -o, --template, --show-managed-fields, --allow-missing-template-keys and --no-headers.
func (o *Output) AddFlags(cmd *cobra.Command) {
	o.flags.Add(cmd)
	cmd.Flags().BoolVar(&o.NoHeaders, "no-headers", false, "Leave out the line of headers")
}

// Format is what -o was given: a word in any case, as kubectl takes it, or one with a value behind it.
func (o *Output) Format() string {
	if strings.Contains(o.flags.format, "=") {
		return o.flags.format
	}
	return strings.ToLower(o.flags.format)
}

// Own says whether the verb prints the format itself.
func (o *Output) Own() bool {
	return o.Format() == "" && o.flags.template == "" || slices.Contains(o.own, o.Format())
}

// NamesOnly says whether the format shows nothing of an object but its kind and name.
func (o *Output) NamesOnly() bool { return o.Format() == "name" }

// Validate checks -o before anything is sent.
func (o *Output) Validate() error {
	if o.Own() {
		return nil
	}
	var err error
	format, value, _ := strings.Cut(o.Format(), "=")
	switch format {
	case "custom-columns":
		o.columns, err = parseColumns(value)
	case "custom-columns-file":
		o.columns, err = readColumns(value)
	default:
		_, err := o.flags.Printer("")
		return err
	}
	if err != nil {
		return o.flags.explain(err)
	}
	return nil
}

// Print writes objects in the format that Validate has accepted. One object that was asked for by its name stands
// alone; others are a List. On a terminal no control character from the cluster gets through.
func (o *Output) Print(f *Factory, objects []runtime.Object, alone bool) error {
	for _, object := range objects {
		if err := setKind(object); err != nil {
			return err
		}
	}
	var held bytes.Buffer
	if err := o.print(&held, objects, alone); err != nil {
		return err
	}
	return f.WriteData(held.Bytes())
}

// WriteData writes a text that holds what the cluster said: into a pipe as it is, on a terminal without anything that
// could act on it. The error is the write's.
func (f *Factory) WriteData(text []byte) error {
	screen := f.Terminal(f.Out)
	defer screen.Restore()
	if screen.IsTTY {
		text = []byte(safeLines(string(text)))
	}
	_, err := f.Out.Write(text)
	return err
}

func (o *Output) print(w io.Writer, objects []runtime.Object, alone bool) error {
	if o.columns != nil {
		return o.columns.print(w, objects, o.NoHeaders)
	}
	printer, err := o.flags.Printer("")
	if err != nil {
		return err
	}
	if o.Format() == "name" {
		for _, object := range objects {
			if err := printer.PrintObj(object, w); err != nil {
				return err
			}
		}
		return nil
	}
	return printer.PrintObj(listOf(objects, alone), w)
}

// EscapeForYAML writes in a JSON text what a YAML text may not hold, or takes for a line break (NEL), as \u escapes.
func EscapeForYAML(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r == 0x7f || (r >= 0x80 && r <= 0x9f) || (r >= 0xfffe && r <= 0xffff) {
			out = fmt.Appendf(out, `\u%04x`, r)
			continue
		}
		out = append(out, string(r)...)
	}
	return out
}

func listOf(objects []runtime.Object, alone bool) runtime.Object {
	if alone && len(objects) == 1 {
		return objects[0]
	}
	list := &corev1.List{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "List"}, Items: []runtime.RawExtension{}}
	for _, object := range objects {
		list.Items = append(list.Items, runtime.RawExtension{Object: object})
	}
	return list
}

// setKind puts back apiVersion and kind, which typed clients leave out.
func setKind(object runtime.Object) error {
	kinds, _, err := cluster.Kinds().ObjectKinds(object)
	if err != nil {
		return err
	}
	object.GetObjectKind().SetGroupVersionKind(kinds[0])
	return nil
}

// safeLines makes each line of a text fit for a terminal.
func safeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = safetext.Line(strings.ReplaceAll(line, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}
