package term

import "context"

// Changes tells nothing on Windows: consoles send no signal, and Size is asked for at each repaint anyway.
func Changes(context.Context) <-chan Change { return nil }
