package term

import "golang.org/x/sys/windows"

// enableSequences asks the console to understand escape sequences (ENABLE_VIRTUAL_TERMINAL_PROCESSING: Windows 10 and
// later). understood is false where it refuses: then lines without any are written.
func enableSequences(fd int) (restore func(), understood bool) {
	console := windows.Handle(fd)
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return nil, false
	}
	if mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING != 0 {
		return nil, true
	}
	if err := windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING); err != nil {
		return nil, false
	}
	return func() { _ = windows.SetConsoleMode(console, mode) }, true
}

// terminalType is TERM where a Unix-like shell sets it; consoles do not.
func terminalType(env func(string) string) string { return env("TERM") }
