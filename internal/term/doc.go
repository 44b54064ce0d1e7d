// Package term knows the terminal: whether there is one, how large it is, what it understands, and how to keep a block
// of lines up to date at the bottom of it. Text that came from a cluster is made safe by its room next door, safetext.
//
// # Which library, and why
//
// The live block needs a handful of control sequences and the display width of text. It needs no alternate screen, no
// raw mode, no keys: so a full-screen framework such as Bubble Tea would bring what must be restored on every way out,
// and nothing that is used. The sequences come from github.com/charmbracelet/x/ansi, widths from
// github.com/clipperhouse/displaywidth, sizes from golang.org/x/term: all well kept, all small.
// github.com/charmbracelet/colorprofile was tried and left out: it may start a tmux process and read the terminfo
// database to tell 24-bit colours apart, which nothing here uses, and it takes NO_COLOR=yes for "not set".
//
// # Why the terminal cannot be left broken
//
// Nothing is ever switched on for longer than one write: the cursor is hidden, lines are kept from wrapping, and output
// is held back within a single write that also undoes it, and the cursor then rests at the start of the line below the
// block. So a panic in any goroutine, a signal, even SIGKILL leaves a terminal that needs no repair.
package term
