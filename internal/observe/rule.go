package observe

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Until is the event that a command waits for.
type Until string

// What can be waited for.
const (
	Finished Until = "finished" // Complete or Failed, every pod stopped
	Complete Until = "complete" // Complete; a Job that failed ends the wait too: it will never be
	Failed   Until = "failed"   // Failed; a Job that completed ends the wait too
	Decided  Until = "decided"  // the outcome is certain, pods may still be stopping
	Started  Until = "started"  // a pod of it has started
)

// Untils are all of them, in the order that help shows.
func Untils() []Until { return []Until{Finished, Complete, Failed, Decided, Started} }

// ParseUntil reads the value of --until.
func ParseUntil(s string) (Until, error) {
	words := make([]string, 0, len(Untils()))
	for _, u := range Untils() {
		if string(u) == s {
			return u, nil
		}
		words = append(words, string(u))
	}
	return "", fmt.Errorf("--until %q: want one of %s", s, strings.Join(words, ", "))
}

// Rule says when a Job has been followed long enough. The zero value waits until it is finished.
type Rule struct {
	Until Until
	// FailFast ends the wait when a pod has waited this long for something that will not come by itself; nil: never.
	FailFast *time.Duration
	// FailOnSuspend ends the wait when the Job is suspended.
	FailOnSuspend bool
}

// End is why following a Job ended.
type End struct {
	Code exit.Code
	// Why is a sentence when the Job's own outcome does not say it (fail-fast, suspended); it may hold untrusted text.
	Why string
	// Met says what has come of a Job that is not finished: started, or sure to complete.
	Met string
}

// Judge says whether the rule is met by a status at a moment, and how it ends. It takes a verdict from conditions
// alone, never from counts: a Job with a success policy is complete at 1 of 3.
func (r Rule) Judge(s jobstatus.Status, now time.Time) (End, bool) {
	if s.Outcome != jobstatus.Unfinished {
		return r.outcome(s), true
	}
	switch {
	case r.Until == Decided && s.Succeeding:
		return End{Code: exit.OK, Met: "sure to complete"}, true
	case r.Until == Decided && s.Failing, r.Until == Complete && s.Failing:
		return End{Code: exit.JobFailed, Met: "sure to fail"}, true
	case r.Until == Started && started(s):
		return End{Code: exit.OK, Met: "started"}, true
	case r.FailOnSuspend && s.State == jobstatus.Suspended && s.Asked.Suspended: // else it is about to go on
		return End{Code: exit.Failure, Why: "it is suspended"}, true
	}
	return r.failFast(s, now)
}

func (r Rule) outcome(s jobstatus.Status) End {
	code := exit.OfOutcome(s.Outcome)
	if r.Until != Failed {
		if r.Until == Started && code == exit.JobFailed && started(s) {
			code = exit.OK
		}
		return End{Code: code}
	}
	switch s.Outcome {
	case jobstatus.FailedOutcome:
		return End{Code: exit.OK}
	case jobstatus.Succeeded:
		return End{Code: exit.Failure, Why: "it completed, so it will not fail"}
	case jobstatus.Vanished, jobstatus.ReplacedByTwin, jobstatus.Unfinished:
		return End{Code: code}
	default:
		return End{Code: code}
	}
}

func (r Rule) failFast(s jobstatus.Status, now time.Time) (End, bool) {
	if r.FailFast == nil {
		return End{}, false
	}
	cause, since, ok := jobstatus.FailFastCause(s)
	if !ok || now.Sub(since) < *r.FailFast {
		return End{}, false
	}
	return End{Code: exit.Failure, Why: cause}, true
}

// started says whether a pod of the Job runs or has run.
func started(s jobstatus.Status) bool {
	if s.Counts.Ready > 0 || s.Counts.Succeeded > 0 || s.Counts.Failed > 0 {
		return true
	}
	for _, p := range s.Pods {
		if !p.Started.IsZero() {
			return true
		}
	}
	return false
}
