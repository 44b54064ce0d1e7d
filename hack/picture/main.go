// Command picture runs a program on a terminal of its own and draws what the screen showed, from second to second, as an
// SVG that moves: picture OUT.svg PROGRAM ARG… It fails when the program does.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

const (
	columns = 80
	rows    = 24
	every   = time.Second / 2 // a look at the screen
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: picture OUT.svg PROGRAM [ARG…]")
		os.Exit(1)
	}
	frames, err := record(os.Args[2:])
	if err == nil {
		err = os.WriteFile(os.Args[1], draw(strings.Join(os.Args[2:], " "), frames), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// frame is a screen and when it was first seen.
type frame struct {
	at    time.Duration
	lines [][]run
}

// record runs a program to its end. Screens that are like the one before are left out.
func record(args []string) ([]frame, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = master.Close() }()
	if err := pty.Setsize(master, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		return nil, err
	}
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec // the caller's own command
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LANG=C.UTF-8")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	screen := vt.NewSafeEmulator(columns, rows)
	go func() { _, _ = io.Copy(io.Discard, screen) }() // answers to what the program asks of the terminal
	drained := make(chan struct{})
	go func() {
		_, _ = io.Copy(screen, master)
		close(drained)
	}()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	began, ticks := time.Now(), time.Tick(every)
	var frames []frame
	look := func() {
		f := frame{time.Since(began), snapshot(screen)}
		if len(frames) == 0 || !same(frames[len(frames)-1].lines, f.lines) {
			frames = append(frames, f)
		}
	}
	for {
		select {
		case <-ticks:
			look()
		case err := <-ended:
			_ = slave.Close() // the reader comes to the end of what was written
			<-drained
			look()
			return frames, err
		}
	}
}

// run is text of one colour in a line.
type run struct {
	column int
	text   string
	colour string
	bold   bool
}

// snapshot reads the screen.
func snapshot(screen *vt.SafeEmulator) [][]run {
	lines := make([][]run, rows)
	for y := range rows {
		for x := range columns {
			cell := screen.CellAt(x, y)
			if cell == nil || cell.Content == "" || cell.Content == " " {
				continue
			}
			r := run{column: x, text: cell.Content, bold: cell.Style.Attrs&1 != 0}
			if cell.Style.Fg != nil {
				red, green, blue, _ := cell.Style.Fg.RGBA()
				r.colour = onDark(fmt.Sprintf("#%02x%02x%02x", red>>8, green>>8, blue>>8))
			}
			if n := len(lines[y]) - 1; n >= 0 {
				last := &lines[y][n]
				if last.colour == r.colour && last.bold == r.bold && last.column+len([]rune(last.text)) == x {
					last.text += r.text
					continue
				}
			}
			lines[y] = append(lines[y], r)
		}
	}
	return lines
}

// onDark is a colour as it reads well on the picture's ground. The first sixteen are the terminal's own to choose.
func onDark(colour string) string {
	readable, ok := map[string]string{
		"#800000": "#f85149", "#008000": "#3fb950", "#808000": "#d29922", "#008080": "#39c5cf", "#808080": "#7d8590",
	}[colour]
	if !ok {
		return colour
	}
	return readable
}

func same(a, b [][]run) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

const (
	width  = 8.43 // of a column
	height = 18
	rest   = 4 * time.Second // how long the last frame stays before it begins anew
)

// draw makes the picture: every frame is a group that is shown for its share of the time.
func draw(command string, frames []frame) []byte {
	total := frames[len(frames)-1].at + rest
	used := 0
	for _, f := range frames {
		for y, line := range f.lines {
			if len(line) > 0 {
				used = max(used, y+1)
			}
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">
<title>%s</title>
<style>
text { fill: #d0d4da; white-space: pre }
.b { font-weight: bold }
g { visibility: hidden }
`, columns*width+32, (used+1)*height+36, escape(command))
	for i, f := range frames {
		from, to := 100*float64(f.at)/float64(total), 100.0
		if i == 0 {
			from = 0
		}
		if i+1 < len(frames) {
			to = 100 * float64(frames[i+1].at) / float64(total)
		}
		fmt.Fprintf(&b, "@keyframes k%d { 0%% { visibility: hidden } %.2f%% { visibility: visible } %.2f%% { visibility: %s } 100%% { visibility: hidden } }\n",
			i, from, to, map[bool]string{true: "visible", false: "hidden"}[i+1 == len(frames)])
		fmt.Fprintf(&b, "#f%d { animation: k%d %.1fs step-end infinite }\n", i, i, total.Seconds())
	}
	// Who wants no motion sees the end.
	fmt.Fprintf(&b, "@media (prefers-reduced-motion) { g { animation: none !important } #f%d { visibility: visible } }\n</style>\n", len(frames)-1)
	b.WriteString("<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#14171c\"/>\n")
	fmt.Fprintf(&b, "<text x=\"16\" y=\"28\"><tspan fill=\"#7d8590\">$ </tspan>%s</text>\n", escape(command))
	for i, f := range frames {
		fmt.Fprintf(&b, "<g id=\"f%d\">\n", i)
		for y, line := range f.lines {
			for _, r := range line {
				fmt.Fprintf(&b, `<text x="%.1f" y="%d"`, 16+float64(r.column)*width, 28+(y+1)*height)
				if r.colour != "" {
					fmt.Fprintf(&b, ` style="fill:%s"`, r.colour)
				}
				if r.bold {
					b.WriteString(` class="b"`)
				}
				fmt.Fprintf(&b, " textLength=\"%.1f\">%s</text>\n", float64(len([]rune(r.text)))*width, escape(r.text))
			}
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
