//go:build !windows

package term

// enableSequences has nothing to do where terminals understand escape sequences.
func enableSequences(int) (restore func(), understood bool) { return nil, true }

// terminalType is TERM; a terminal that does not say is treated as one that understands nothing.
func terminalType(env func(string) string) string {
	if v := env("TERM"); v != "" {
		return v
	}
	return "dumb"
}
