package factory

import (
	"io"

	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

// Style is how to write to a stream of this factory: coloured and cut to its width on a terminal, plain into a pipe.
// restore puts the terminal back as it was.
func (f *Factory) Style(w io.Writer) (st render.Style, restore func()) {
	screen := f.Terminal(w)
	st = render.Style{Color: screen.Color, UTF8: screen.UTF8}
	if screen.IsTTY {
		st.Width, st.Height = screen.Size()
	} else {
		st.UTF8 = true // what is read by a program is the text itself
	}
	return st, screen.Restore
}
