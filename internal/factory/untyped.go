package factory

import (
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/cli-runtime/pkg/printers"
)

// Untyped returns an object as a JSONPath of kubectl finds it. Whole numbers are int64 there: as float64, which
// encoding/json makes of them, they equal no number of a filter, and large ones get an exponent.
func Untyped(object any) (map[string]any, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	var data map[string]any
	if err := json.Unmarshal(text, &data); err != nil {
		return nil, err
	}
	return data, nil
}

// untyping gives a printer of cli-runtime that would decode objects with encoding/json what kubectl gives it.
type untyping struct{ to printers.ResourcePrinter }

// PrintObj implements printers.ResourcePrinter.
func (u untyping) PrintObj(object runtime.Object, w io.Writer) error {
	data, err := Untyped(object)
	if err != nil {
		return err
	}
	return u.to.PrintObj(&unstructured.Unstructured{Object: data}, w)
}
