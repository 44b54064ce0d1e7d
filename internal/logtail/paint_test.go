package logtail

import (
	"regexp"
	"testing"
)

// What the expressions match is marked; the program's colours are neither matched nor broken, and end no mark.
func TestHighlightInColours(t *testing.T) {
	const red, reset, on, off = "\x1b[31m", "\x1b[0m", "\x1b[7m", "\x1b[27m"
	line := red + "red" + reset + " 5"
	for expression, want := range map[string]string{
		`[0-9]+`: red + "red" + reset + " " + on + "5" + off,
		`m|\[|;`: line,
		`^red`:   red + on + "red" + off + reset + " 5",
		`red 5`:  red + on + "red" + reset + on + " 5" + off,
		`red|d`:  red + on + "red" + off + reset + " 5",
		`x*`:     line,
	} {
		for _, tty := range []bool{true, false} {
			paint, end := Paint(Screen{TTY: tty, Color: true, UTF8: true}, []*regexp.Regexp{regexp.MustCompile(expression)}), ""
			if tty {
				end = "\x1b[m"
			}
			if got := string(paint(nil, []byte(line))); got != want+end {
				t.Errorf("%s: got %q, want %q", expression, got, want+end)
			}
		}
	}
}
