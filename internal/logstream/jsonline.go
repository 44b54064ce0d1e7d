package logstream

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Schema names the shape of JSON lines.
const Schema = "jobx.log/v1"

// JSON writes each line as an object on a line of its own.
type JSON struct {
	head   []byte // what all objects of the stream begin with
	gap    []byte // and those that stand for what is missing
	Filter *Filter
	hidden bool
}

// Labels are what a line says about its stream.
type Labels struct {
	Namespace string `json:"namespace"`
	Job       string `json:"job,omitempty"`
	Pod       string `json:"pod"`
	Index     *int32 `json:"index,omitempty"`
	Attempt   int32  `json:"attempt"`
	Container string `json:"container"`
}

// LabelsOf returns what lines say about a stream.
func LabelsOf(s Stream) Labels {
	l := Labels{
		Namespace: s.Object.Namespace, Job: s.JobName(), Pod: s.Object.Name, Attempt: s.Attempt, Container: s.Container,
	}
	if s.Index >= 0 {
		l.Index = &s.Index
	}
	return l
}

// NewJSON returns a formatter for one stream.
func NewJSON(s Stream, filter *Filter) *JSON {
	l := LabelsOf(s)
	return &JSON{head: append(object("line", l), `,"time":"`...), gap: append(object("gap", l), `,"after":`...), Filter: filter}
}

// object begins an object: without its last brace.
func object(kind string, l Labels) []byte {
	labels, err := json.Marshal(l)
	if err != nil { // strings and numbers always can be
		labels = []byte("{}")
	}
	head := []byte(`{"schema":"` + Schema + `","type":"` + kind + `",`)
	for _, r := range string(labels[1 : len(labels)-1]) {
		if unicode.IsPrint(r) {
			head = utf8.AppendRune(head, r)
		} else {
			head = appendEscaped(head, r)
		}
	}
	return head
}

// Append implements Formatter.
func (j *JSON) Append(dst []byte, l Line) []byte {
	if l.Start {
		j.hidden = j.Filter != nil && !j.Filter.Wants(l.Text)
	}
	if j.hidden || (len(l.Text) == 0 && !l.Start && !l.End) { // the last piece ends its line, also where it has no text
		return dst
	}
	dst = append(dst, j.head...)
	dst = append(dst, l.Stamp...)
	if utf8.Valid(l.Text) {
		dst = append(dst, `","text":`...)
		dst = AppendQuoted(dst, l.Text)
	} else {
		dst = append(dst, `","bytes":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, l.Text)
		dst = append(dst, '"')
	}
	if !l.End {
		dst = append(dst, `,"partial":true`...)
	}
	return append(dst, "}\n"...)
}

// Gap appends the object that stands where lines are lost.
func (j *JSON) Gap(dst []byte, g Gap) []byte {
	dst = append(dst, j.gap...)
	dst = strconv.AppendQuote(dst, g.After.UTC().Format(time.RFC3339Nano))
	dst = append(dst, `,"before":`...)
	dst = strconv.AppendQuote(dst, g.Before.UTC().Format(time.RFC3339Nano))
	return append(dst, "}\n"...)
}

// Unread is the object that stands for a log that cannot be read, and why.
func Unread(s Stream, why string) []byte {
	dst := append(object("unread", LabelsOf(s)), `,"message":`...)
	dst = AppendQuoted(dst, []byte(strings.ToValidUTF8(why, "\uFFFD")))
	return append(dst, "}\n"...)
}

// AppendQuoted appends text, which is valid UTF-8, as a JSON string. What is not printable is escaped, also what JSON would
// not ask for: it may act on a terminal, hide or turn around what stands there, or break lines elsewhere.
func AppendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if c >= utf8.RuneSelf && unicode.IsPrint(r) {
			i += size
			continue
		}
		dst = append(dst, text[from:i]...)
		dst = appendEscaped(dst, r)
		i += size
		from = i
	}
	dst = append(dst, text[from:]...)
	return append(dst, '"')
}

func appendEscaped(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendHex(appendHex(dst, high), low)
	}
	return appendHex(dst, r)
}

func appendHex(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
