package logtail

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// prefixes are what the streams have in front of their lines, after all of them have joined.
func prefixes(n *Names, streams []logstream.Stream) []string {
	var out []string
	var fs []func([]byte) []byte
	for _, s := range streams {
		n.Add([]logstream.Stream{s})
		fs = append(fs, n.Prefix(s))
	}
	for _, f := range fs {
		out = append(out, string(f(nil)))
	}
	return out
}

func TestPrefixesAlign(t *testing.T) {
	indexed := func(index, attempt int32, container string) logstream.Stream {
		return logstream.Stream{Key: logstream.Key{Container: container}, Object: pod(fmt.Sprintf("j-%d-abcde", index), 0, running(), nil), Index: index, Attempt: attempt}
	}
	named := func(name string) logstream.Stream {
		return logstream.Stream{Key: logstream.Key{Container: "c"}, Object: pod(name, 0, running(), nil), Index: -1, Attempt: 1}
	}
	ofJob := func(job string, s logstream.Stream) logstream.Stream {
		s.Object.OwnerReferences[0].Name = job
		return s
	}
	for _, c := range []struct {
		name    string
		mode    Prefix
		screen  Screen
		streams []logstream.Stream
		want    []string
	}{
		{"one stream has none", WhenSeveral, Screen{UTF8: true}, []logstream.Stream{named("p")}, []string{""}},
		{"one stream, if wanted", Always, Screen{UTF8: true}, []logstream.Stream{named("p")}, []string{"[p] "}},
		{"by pod", WhenSeveral, Screen{UTF8: true}, []logstream.Stream{named("p"), named("longer")}, []string{"[p]      ", "[longer] "}},
		{"by index", WhenSeveral, Screen{UTF8: true}, []logstream.Stream{indexed(7, 1, "c"), indexed(11, 1, "c")}, []string{"[index 7]  ", "[index 11] "}},
		{"attempts", WhenSeveral, Screen{UTF8: true}, []logstream.Stream{indexed(7, 1, "c"), indexed(7, 10, "c")},
			[]string{"[index 7 · attempt 1]  ", "[index 7 · attempt 10] "}},
		{"containers", WhenSeveral, Screen{}, []logstream.Stream{indexed(7, 1, "c"), indexed(7, 2, "side")},
			[]string{"[index 7 / attempt 1 / c]    ", "[index 7 / attempt 2 / side] "}},
		{"indexes of several Jobs", WhenSeveral, Screen{UTF8: true}, []logstream.Stream{ofJob("a", indexed(7, 1, "c")), ofJob("job-b", indexed(7, 1, "c"))},
			[]string{"[a · index 7]     ", "[job-b · index 7] "}},
		{"pods of several Jobs", WhenSeveral, Screen{UTF8: true}, []logstream.Stream{ofJob("a", named("a-x")), ofJob("b", named("b-x"))}, []string{"[a-x] ", "[b-x] "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := prefixes(NewNames(c.mode, c.screen), c.streams); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if NewNames(Never, Screen{}).Prefix(named("p")) != nil {
		t.Error("there is a prefix where there is never to be one")
	}
}

// Indexes that are still to come have their room in front of the first lines already.
func TestPrefixesKeepTheirPlace(t *testing.T) {
	n := NewNames(Always, Screen{UTF8: true})
	n.ExpectIndexes(11)
	for _, c := range []struct {
		index int32
		want  string
	}{{8, "[index 8]  "}, {10, "[index 10] "}, {9, "[index 9]  "}, {100, "[index 100] "}, {8, "[index 8]   "}} {
		s := logstream.Stream{Key: logstream.Key{Container: "c"}, Object: pod("j", 0, running(), nil), Index: c.index, Attempt: 1}
		n.Add([]logstream.Stream{s})
		if got := string(n.Prefix(s)(nil)); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// The colour is the pod's or the index's own: the same in every run, whoever else is there.
func TestPrefixKeepsItsColour(t *testing.T) {
	stream := func(name string, index int32) logstream.Stream {
		return logstream.Stream{Key: logstream.Key{Container: "c"}, Object: pod(name, 0, running(), nil), Index: index, Attempt: 1}
	}
	screen := Screen{TTY: true, Color: true, UTF8: true}
	one := prefixes(NewNames(Always, screen), []logstream.Stream{stream("a", -1)})[0]
	many := prefixes(NewNames(Always, screen), []logstream.Stream{stream("z", -1), stream("q", -1), stream("a", -1)})
	if many[2] != one || !strings.HasPrefix(one, "\x1b[") {
		t.Errorf("alone %q, with others %q", one, many[2])
	}
	colours := map[string]bool{}
	for i := range int32(10) {
		text := prefixes(NewNames(Always, screen), []logstream.Stream{stream("a", i)})[0]
		colours[text[:strings.IndexByte(text, 'm')]] = true
		if safetext.Width(text) != len("[index 0] ") {
			t.Errorf("%q is %d cells wide", text, safetext.Width(text))
		}
	}
	if len(colours) != 10 {
		t.Errorf("ten indexes have %d colours", len(colours))
	}
	if text := prefixes(NewNames(Always, Screen{UTF8: true}), []logstream.Stream{stream("a", -1)})[0]; strings.Contains(text, "\x1b") {
		t.Errorf("a colour where there are none: %q", text)
	}
}
