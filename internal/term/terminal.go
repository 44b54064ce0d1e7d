package term

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	xterm "golang.org/x/term"
)

// When is the value of --color.
type When string

// The values of --color.
const (
	Auto   When = "auto"   // colours if the output is a terminal that wants them
	Always When = "always" // colours whatever the output is
	Never  When = "never"  // no escape sequence at all
)

// ParseWhen reads the value of --color; an empty one is Auto.
func ParseWhen(s string) (When, error) {
	switch w := When(s); w {
	case "":
		return Auto, nil
	case Auto, Always, Never:
		return w, nil
	}
	return "", fmt.Errorf("--color %q: want auto, always or never", s)
}

// Options is what Detect is told beside the stream.
type Options struct {
	// LookupEnv reads the environment (os.LookupEnv); nil: an empty one.
	LookupEnv func(string) (string, bool)
	// Color is the value of --color; empty: Auto.
	Color When
	// ASCII keeps the output to ASCII whatever the locale says.
	ASCII bool
}

// Terminal is what is known about one output stream.
type Terminal struct {
	// IsTTY says that the stream is a terminal.
	IsTTY bool
	// Color says that colours may be written: --color=always, or a terminal that is not dumb, without NO_COLOR and
	// without --color=never. CLICOLOR_FORCE (not empty, not 0) stands for --color=always unless NO_COLOR is set.
	Color bool
	// Live says that the cursor may be moved, so that a block can be repainted. NO_COLOR, --color=never and TERM=dumb
	// switch it off: then no escape byte at all is written, and what happens is told line by line.
	Live bool
	// UTF8 says that characters beyond ASCII are understood: LC_ALL, LC_CTYPE or LANG, the first that is set, names
	// UTF-8; if none is set it is taken for granted. An output that is no terminal is always UTF-8, unless Options.ASCII.
	UTF8 bool
	// Reflows says that the terminal wraps old lines anew when it becomes narrower, as nearly all do.
	Reflows bool

	fd      int
	restore func()
}

// What a terminal is taken for that does not say how large it is.
const (
	defaultWidth  = 80
	defaultHeight = 24
)

// Detect finds out about w, which is a terminal only if it is a file that is one. On Windows it asks the console to
// understand escape sequences; Restore undoes that.
func Detect(w io.Writer, o Options) *Terminal {
	env := environment(o.LookupEnv)
	t := &Terminal{fd: -1, UTF8: !o.ASCII, Reflows: env("XTERM_VERSION") == "" && env("STY") == ""}
	if f, ok := w.(interface{ Fd() uintptr }); ok && xterm.IsTerminal(int(f.Fd())) {
		t.fd, t.IsTTY = int(f.Fd()), true
	}
	capable := false
	if t.IsTTY {
		t.UTF8 = !o.ASCII && utf8Locale(env)
		var understood bool
		t.restore, understood = enableSequences(t.fd)
		capable = understood && terminalType(env) != "dumb"
	}
	noColor := env("NO_COLOR") != ""
	forced := o.Color == Always || (env("CLICOLOR_FORCE") != "" && env("CLICOLOR_FORCE") != "0" && !noColor && o.Color != Never)
	t.Live = capable && o.Color != Never && (!noColor || o.Color == Always)
	t.Color = forced || t.Live
	return t
}

// IsFile says whether a stream ends in a regular file or the null device: nobody passes on to a terminal what it is given, as the
// other end of a pipe may.
func IsFile(w io.Writer) bool {
	f, ok := w.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return info.Mode().IsRegular() || err == nil && os.SameFile(info, null)
}

// Size is the terminal's width and height in cells at this moment; 80 by 24 if it does not say, or is none.
func (t *Terminal) Size() (width, height int) {
	if t.fd >= 0 {
		if w, h, err := xterm.GetSize(t.fd); err == nil && w > 0 && h > 0 {
			return w, h
		}
	}
	return defaultWidth, defaultHeight
}

// Restore undoes what Detect changed (a Windows console's mode). It may be called more than once.
func (t *Terminal) Restore() {
	if t.restore != nil {
		t.restore()
		t.restore = nil
	}
}

// environment reads variables, those that are missing as empty.
func environment(lookup func(string) (string, bool)) func(string) string {
	return func(name string) string {
		if lookup == nil {
			return ""
		}
		v, _ := lookup(name)
		return v
	}
}

// utf8Locale says what POSIX's order of locale variables says about the character set.
func utf8Locale(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(env(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}
