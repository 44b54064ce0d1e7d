package safetext

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// forbidden says that a rune must never reach a terminal: the reverse of what the package implements, written from the
// requirement and not from the code.
func forbidden(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r < 0xa0, r == utf8.RuneError:
		return true
	case r < 0xad:
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp)
}

// everyRune calls check with every rune that a string can hold, n at a time, each between two letters.
func everyRune(n int, check func(s string)) {
	var b strings.Builder
	count := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r != utf8.RuneError && (r < 0xD800 || r > 0xDFFF) {
			b.WriteString("a" + string(r) + "b")
			count++
		}
		if count == n || r == unicode.MaxRune {
			check(b.String())
			b.Reset()
			count = 0
		}
	}
}

// T1: for every rune there is, what is shown holds no character that a terminal obeys or hides.
func TestT1EveryRune(t *testing.T) {
	check := func(name string, show func(string) string) func(string) {
		return func(s string) {
			if got := show(s); got[0] != 'a' || strings.ContainsFunc(got, forbidden) {
				t.Fatalf("%s of %q: shown as %q", name, s, got)
			}
		}
	}
	everyRune(1, check("Cell", Cell)) // alone: it cuts at line breaks
	const many = 300                  // characters stay below the cut of Error
	everyRune(many, check("Line", Line))
	everyRune(many, check("Block", func(s string) string { return strings.ReplaceAll(block(s, 4), "\n    | ", "") }))
	everyRune(many, check("Error", func(s string) string { return strings.ReplaceAll(Error(s), "\n| ", "") }))
	everyRune(many, check("Log", func(s string) string {
		return strings.ReplaceAll(string(LogLine{Color: true}.Append(nil, []byte(s))), "\t", "")
	}))
}

// T3: every byte that is not UTF-8 is shown as \x and two digits.
func TestT3EveryInvalidByte(t *testing.T) {
	for c := 0x80; c <= 0xff; c++ {
		in := "a" + string([]byte{byte(c)}) + "b"
		want := "a" + `\x` + string(hexDigits[c>>4]) + string(hexDigits[c&15]) + "b"
		if got := Cell(in); got != want {
			t.Errorf("%x: got %q", c, got)
		}
		if got := string(LogLine{}.Append(nil, []byte(in))); got != want {
			t.Errorf("%x in a log line: got %q", c, got)
		}
	}
}

func TestT1Cell(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"plain", "plain"},
		{"née 日本 🇩🇪 👍🏽 ❤️", "née 日本 🇩🇪 👍🏽 ❤️"},
		{"e\u0301", "e\u0301"},
		{"\u0301x", "<U+0301>x"},
		{"\x1b[2J", `\x1b[2J`},
		{"\u009b2J", `<U+009B>2J`},
		{"\x9b2J", `\x9b2J`},
		{"a\u202eb", `a<U+202E>b`},
		{"a\u200bb", `a<U+200B>b`},
		{"👩\u200d💻", `👩<U+200D>💻`},
		{"tag\U000E0041", `tag<U+E0041>`},
		{"hangul\u3164filler", `hangul<U+3164>filler`},
		{"bel\x07bs\bdel\x7f", `bel\x07bs\x08del\x7f`},
		{"tab\there", `tab\there`},
		{"nul\x00", `nul\x00`},
	} {
		if got := Cell(tt.in); got != tt.want {
			t.Errorf("Cell(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// T2: a line break can never start a row of others' making.
func TestT2ForgedRows(t *testing.T) {
	for _, br := range []string{"\n", "\r\n", "\r", "\f", "\v", "\u0085", "\u2028", "\u2029"} {
		if got, want := Cell("first"+br+"pi   Complete"), "first…"; got != want {
			t.Errorf("Cell with %q: got %q", br, got)
		}
		if got, want := Cell(br+"only"+br), "only"; got != want {
			t.Errorf("Cell around %q: got %q", br, got)
		}
		if got := Line("first" + br + "second"); strings.ContainsAny(got, breaks) || !strings.HasSuffix(got, "second") {
			t.Errorf("Line with %q: got %q", br, got)
		}
		for i, line := range strings.Split(block("first"+br+"Name:  forged", 8), "\n") {
			if i > 0 && !strings.HasPrefix(line, "        | ") {
				t.Errorf("Block with %q: line %q", br, line)
			}
			if strings.ContainsAny(line, breaks) {
				t.Errorf("Block with %q: %q", br, line)
			}
		}
	}
	if got, want := block("a\tb\nc\r\nd\n\n", 2), "a    b\n  | c\n  | d"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// D9: a server that echoes a whole object does not fill the screen.
func TestD9Error(t *testing.T) {
	got := Error(strings.Repeat("日", 5000))
	if n := utf8.RuneCountInString(got); n != maxError+1 || !strings.HasSuffix(got, "日…") {
		t.Errorf("%d characters, ends %q", n, got[len(got)-6:])
	}
	if got := Error("webhook \"x\" denied:\n\x1b]0;owned\x07no"); got != "webhook \"x\" denied:\n| \\x1b]0;owned\\x07no" {
		t.Errorf("got %q", got)
	}
}

func TestASCII(t *testing.T) {
	if got, want := ASCII("née…日"), "n<U+00E9>e...<U+65E5>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestT1LogLine(t *testing.T) {
	for _, tt := range []struct {
		in, color, plain string
	}{
		{"clean line\twith tab", "clean line\twith tab", "clean line\twith tab"},
		{"crlf\r", "crlf", "crlf"},
		{"50%\r100%", `50%\r100%`, `50%\r100%`},
		{"\x1b[31mred", "\x1b[31mred\x1b[m", "red"},
		{"\x1b[1;38;5;208mhot\x1b[0m cold", "\x1b[1;38;5;208mhot\x1b[0m cold\x1b[m", "hot cold"},
		{"\x1b[4:3mcurly\x1b[m", "\x1b[4:3mcurly\x1b[m\x1b[m", "curly"},
		{"\x1b[2J\x1b[H", `\x1b[2J\x1b[H`, `\x1b[2J\x1b[H`},
		{"\x1b]0;title\x07", `\x1b]0;title\x07`, `\x1b]0;title\x07`},
		{"\x1b[31", `\x1b[31`, `\x1b[31`},
		{"\x1b", `\x1b`, `\x1b`},
		{"\x1b\x1b[m", "\\x1b\x1b[m\x1b[m", `\x1b`},
		{"\x1b[>4m", `\x1b[>4m`, `\x1b[>4m`},
		{"日本 e\u0301 \u202e", "日本 e\u0301 <U+202E>", "日本 e\u0301 <U+202E>"},
		{"half \xe6\x97", `half \xe6\x97`, `half \xe6\x97`},
	} {
		if got := string(LogLine{Color: true}.Append(nil, []byte(tt.in))); got != tt.color {
			t.Errorf("colour: %q gives %q, want %q", tt.in, got, tt.color)
		}
		if got := string(LogLine{}.Append([]byte("[p] "), []byte(tt.in))); got != "[p] "+tt.plain {
			t.Errorf("plain: %q gives %q, want %q", tt.in, got, tt.plain)
		}
	}
	if got, want := string(LogLine{ASCII: true}.Append(nil, []byte("né\x1b"))), `n<U+00E9>\x1b`; got != want {
		t.Errorf("ASCII: got %q, want %q", got, want)
	}
}

func TestCleanTextAllocatesNothing(t *testing.T) {
	line := []byte("2026-11-23 12:00:00 level=info msg=\"all is well\"\ttook=3ms")
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() {
		dst = LogLine{Color: true}.Append(dst[:0], line)
	}); n != 0 {
		t.Errorf("a clean log line: %v allocations", n)
	}
	s := string(line[:40])
	if n := testing.AllocsPerRun(100, func() {
		_ = Cell(s)
		_ = block(s, 4)
	}); n != 0 {
		t.Errorf("a clean cell: %v allocations", n)
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31mx", "a\u202eb\nc", "\xff\xfe", "e\u0301\u200d👩", "\u05d0\r\n", "\u2068"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, show := range map[string]func(string) string{"Cell": Cell, "Line": Line} {
			got := show(s)
			if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) || strings.ContainsFunc(got, hidden) {
				t.Fatalf("%s(%q) = %q", name, s, got)
			}
			if again := show(got); again != got {
				t.Fatalf("%s is not idempotent: %q, then %q", name, got, again)
			}
			if again := ASCII(ASCII(got)); again != ASCII(got) {
				t.Fatalf("ASCII is not idempotent for %q", got)
			}
		}
		for i, line := range strings.Split(block(s, 3), "\n") {
			if i > 0 && !strings.HasPrefix(line, "   | ") || strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("block(%q): line %q", s, line)
			}
		}
		log := string(LogLine{}.Append(nil, []byte(s)))
		if strings.ContainsFunc(log, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }) || strings.ContainsFunc(log, hidden) {
			t.Fatalf("LogLine(%q) = %q", s, log)
		}
		color := LogLine{Color: true}.Append(nil, []byte(s))
		for i, c := range color {
			if c == '\x1b' && SGR(color[i:]) == 0 {
				t.Fatalf("LogLine(%q) = %q lets a sequence through that is no colour", s, color)
			}
		}
	})
}

func hidden(r rune) bool { return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }

func BenchmarkLogLine(b *testing.B) {
	for name, line := range map[string]string{
		"clean":  strings.Repeat("abcdefghi ", 12),
		"colour": "\x1b[32minfo\x1b[0m " + strings.Repeat("abcdefghi ", 11),
		"utf8":   strings.Repeat("日本語 ", 12),
	} {
		b.Run(name, func(b *testing.B) {
			in, dst := []byte(line), make([]byte, 0, 1024)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				dst = LogLine{Color: true}.Append(dst[:0], in)
			}
		})
	}
}
