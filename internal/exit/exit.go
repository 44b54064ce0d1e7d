// Package exit is the contract between jobx and the shell: which exit code says what. One table, one switch.
package exit

import (
	"context"
	"errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Code is a process exit code.
type Code int

// The exit codes. They are part of the documented interface.
const (
	OK          Code = 0   // what was asked for happened; with watch and wait: the Job completed
	Failure     Code = 1   // could not do it: bad usage, not found, forbidden, unreachable, any of several targets failed
	JobFailed   Code = 2   // the Job itself failed
	JobGone     Code = 3   // the Job was deleted or replaced before it finished
	Timeout     Code = 124 // --timeout passed first, as timeout(1) says it
	HungUp      Code = 129 // 128 + SIGHUP: the terminal was closed
	Interrupted Code = 130 // 128 + SIGINT
	Terminated  Code = 143 // 128 + SIGTERM
)

// Error carries the exit code that an outcome asks for. A nil Err says that the outcome has already been told:
// nothing more is printed.
type Error struct {
	Code Code
	Err  error
}

// Error returns the text of what is carried, and of the code alone when nothing is.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return "exit"
}

// Unwrap gives errors.Is and errors.As the carried error.
func (e *Error) Unwrap() error { return e.Err }

// Silent returns an error that only sets the exit code: what there was to say has been said. OK gives nil.
func Silent(code Code) error {
	if code == OK {
		return nil
	}
	return &Error{Code: code}
}

// Of returns the exit code for an error that a verb returned; signalled is what a caught signal asks for, or OK.
func Of(err error, signalled Code) Code {
	var coded *Error
	switch {
	case signalled != OK && (err == nil || errors.Is(err, context.Canceled)):
		return signalled
	case err == nil:
		return OK
	case errors.As(err, &coded):
		return coded.Code
	default:
		return Failure
	}
}

// OfOutcome returns the exit code for how a Job ended.
func OfOutcome(o jobstatus.Outcome) Code {
	switch o {
	case jobstatus.Succeeded:
		return OK
	case jobstatus.FailedOutcome:
		return JobFailed
	case jobstatus.Vanished, jobstatus.ReplacedByTwin:
		return JobGone
	case jobstatus.Unfinished:
		return Failure
	default:
		return Failure
	}
}

// Worse returns the code that says more is wrong: with several Jobs the worst one is the command's.
func Worse(a, b Code) Code {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// rank orders codes by how bad they are: an interruption tells least about the Jobs and most about the command.
func rank(c Code) int {
	switch c {
	case OK:
		return 0
	case JobFailed:
		return 1
	case JobGone:
		return 2
	case Timeout:
		return 3
	case Failure:
		return 4
	case HungUp, Interrupted, Terminated:
		return 5
	default:
		return 4
	}
}
