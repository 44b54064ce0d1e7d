package term

// Change is something that happened to the terminal from outside.
type Change int

// The changes.
const (
	// Resized: its size may be another.
	Resized Change = iota
	// Resumed: the program was stopped (Ctrl-Z) and goes on; other text stands below the block now: see Live.Restart.
	Resumed
)
