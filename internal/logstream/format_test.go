package logstream

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
)

// ofPod is a stream of a pod whose name, labels and annotations are a text.
func ofPod(text string) Stream {
	return Stream{Key: Key{Container: "c"}, Index: -1, Attempt: 1, Object: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: text, Namespace: "ns", Labels: map[string]string{"a": text}, Annotations: map[string]string{"x": text},
	}}}
}

func line(text string) Line {
	return Line{Stamp: []byte("2026-11-23T12:00:00.5Z"), NS: time.Date(2026, 11, 23, 12, 0, 0, 5e8, time.UTC).UnixNano(), Text: []byte(text), Start: true, End: true, Break: true}
}

// T3: a line of any bytes is one line of valid JSON, from which the bytes can be had again.
func TestT3(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		out := NewJSON(ofPod("p"), nil).Append(nil, line(text))
		if strings.Count(string(out), "\n") != 1 || out[len(out)-1] != '\n' {
			t.Fatalf("no single line: %q", out)
		}
		var got struct {
			Text  *string
			Bytes *string
			Time  time.Time
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%v: %q", err, out)
		}
		switch {
		case got.Text != nil && got.Bytes == nil:
			if *got.Text != text {
				t.Fatalf("%q came back as %q", text, *got.Text)
			}
		case got.Bytes != nil && got.Text == nil:
			if b, err := base64.StdEncoding.DecodeString(*got.Bytes); err != nil || string(b) != text || utf8.ValidString(text) {
				t.Fatalf("%q came back as %q: %v", text, b, err)
			}
		default:
			t.Fatalf("neither text nor bytes: %q", out)
		}
	})
}

// The last piece of a long line says that it is the last, also where only the line break is left of it, and where the rest of
// the line is lost: who puts pieces together must know where to stop.
func TestJSONEndsALongLine(t *testing.T) {
	const first, next = "2026-11-23T12:00:00Z ", "2026-11-23T12:00:09Z "
	begun := first + strings.Repeat("x", MaxLine)
	for name, streams := range map[string][][]string{
		"its line break comes alone":  {{begun, "\n", next + "after\n"}},
		"its rest was rotated away":   {{begun}, {next + "after\n"}},
		"and a long one comes behind": {{begun}, {next + strings.Repeat("y", MaxLine), "\n" + next + "after\n"}},
	} {
		c, j := NewCursor(), NewJSON(ofPod("p"), nil)
		var out []byte
		emit := func(l Line) { out = j.Append(out, l) }
		for _, portions := range streams {
			c.Begin()
			for _, p := range portions {
				feed(c, []byte(p), func() int { return len(p) }, emit)
			}
			c.End(false, emit)
		}
		var lines []string
		open := ""
		for object := range strings.Lines(string(out)) {
			var got struct {
				Time    time.Time
				Text    string
				Partial bool
			}
			if err := json.Unmarshal([]byte(object), &got); err != nil {
				t.Fatalf("%s: %v: %.200q", name, err, object)
			}
			if open += got.Text; !got.Partial {
				lines, open = append(lines, open), ""
			}
		}
		if n := len(lines); n < 2 || len(lines[0]) != MaxLine || lines[n-1] != "after" || open != "" {
			t.Errorf("%s: %d lines, %d bytes in the first, %d are left over", name, n, len(lines[0]), len(open))
		}
	}
}

// everyRune calls check with texts that together hold every character there is.
func everyRune(check func(text string)) {
	var b strings.Builder
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if utf8.ValidRune(r) {
			b.WriteRune(r)
		}
		if r%4096 == 4095 {
			check(b.String())
			b.Reset()
		}
	}
}

// unprintable says that a character acts on a terminal, or hides what stands there.
func unprintable(r rune) bool {
	return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// T1: JSON lines keep the meaning of every character and show none that a terminal obeys, neither in the text nor in names.
func TestT1JSONLines(t *testing.T) {
	everyRune(func(text string) {
		out := string(NewJSON(ofPod(text), nil).Append(nil, line(text)))
		if i := strings.IndexFunc(out, unprintable); i >= 0 {
			t.Errorf("%+q is in the output", out[i:i+4])
		}
		var got struct{ Pod, Text string }
		if err := json.Unmarshal([]byte(out), &got); err != nil || got.Text != text || got.Pod != text {
			t.Errorf("%v: the text from %+q on did not come back", err, text[:4])
		}
	})
}

// T1: what a template shows of what others wrote is made safe.
func TestT1Template(t *testing.T) {
	all := template.Must(template.New("t").Parse("{{.Pod}}{{.Labels.a}}{{.Annotations.x}}{{range $k, $v := .Annotations}}{{$k}}{{$v}}{{end}}"))
	safe := func(text string) string {
		return strings.Map(func(r rune) rune {
			if unprintable(r) || r == '\n' {
				return '?'
			}
			return r
		}, text)
	}
	everyRune(func(text string) {
		s := ofPod(text)
		s.Object.Annotations[text] = "key"
		out := string(NewTemplate(all, s, safe).Append(nil, line("")))
		if i := strings.IndexFunc(out, unprintable); i >= 0 || strings.Count(out, "\n") != 1 {
			t.Errorf("%+q is in the output", out[max(0, i):max(0, i)+4])
		}
	})
}

// A template that gives nothing for a line leaves it out, whatever was written before it.
func TestTemplateLeavesOut(t *testing.T) {
	odd := template.Must(template.New("t").Parse(`{{if eq .Text "b"}}{{.Text}}{{end}}`))
	f := NewTemplate(odd, ofPod("p"), func(s string) string { return s })
	var out []byte
	for _, text := range []string{"a", "b", "c", "b"} {
		out = f.Append(out, line(text))
	}
	if string(out) != "b\nb\n" {
		t.Errorf("got %q", out)
	}
}
