package act

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// kueueQueue is the label by which Kueue takes a Job over.
const kueueQueue = "kueue.x-k8s.io/queue-name"

// ForeignOwner says why a Job's size and its suspension are not the user's to change, or nil: Kueue, or a controller
// named in spec.managedBy, sets them itself and would undo or misread the change.
func ForeignOwner(job *batchv1.Job) error {
	if queue := job.Labels[kueueQueue]; queue != "" {
		return fmt.Errorf("it is managed by Kueue (queue %q): it sets spec.suspend and the size itself\nkubectl kueue stop workload and resume workload act on such a Job",
			safetext.Cell(queue))
	}
	if by := job.Spec.ManagedBy; by != nil && *by != batchv1.JobControllerName {
		return fmt.Errorf("it is managed by %q (spec.managedBy): the built-in Job controller does nothing for it", safetext.Cell(*by))
	}
	return nil
}

// Cut shortens a text of plain ASCII.
func Cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most] + safetext.Ellipsis
}
