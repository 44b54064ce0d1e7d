package factory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
)

// PrintFlags are kubectl's flags that choose one of cli-runtime's printers. cli-runtime has a type for them as well, in a
// package that links discovery, kustomize and the kinds of sixty API groups into whatever uses it; every start would pay.
type PrintFlags struct {
	formats          []string // that -o has, for help and errors
	format, template string
	missingKeys      bool
	managedFields    bool
}

// ObjectFormats returns the formats of cli-runtime's printers, in the order in which help and errors name them. One that
// wants a value ends in "=".
func ObjectFormats() []string {
	return []string{
		"json", "yaml", "kyaml", "name", "jsonpath=", "jsonpath-file=", "jsonpath-as-json=", "go-template=", "go-template-file=",
	}
}

// aliases are other names that kubectl has for formats.
var aliases = map[string]string{"template": "go-template", "templatefile": "go-template-file"}

// errNoSuchFormat says that no printer has the format.
var errNoSuchFormat = errors.New("no such format")

// NewPrintFlags returns the flags of a verb with these formats.
func NewPrintFlags(formats []string) *PrintFlags { return &PrintFlags{formats: formats} }

// words lists the formats for people.
func (p *PrintFlags) words() string {
	return strings.ReplaceAll(strings.Join(p.formats, ", "), "=", "=…")
}

// Chosen says whether a format was asked for.
func (p *PrintFlags) Chosen() bool { return p.format != "" || p.template != "" }

// Add adds -o, --template, --show-managed-fields and --allow-missing-template-keys.
func (p *PrintFlags) Add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&p.format, "output", "o", "", "Output format: "+p.words())
	f.StringVar(&p.template, "template", "", "Template, or path of one, for -o go-template and -o go-template-file; without -o it is a go-template")
	f.BoolVar(&p.missingKeys, "allow-missing-template-keys", true, "Print <no value> for a field that is missing, with go-template and jsonpath, in place of an error")
	f.BoolVar(&p.managedFields, "show-managed-fields", false, "Keep managedFields in JSON and YAML")
	_ = cmd.MarkFlagFilename("template") // the flag is there
}

// Printer returns the printer that was asked for. The error names the flag and says what is wrong with it. word is what has happened to an object, for the plain
// line "job.batch/x scaled" that stands where no format was asked for; without it there is no plain line.
func (p *PrintFlags) Printer(word string) (printers.ResourcePrinter, error) {
	format, argument, given := strings.Cut(p.format, "=")
	format = strings.ToLower(format)
	if alias, ok := aliases[format]; ok {
		format = alias
	}
	if format == "" && p.template != "" {
		format = "go-template"
	}
	if !given {
		argument = p.template
	}
	printer, err := p.printer(format, argument, word)
	if err != nil {
		return nil, p.explain(err)
	}
	return printers.NewTypeSetter(cluster.Kinds()).ToPrinter(printer), nil
}

// explain words what is wrong with -o.
func (p *PrintFlags) explain(err error) error {
	if errors.Is(err, errNoSuchFormat) {
		return fmt.Errorf("-o %+q: want %s", p.format, p.words())
	}
	format, _, _ := strings.Cut(p.format, "=")
	return fmt.Errorf("-o %s: %w", format, err)
}

func (p *PrintFlags) printer(format, argument, word string) (printers.ResourcePrinter, error) {
	switch format {
	case "json":
		return p.fields(&printers.JSONPrinter{}), nil
	case "yaml":
		return p.fields(escaping{&printers.YAMLPrinter{}}), nil
	case "kyaml":
		return p.fields(escaping{&printers.KYAMLPrinter{}}), nil
	case "name":
		return &printers.NamePrinter{ShortOutput: true, Operation: word}, nil
	case "":
		if word == "" {
			return nil, errNoSuchFormat
		}
		return &printers.NamePrinter{Operation: word}, nil
	}
	if !slices.Contains(ObjectFormats(), format+"=") {
		return nil, errNoSuchFormat
	}
	if argument == "" {
		return nil, fmt.Errorf("a template is missing: -o %s=…", format)
	}
	if name, ok := strings.CutSuffix(format, "-file"); ok {
		text, err := os.ReadFile(argument)
		if err != nil {
			return nil, err
		}
		format, argument = name, string(text)
	}
	return p.templated(format, argument)
}

// templated returns the printer of a template's text.
func (p *PrintFlags) templated(format, text string) (printers.ResourcePrinter, error) {
	if format == "go-template" {
		printer, err := printers.NewGoTemplatePrinter([]byte(text))
		if err != nil {
			return nil, err
		}
		printer.AllowMissingKeys(p.missingKeys)
		return printer, nil
	}
	printer, err := printers.NewJSONPathPrinter(text)
	if err != nil {
		return nil, err
	}
	printer.AllowMissingKeys(p.missingKeys)
	printer.EnableJSONOutput(format == "jsonpath-as-json")
	return untyping{printer}, nil
}

func (p *PrintFlags) fields(printer printers.ResourcePrinter) printers.ResourcePrinter {
	if p.managedFields {
		return printer
	}
	return &printers.OmitManagedFieldsPrinter{Delegate: printer}
}

// escaping gives the YAML printers of cli-runtime objects in which what YAML does not allow as it is (DEL, C1 controls,
// U+FFFE) is written as escapes. Without that one annotation makes the whole output fail.
type escaping struct{ to printers.ResourcePrinter }

// PrintObj implements printers.ResourcePrinter.
func (e escaping) PrintObj(object runtime.Object, w io.Writer) error {
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return e.to.PrintObj(&runtime.Unknown{Raw: EscapeForYAML(text)}, w)
}
