package act

import (
	"fmt"

	"github.com/spf13/pflag"
)

// DryRun says how far a change goes.
type DryRun string

// The values of --dry-run.
const (
	Really DryRun = "none"
	Client DryRun = "client" // nothing is sent that changes anything
	Server DryRun = "server" // the server checks and answers, and keeps nothing
)

// AddDryRun adds --dry-run.
func AddDryRun(f *pflag.FlagSet, value *string) {
	f.StringVar(value, "dry-run", string(Really), "none, client (say what would be done) or server (let the server check it, too); nothing is changed")
}

// ParseDryRun reads the value of --dry-run.
func ParseDryRun(value string) (DryRun, error) {
	switch d := DryRun(value); d {
	case Really, Client, Server:
		return d, nil
	default:
		return "", fmt.Errorf("--dry-run %+q: want none, client or server", value)
	}
}

// Suffix is what is put behind a line that tells of a change that was not kept, as kubectl puts it.
func (d DryRun) Suffix() string {
	switch d {
	case Client:
		return " (dry run)"
	case Server:
		return " (server dry run)"
	case Really:
		return ""
	default:
		return ""
	}
}
