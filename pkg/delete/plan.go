package delete

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// plan is what deleting an object means, from the object alone.
type plan struct {
	words string // what becomes of what belongs to it
	// running is how many pods that are not finished go with it, or go on without it.
	running int32
}

// planOf works it out. The numbers are the Job controller's own counts: pods that somebody deleted meanwhile are still
// counted by it.
func planOf(item target.Item, cascade metav1.DeletionPropagation) plan {
	switch {
	case item.Job != nil:
		return planOfJob(item.Job, cascade)
	case item.CronJob != nil:
		return planOfCronJob(item.CronJob, cascade)
	default:
		return plan{running: 1}
	}
}

func planOfJob(job *batchv1.Job, cascade metav1.DeletionPropagation) plan {
	s := job.Status
	p := plan{running: s.Active}
	all := s.Active + s.Succeeded + s.Failed
	if s.Terminating != nil {
		all += *s.Terminating
	}
	pods := act.Plural(all, "pod")
	if s.Active > 0 {
		pods += fmt.Sprintf(" (%d running)", s.Active)
	}
	switch {
	case all == 0:
		p.words = "it has no pods"
	case cascade == metav1.DeletePropagationOrphan && s.Active > 0:
		p.words = pods + " will be left running: kubectl jobx pods --orphans"
	case cascade == metav1.DeletePropagationOrphan:
		p.words = pods + " will be left: kubectl jobx pods --orphans"
	case cascade == metav1.DeletePropagationForeground:
		p.words = pods + " will be deleted before it"
	default:
		p.words = pods + " will be deleted"
	}
	return p
}

func planOfCronJob(c *batchv1.CronJob, cascade metav1.DeletionPropagation) plan {
	n := len(c.Status.Active)
	if cascade == metav1.DeletePropagationOrphan {
		text := "its Jobs and their pods will be left"
		if n > 0 {
			text += fmt.Sprintf(", %s running", act.Plural(n, "Job"))
		}
		return plan{words: text, running: int32(n)}
	}
	text := "all its Jobs and their pods will be deleted"
	if n > 0 {
		text += fmt.Sprintf(", %s running", act.Plural(n, "Job"))
	}
	return plan{words: text, running: int32(n)}
}

// question says what would be lost, or is empty if nobody has to be asked: one object without running pods.
func question(items []target.Item, plans []plan, cascade metav1.DeletionPropagation, always bool) string {
	var running int32
	for _, p := range plans {
		if cascade != metav1.DeletePropagationOrphan {
			running += p.running
		}
	}
	switch {
	case len(items) == 0 || (len(items) == 1 && running == 0 && !always):
		return ""
	case len(items) == 1:
		return fmt.Sprintf("delete %s?", act.Name(items[0]))
	case running > 0:
		return fmt.Sprintf("delete %s, of which some still run?", tally(items))
	default:
		return fmt.Sprintf("delete %s?", tally(items))
	}
}

// tally counts objects by kind: 3 Jobs and 1 CronJob.
func tally(items []target.Item) string {
	var jobs, cronJobs, pods int
	for _, i := range items {
		switch {
		case i.Job != nil:
			jobs++
		case i.CronJob != nil:
			cronJobs++
		default:
			pods++
		}
	}
	text := ""
	for _, k := range []struct {
		n    int
		noun string
	}{{jobs, "Job"}, {cronJobs, "CronJob"}, {pods, "pod"}} {
		if k.n == 0 {
			continue
		}
		if text != "" {
			text += " and "
		}
		text += act.Plural(k.n, k.noun)
	}
	return text
}
