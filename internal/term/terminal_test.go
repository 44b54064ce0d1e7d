package term

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/creack/pty"
)

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

// T9: what an output may be sent, by its kind, its environment and --color.
func TestT9Detect(t *testing.T) {
	_, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	for _, tt := range []struct {
		name        string
		pipe        bool
		env         []string
		when        When
		color, live bool
	}{
		{name: "terminal", env: []string{"TERM", "xterm"}, color: true, live: true},
		{name: "pipe", pipe: true, env: []string{"TERM", "xterm"}},
		{name: "pipe, always", pipe: true, env: []string{"TERM", "xterm"}, when: Always, color: true},
		{name: "pipe, forced", pipe: true, env: []string{"CLICOLOR_FORCE", "1"}, color: true},
		{name: "pipe, forced 0", pipe: true, env: []string{"CLICOLOR_FORCE", "0"}},
		{name: "pipe, forced and not", pipe: true, env: []string{"CLICOLOR_FORCE", "1", "NO_COLOR", "1"}},
		{name: "dumb", env: []string{"TERM", "dumb"}},
		{name: "no TERM"},
		{name: "NO_COLOR", env: []string{"TERM", "xterm", "NO_COLOR", "yes"}},
		{name: "empty NO_COLOR", env: []string{"TERM", "xterm", "NO_COLOR", ""}, color: true, live: true},
		{name: "NO_COLOR, always", env: []string{"TERM", "xterm", "NO_COLOR", "1"}, when: Always, color: true, live: true},
		{name: "never", env: []string{"TERM", "xterm"}, when: Never},
		{name: "never, forced", env: []string{"TERM", "xterm", "CLICOLOR_FORCE", "1"}, when: Never},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{LookupEnv: env(tt.env...), Color: tt.when}
			got := Detect(tty, o)
			if tt.pipe {
				got = Detect(&bytes.Buffer{}, o)
			}
			if got.Color != tt.color || got.Live != tt.live || got.IsTTY == tt.pipe {
				t.Errorf("got %+v", got)
			}
			got.Restore()
			got.Restore()
		})
	}
}

func TestIsFile(t *testing.T) {
	_, tty, err := pty.Open()
	check(t, err)
	defer tty.Close()
	r, pipe, err := os.Pipe()
	check(t, err)
	defer r.Close()
	defer pipe.Close()
	file, err := os.CreateTemp(t.TempDir(), "")
	check(t, err)
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	check(t, err)
	defer null.Close()
	for w, want := range map[io.Writer]bool{tty: false, pipe: false, file: true, null: true, &bytes.Buffer{}: false} {
		if got := IsFile(w); got != want {
			t.Errorf("%v: %v", w, got)
		}
	}
}

func TestDetectUTF8(t *testing.T) {
	_, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	for _, tt := range []struct {
		env  []string
		want bool
	}{
		{nil, true},
		{[]string{"LANG", "C"}, false},
		{[]string{"LANG", "de_DE.UTF-8"}, true},
		{[]string{"LANG", "C.utf8"}, true},
		{[]string{"LANG", "de_DE.UTF-8", "LC_ALL", "POSIX"}, false},
		{[]string{"LC_CTYPE", "en_US.UTF-8", "LC_ALL", "", "LANG", "C"}, true},
	} {
		if got := Detect(tty, Options{LookupEnv: env(tt.env...)}).UTF8; got != tt.want {
			t.Errorf("%q: got %v", tt.env, got)
		}
		if Detect(tty, Options{LookupEnv: env(tt.env...), ASCII: true}).UTF8 {
			t.Errorf("%q: ASCII was asked for", tt.env)
		}
	}
	if !Detect(&bytes.Buffer{}, Options{LookupEnv: env("LANG", "C")}).UTF8 {
		t.Error("a pipe takes UTF-8 whatever the locale")
	}
}

func TestSize(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	check(t, pty.Setsize(master, &pty.Winsize{Cols: 132, Rows: 43}))
	if w, h := Detect(tty, Options{}).Size(); w != 132 || h != 43 {
		t.Errorf("got %d by %d", w, h)
	}
	check(t, pty.Setsize(master, &pty.Winsize{}))
	if w, h := Detect(tty, Options{}).Size(); w != defaultWidth || h != defaultHeight {
		t.Errorf("without a size: got %d by %d", w, h)
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	check(t, err)
	if w, h := Detect(file, Options{}).Size(); w != defaultWidth || h != defaultHeight {
		t.Errorf("a file: got %d by %d", w, h)
	}
}

func TestParseWhen(t *testing.T) {
	for in, want := range map[string]When{"": Auto, "auto": Auto, "always": Always, "never": Never} {
		if got, err := ParseWhen(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
	}
	if _, err := ParseWhen("yes"); err == nil || err.Error() != `--color "yes": want auto, always or never` {
		t.Errorf("got %v", err)
	}
}
