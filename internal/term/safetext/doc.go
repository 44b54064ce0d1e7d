// Package safetext makes text that came from a cluster fit to be shown, and measures it as a terminal does.
//
// Names, labels, conditions, event messages, termination messages and server errors are written by others. A terminal
// obeys some of what it is sent: escape sequences move the cursor and set titles, direction marks reorder a line,
// a form feed or a line separator starts a row that looks like ours. So nothing reaches the terminal but printable
// characters:
//
//   - C0 and C1 control characters, DEL, format characters (Unicode Cf: direction marks, zero-width characters, tags),
//     line and paragraph separators, characters that are invisible or private or unassigned, and bytes that are not
//     UTF-8 are shown as \n, \x1b or <U+202E>;
//   - a line break can never put text of others at column 0: Cell cuts there, Error continues behind a bar;
//   - a joiner (U+200D) is shown as <U+200D> inside an emoji sequence too: terminals disagree about the width of joined
//     sequences, and a rule without exceptions can be tested over every rune there is. Emoji with a skin tone, flags and
//     the emoji form of a symbol (U+FE0F) are shown as they are.
//
// The functions are pure and allocate nothing for clean ASCII. Cell, Line and ASCII are idempotent: what is safe stays as
// it is. Error adds bars in front of lines, so it is applied once.
//
// Widths are counted in terminal cells by grapheme cluster (github.com/clipperhouse/displaywidth): an ideograph is two
// cells wide, a combining mark none. Escape sequences for colours count as nothing, so that text may be styled first
// and laid out then.
package safetext
