package observe

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// Flags are what watch and wait have in common on the command line.
type Flags struct {
	until         string
	failFast      string
	FailOnSuspend bool
	timeout       string
	flags         *pflag.FlagSet
}

// failFastPatience is what a bare --fail-fast waits: an image registry or a scheduler may recover within it.
const failFastPatience = "2m"

// Add adds the flags.
func (f *Flags) Add(flags *pflag.FlagSet) {
	flags.StringVar(&f.until, "until", string(Finished),
		"What to wait for: finished, complete, failed, decided (the outcome is certain) or started")
	flags.StringVar(&f.failFast, "fail-fast", "",
		"End with the cause when a pod waits this long for what will not come (a missing image, ConfigMap, node or quota)")
	flags.Lookup("fail-fast").NoOptDefVal = failFastPatience
	f.flags = flags
	flags.BoolVar(&f.FailOnSuspend, "fail-on-suspend", false, "End with an error when the Job is suspended")
	flags.StringVar(&f.timeout, "timeout", "0s", "Give up after this long, with exit code 124; 0s waits for ever")
}

// Rule reads the flags as a rule and a timeout. The error names the flag as it was typed.
func (f *Flags) Rule() (Rule, time.Duration, error) {
	until, err := ParseUntil(f.until)
	if err != nil {
		return Rule{}, 0, err
	}
	timeout, err := Duration("--timeout", f.timeout)
	if err != nil {
		return Rule{}, 0, err
	}
	rule := Rule{Until: until, FailOnSuspend: f.FailOnSuspend}
	if f.flags.Changed("fail-fast") {
		patience, err := Duration("--fail-fast", f.failFast)
		if err != nil {
			return Rule{}, 0, err
		}
		rule.FailFast = &patience
	}
	return rule, timeout, nil
}

// Duration reads the value of a flag as a duration that is not negative. A bare number is refused with its likely
// meaning: kubectl takes some as seconds and refuses others.
func Duration(flag, value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	switch {
	case err != nil && allDigits(value):
		return 0, fmt.Errorf("%s %q: add a unit (%ss)", flag, value, value)
	case err != nil:
		return 0, fmt.Errorf("%s %+q: want a duration like 30s, 5m or 1h30m", flag, value)
	case d < 0:
		return 0, fmt.Errorf("%s %q: must not be negative", flag, value)
	default:
		return d, nil
	}
}

func allDigits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// errNoSubject says that neither a name nor a selection was given.
var errNoSubject = errors.New("which Job? give a name, -l or --all")
