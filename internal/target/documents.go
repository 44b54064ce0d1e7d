package target

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	yaml3 "go.yaml.in/yaml/v3"
)

// part is one document of a stream and the line that it begins in.
type part struct {
	text []byte
	line int
}

// split cuts a stream into its documents: at the markers of YAML, and JSON objects after each as well. What holds no more
// than comments and directives is left out.
func split(raw []byte) []part {
	var parts []part
	start, startLine, line := 0, 1, 1
	for at := 0; at < len(raw); line++ {
		next := len(raw)
		if end := bytes.IndexByte(raw[at:], '\n'); end >= 0 {
			next = at + end + 1
		}
		if marker(raw[at:next]) {
			parts = append(parts, cutJSON(part{raw[start:at], startLine})...)
			after := bytes.TrimLeft(raw[at+3:next], " \t") // on the line of a marker the next document may begin
			start, startLine = next-len(after), line
		}
		at = next
	}
	return append(parts, cutJSON(part{raw[start:], startLine})...)
}

// marker says whether a line begins a document, or ends one: no scalar may hold such a line.
func marker(line []byte) bool {
	rest, begins := bytes.CutPrefix(line, []byte("---"))
	if !begins {
		var ends bool
		if rest, ends = bytes.CutPrefix(line, []byte("...")); !ends {
			return false
		}
	}
	return len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0
}

// cutJSON cuts after each JSON object, which needs no marker before the next. What is not JSON is one document.
func cutJSON(p part) []part {
	var parts []part
	if text := bytes.TrimSpace(p.text); len(text) > 0 && text[0] == '{' {
		decoder := json.NewDecoder(bytes.NewReader(p.text))
		var object json.RawMessage
		start := 0
		for decoder.Decode(&object) == nil {
			end := int(decoder.InputOffset())
			blank := p.text[end : len(p.text)-len(bytes.TrimLeft(p.text[end:], " \t\r\n"))]
			end += bytes.LastIndexByte(blank, '\n') + 1 // the next begins in a line that says something
			parts = append(parts, part{p.text[start:end], p.line})
			p.line += bytes.Count(p.text[start:end], []byte("\n"))
			start = end
		}
		p.text = p.text[start:]
	}
	if p.empty() {
		return parts
	}
	return append(parts, p)
}

// empty says whether a document holds no more than comments and directives.
func (p part) empty() bool {
	for line := range bytes.Lines(p.text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' && line[0] != '%' {
			return false
		}
	}
	return true
}

// parseNode reads a document as a tree that knows its lines, and refuses what follows it: no part of a file is passed over.
// nil: it is empty.
func parseNode(text []byte) (*yaml3.Node, error) {
	var document, more yaml3.Node
	decoder := yaml3.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&document)
	if err == nil {
		err = decoder.Decode(&more)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(document.Content) == 0 || document.Content[0].Tag == "!!null" {
		return nil, nil //nolint:nilnil // an empty document is no mistake
	}
	return document.Content[0], nil
}
