package target

import (
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Status is a word that --status takes: one of those that the server prints for a Job, or Finished or Unfinished.
type Status string

// The words. The order of the first seven is the server's own precedence.
const (
	Complete           Status = Status(jobstatus.Complete)
	Failed             Status = Status(jobstatus.Failed)
	Terminating        Status = Status(jobstatus.Terminating)
	Suspended          Status = Status(jobstatus.Suspended)
	FailureTarget      Status = Status(jobstatus.FailureTarget)
	SuccessCriteriaMet Status = Status(jobstatus.SuccessCriteriaMet)
	Running            Status = Status(jobstatus.Running)

	Finished   Status = "Finished"   // Complete or Failed
	Unfinished Status = "Unfinished" // neither
)

var statusWords = []Status{
	Complete, Failed, Finished, Unfinished, Running, Suspended, Terminating, FailureTarget, SuccessCriteriaMet,
}

// ParseStatus reads the words of --status, in any case.
func ParseStatus(words []string) ([]Status, error) {
	var out []Status
	for _, w := range words {
		at := slices.IndexFunc(statusWords, func(s Status) bool { return strings.EqualFold(string(s), strings.TrimSpace(w)) })
		if at < 0 {
			all := make([]string, len(statusWords))
			for i, s := range statusWords {
				all[i] = string(s)
			}
			return nil, fmt.Errorf("--status %s: want %s", quote(w), strings.Join(all, ", "))
		}
		out = append(out, statusWords[at])
	}
	return out, nil
}

// StatusOf returns the word that the server prints for a Job.
func StatusOf(job *batchv1.Job) Status { return Status(jobstatus.Printed(job)) }

// IsFinished says whether the Job has its final condition.
func IsFinished(job *batchv1.Job) bool { return jobstatus.Finished(job) }

// matches says whether the Job is in one of the states.
func matches(job *batchv1.Job, any []Status) bool {
	if len(any) == 0 {
		return true
	}
	word := StatusOf(job)
	return slices.ContainsFunc(any, func(s Status) bool {
		switch s {
		case Finished:
			return IsFinished(job)
		case Unfinished:
			return !IsFinished(job)
		case Complete, Failed, Terminating, Suspended, FailureTarget, SuccessCriteriaMet, Running:
			return s == word
		default:
			return false
		}
	})
}
