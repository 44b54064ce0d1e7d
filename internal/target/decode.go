package target

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	yaml3 "go.yaml.in/yaml/v3"
	batchv1 "k8s.io/api/batch/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// place is where in a file something stands.
type place struct {
	file     string
	line     int // from 1
	document int // from 1; 0: the file has one
}

// in is another line of the same document.
func (p place) in(line int) place {
	p.line = line
	return p
}

func (p place) String() string {
	if p.document == 0 {
		return fmt.Sprintf("%s:%d", p.file, p.line)
	}
	return fmt.Sprintf("%s:%d (document %d)", p.file, p.line, p.document)
}

// head is the part of an object that says what it is.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Items []json.RawMessage `json:"items"`
}

// decode understands the documents of one file.
func (l Files) decode(name string, raw []byte) ([]Document, error) {
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return nil, fmt.Errorf("%s: not a text file in UTF-8", name)
	}
	parts := split(raw)
	var all []Document
	objects := 0
	for i, part := range parts {
		at := place{file: name, line: part.line}
		if len(parts) > 1 {
			at.document = i + 1
		}
		node, err := parseNode(part.text)
		if err != nil {
			return nil, yamlError(at, err)
		}
		if node == nil {
			continue
		}
		objects++
		if err := unique(at, node); err != nil {
			return nil, err
		}
		object, err := yaml.YAMLToJSON(part.text)
		if err != nil {
			return nil, yamlError(at, err)
		}
		documents, err := l.object(source{at.in(part.line + node.Line - 1), node, part.line - 1}, object, head{})
		if err != nil {
			return nil, err
		}
		all = append(all, documents...)
	}
	if objects == 0 {
		return nil, fmt.Errorf("%s: the file holds no object", name)
	}
	return all, nil
}

// yamlError moves the line of a parser's error to where the document stands in the file.
func yamlError(at place, err error) error {
	text := strings.TrimPrefix(err.Error(), "error converting YAML to JSON: ")
	text = strings.TrimPrefix(text, "yaml: ")
	var line int
	if _, scanErr := fmt.Sscanf(text, "line %d:", &line); scanErr == nil {
		at.line += line - 1
		_, text, _ = strings.Cut(text, ": ")
	}
	return fmt.Errorf("%s: not readable as YAML or JSON: %s", at, text)
}

// unique refuses a key that stands twice in one mapping. base is where the document begins.
func unique(base place, node *yaml3.Node) error {
	if node.Kind == yaml3.MappingNode {
		first := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if line, again := first[key.Value]; again {
				return fmt.Errorf("%s: key %q stands twice, first in line %d", base.in(base.line+key.Line-1), key.Value, base.line+line-1)
			}
			first[key.Value] = key.Line
		}
	}
	for _, child := range node.Content {
		if err := unique(base, child); err != nil {
			return err
		}
	}
	return nil
}

// source is where an object stands: its place, its tree, and the line before its document.
type source struct {
	place
	node   *yaml3.Node
	offset int
}

// object understands one object, or the items of a list. of is the list that it stands in, if it does: the server's lists
// of a kind say what their items are, and those do not.
func (l Files) object(at source, raw []byte, of head) ([]Document, error) {
	var h head
	var wrongType *json.UnmarshalTypeError
	switch err := json.Unmarshal(raw, &h); {
	case errors.As(err, &wrongType) && wrongType.Field != "" && wrongType.Type.Kind() == reflect.String: // name: 123
		if n := lookup(at.node, wrongType.Field); n != nil {
			at.line = at.offset + n.Line
		}
		return nil, fmt.Errorf("%s: %s: want a string, not a %s", at, wrongType.Field, wrongType.Value)
	case err != nil:
		return nil, fmt.Errorf("%s: not a Kubernetes object", at)
	}
	if kind, ok := strings.CutSuffix(of.Kind, "List"); ok && kind != "" && h.Kind == "" && h.APIVersion == "" {
		h.Kind, h.APIVersion = kind, of.APIVersion
	}
	switch {
	case h.Kind == "" || h.APIVersion == "":
		return nil, fmt.Errorf("%s: apiVersion and kind are required", at)
	case strings.HasSuffix(h.Kind, "List") && (h.APIVersion == "v1" || strings.HasPrefix(h.APIVersion, "batch/")):
		return l.list(at, h)
	}
	d, ok, err := l.decodeOne(at, h, raw)
	if err != nil || !ok {
		return nil, err
	}
	return []Document{d}, nil
}

func (l Files) list(at source, of head) ([]Document, error) {
	var all []Document
	nodes := child(at.node, "items")
	for i, item := range of.Items {
		one := source{at.place, nil, at.offset}
		if nodes != nil && i < len(nodes.Content) {
			one.node = nodes.Content[i]
			one.line = at.offset + one.node.Line
		}
		documents, err := l.object(one, item, of)
		if err != nil {
			return nil, err
		}
		all = append(all, documents...)
	}
	return all, nil
}

// decodeOne reads a Job or a CronJob; false: another kind that is to be left alone.
func (l Files) decodeOne(at source, h head, raw []byte) (Document, bool, error) {
	d := Document{Source: at.String()}
	var into any
	switch {
	case h.Kind == "Job" && h.APIVersion == "batch/v1":
		d.Job = &batchv1.Job{}
		into = d.Job
	case h.Kind == "CronJob" && (h.APIVersion == "batch/v1" || h.APIVersion == "batch/v1beta1"):
		d.CronJob = &batchv1.CronJob{}
		into = d.CronJob
	case l.JobsOnly:
		l.warn(fmt.Sprintf("%s: %s is left alone", at, what(h)))
		return Document{}, false, nil
	default:
		return Document{}, false, fmt.Errorf("%s: %s is not a Job or a CronJob of batch/v1\n--jobs-only leaves such objects alone",
			at, what(h))
	}
	if h.APIVersion == "batch/v1beta1" {
		l.warn(fmt.Sprintf("%s: batch/v1beta1 CronJob is read as batch/v1: Kubernetes 1.25 dropped the old version", at))
	}
	if err := strict(at, raw, into); err != nil {
		return Document{}, false, err
	}
	if h.Metadata.Name == "" {
		return Document{}, false, fmt.Errorf("%s: metadata.name is missing", at)
	}
	if err := ValidateName(h.Metadata.Name); err != nil {
		return Document{}, false, fmt.Errorf("%s: %w", at, err)
	}
	if ns := (Item{Object: d.Object}).Meta().Namespace; ns != "" && !validNamespace(ns) {
		return Document{}, false, fmt.Errorf("%s: metadata.namespace %s is not a valid namespace name", at, quote(ns))
	}
	return d, true, nil
}

func what(h head) string {
	kind := h.Kind
	if h.APIVersion != "v1" {
		kind = h.APIVersion + " " + kind
	}
	if len(kind) > quotedLength {
		kind = kind[:quotedLength]
	}
	return kind + " " + quote(h.Metadata.Name)
}

func (l Files) warn(text string) {
	if l.Warn != nil {
		l.Warn(text)
	}
}

// strict decodes and refuses fields that the kind does not have, with the line where they stand.
func strict(at source, raw []byte, into any) error {
	problems, err := kjson.UnmarshalStrict(raw, into)
	if err == nil && len(problems) == 0 {
		return nil
	}
	var field string
	var text string
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		field, text = wrongType.Field, fmt.Sprintf("%s: want a %s, not a %s", wrongType.Field, wrongType.Type, wrongType.Value)
	case err != nil:
		text = strings.TrimPrefix(err.Error(), "json: ")
	default:
		text = problems[0].Error() // unknown field "spec.x"
		_, quoted, _ := strings.Cut(text, `"`)
		field = strings.TrimSuffix(quoted, `"`)
	}
	if at.node != nil {
		if n := lookup(at.node, field); n != nil {
			at.line = at.offset + n.Line
		}
	}
	return fmt.Errorf("%s: %s", at, text)
}
