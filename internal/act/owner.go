package act

import (
	"fmt"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// kueueQueue is the label by which Kueue takes a Job over.
const kueueQueue = "kueue.x-k8s.io/queue-name"

// ForeignOwner says why a Job's size and its suspension are not the user's to change, or nil: Kueue, a controller named in
// spec.managedBy, or one that made the Job (JobSet, say) sets them itself and would undo or misread the change. A CronJob
// leaves the Jobs that it made alone.
func ForeignOwner(job *batchv1.Job) error {
	if queue := job.Labels[kueueQueue]; queue != "" {
		return fmt.Errorf("it is managed by Kueue (queue %q): it sets spec.suspend and the size itself\nkubectl kueue stop workload and resume workload act on such a Job",
			safetext.Cell(queue))
	}
	if by := job.Spec.ManagedBy; by != nil && *by != batchv1.JobControllerName {
		return fmt.Errorf("it is managed by %q (spec.managedBy): the built-in Job controller does nothing for it", safetext.Cell(*by))
	}
	if o := metav1.GetControllerOf(job); o != nil && (o.Kind != "CronJob" || !strings.HasPrefix(o.APIVersion, batchv1.GroupName+"/")) {
		return fmt.Errorf("it belongs to %s %q (%s), which would undo the change\nchange that object instead",
			safetext.Cell(o.Kind), safetext.Cell(o.Name), safetext.Cell(o.APIVersion))
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
