package logs

import (
	"errors"
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// noIndex says why none of the indexes that were asked for is one of a Job's; "": one is, or none was asked for. Nil stands for no
// Job, and for no indexes.
func noIndex(job *batchv1.Job, asked logstream.Indexes) string {
	if job == nil || asked == nil {
		return ""
	}
	n := completions(job)
	switch {
	case !indexed(job):
		return fmt.Sprintf("--index: job %q is not Indexed: it has no indexes", job.Name)
	case slices.ContainsFunc(asked, func(r [2]int32) bool { return r[0] < n }):
		return ""
	case n == 0:
		return fmt.Sprintf("--index: job %q has no indexes: its completions are 0", job.Name)
	default:
		return fmt.Sprintf("--index: job %q has the indexes 0-%d", job.Name, n-1)
	}
}

func indexed(job *batchv1.Job) bool {
	return job.Spec.CompletionMode != nil && *job.Spec.CompletionMode == batchv1.IndexedCompletion
}

func completions(job *batchv1.Job) int32 {
	if job.Spec.Completions == nil {
		return 0
	}
	return *job.Spec.Completions
}

// lastIndex is the last of a Job's indexes, or of those among them that were asked for; 0: there is none.
func lastIndex(job *batchv1.Job, asked logstream.Indexes) int32 {
	if !indexed(job) {
		return 0
	}
	last := completions(job) - 1
	if asked == nil {
		return max(0, last)
	}
	wanted := int32(0)
	for _, r := range asked {
		if r[0] <= last {
			wanted = max(wanted, min(r[1], last))
		}
	}
	return wanted
}

// checkIndexes refuses to wait, until the Job has ended, for indexes that it cannot have. An Indexed one may be given more while it
// is followed, by raising its completions, which nothing tells beforehand: for those is waited, but not without a word. Of a
// Job that has ended the pods tell: one that was scaled down may have kept them.
func (c *command) checkIndexes(job *batchv1.Job) error {
	text := noIndex(job, c.o.Select.Indexes)
	switch {
	case text != "" && !indexed(job):
		return errors.New(text)
	case text != "" && !jobstatus.Finished(job):
		c.notes.say("note: %s: others come only if its completions are raised", text)
	}
	return nil
}
