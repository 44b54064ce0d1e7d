package factory

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/util/jsonpath"

	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// columnsPrinter prints -o custom-columns=HEADER:.json.path,…
type columnsPrinter struct {
	headers []string
	paths   []*jsonpath.JSONPath
}

func parseColumns(text string) (*columnsPrinter, error) {
	if text == "" {
		return nil, errors.New("want HEADER:.path,…, e.g. NAME:.metadata.name")
	}
	p := &columnsPrinter{}
	for _, part := range strings.Split(text, ",") {
		header, path, ok := strings.Cut(part, ":")
		if !ok || header == "" || path == "" {
			return nil, fmt.Errorf("%+q: want HEADER:.path, e.g. NAME:.metadata.name", part)
		}
		if err := p.add(header, path); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// readColumns reads a file of two lines: the headers, and the paths below them.
func readColumns(name string) (*columnsPrinter, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 2 {
		return nil, fmt.Errorf("%s: want two lines, the headers and the paths", name)
	}
	headers, paths := strings.Fields(lines[0]), strings.Fields(lines[1])
	if len(headers) != len(paths) {
		return nil, fmt.Errorf("%s: %d headers and %d paths", name, len(headers), len(paths))
	}
	p := &columnsPrinter{}
	for i := range headers {
		if err := p.add(headers[i], paths[i]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *columnsPrinter) add(header, path string) error {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "{"), "}")
	if !strings.HasPrefix(path, ".") && !strings.HasPrefix(path, "[") {
		path = "." + path
	}
	j := jsonpath.New(header).AllowMissingKeys(true)
	if err := j.Parse("{" + path + "}"); err != nil {
		return fmt.Errorf("%s: %w", header, err)
	}
	p.headers = append(p.headers, header)
	p.paths = append(p.paths, j)
	return nil
}

func (p *columnsPrinter) print(w io.Writer, objects []runtime.Object, noHeaders bool) error {
	t := render.Table{Headers: p.headers}
	if noHeaders {
		t.Headers = nil
	}
	for _, object := range objects {
		row, err := p.row(object)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, row)
	}
	return t.Write(w, render.Style{UTF8: true})
}

func (p *columnsPrinter) row(object runtime.Object) ([]string, error) {
	data, err := Untyped(object)
	if err != nil {
		return nil, err
	}
	row := make([]string, len(p.paths))
	for i, path := range p.paths {
		results, err := path.FindResults(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.headers[i], err)
		}
		var cells []string
		for _, list := range results {
			for _, v := range list {
				cells = append(cells, safetext.Line(fmt.Sprint(v.Interface())))
			}
		}
		row[i] = strings.Join(cells, ",")
		if len(cells) == 0 {
			row[i] = "<none>"
		}
	}
	return row, nil
}
