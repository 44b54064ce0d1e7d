package delete

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// plan is what deleting an object means, from the object alone.
type plan struct {
	words string // what becomes of what belongs to it
	// pods and active are a Job's, jobs the running ones of a CronJob: they go with it, or go on without it.
	pods, active, jobs int32
	// runs says that all Jobs of a CronJob go with it. It does not know those that were started by hand.
	runs bool
	// ended are those of pods that the controller has counted and that somebody may have deleted since.
	ended int32
}

// count is the number of pods. Of those that have ended nobody knows without a look how many are still there.
func (p plan) count() string {
	switch {
	case p.pods == 0:
		return "no pods"
	case p.ended > 0:
		return "up to " + act.Plural(p.pods, "pod")
	default:
		return act.Plural(p.pods, "pod")
	}
}

// planOf works it out. The numbers are the Job controller's own counts.
func planOf(item target.Item, cascade metav1.DeletionPropagation) plan {
	switch {
	case item.Job != nil:
		return planOfJob(item.Job, cascade)
	case item.CronJob != nil:
		return planOfCronJob(item.CronJob, cascade)
	case item.Pod.Status.Phase == corev1.PodSucceeded || item.Pod.Status.Phase == corev1.PodFailed:
		return plan{pods: 1}
	default:
		return plan{pods: 1, active: 1}
	}
}

func planOfJob(job *batchv1.Job, cascade metav1.DeletionPropagation) plan {
	s := job.Status
	p := plan{active: s.Active, ended: s.Succeeded + s.Failed}
	p.pods = p.active + p.ended
	if s.Terminating != nil {
		p.pods += *s.Terminating
	}
	p.words = "it has no pods"
	if p.pods > 0 {
		p.words = p.count() + running(s.Active, s.Ready) + fate(p, cascade, cmp.Or(unlabelled(job), listOrphans(job.Namespace)))
	}
	return p
}

// running says how many pods are not finished. The controller counts those that are pending as active, too, so that they
// can be called running only if all are ready.
func running(active int32, ready *int32) string {
	switch {
	case active == 0:
		return ""
	case ready == nil:
		return fmt.Sprintf(" (%d active)", active)
	case *ready == active:
		return fmt.Sprintf(" (%d running)", active)
	default:
		return fmt.Sprintf(" (%d active, %d ready)", active, *ready)
	}
}

// listOrphans is the command that lists pods that were left: those that bear a Job's labels.
func listOrphans(namespace string) string { return "kubectl jobx pods --orphans " + in(namespace) }

// in is how a command is told the namespace; empty: there are several. It is told always: a hint is typed as it stands, and
// the namespace of the context may be another.
func in(namespace string) string {
	if namespace == metav1.NamespaceAll {
		return "-A"
	}
	return "-n " + namespace
}

// unlabelled is the command that lists the pods of a Job whose author chose its selector: the API server gives these no
// labels (generateSelectorIfNeeded in pkg/registry/batch/job/strategy.go). Empty: they have them.
func unlabelled(job *batchv1.Job) string {
	if m := job.Spec.ManualSelector; m == nil || !*m || job.Spec.Template.Labels[batchv1.ControllerUidLabel] != "" {
		return ""
	}
	return fmt.Sprintf("kubectl get pods -n %s -l '%s'", job.Namespace, metav1.FormatLabelSelector(job.Spec.Selector))
}

// fate says what becomes of the pods of Jobs. find is the command that lists them if they are left.
func fate(p plan, cascade metav1.DeletionPropagation, find string) string {
	switch {
	case cascade == metav1.DeletePropagationOrphan && p.pods == 0:
		return " will be left"
	case cascade == metav1.DeletePropagationOrphan && p.active > 0:
		return " will be left running: " + find
	case cascade == metav1.DeletePropagationOrphan:
		return " will be left: " + find
	case cascade == metav1.DeletePropagationForeground:
		return " will be deleted before it"
	default:
		return " will be deleted"
	}
}

func planOfCronJob(c *batchv1.CronJob, cascade metav1.DeletionPropagation) plan {
	p := plan{
		words: runsFate("its Jobs", cascade), jobs: int32(len(c.Status.Active)), runs: cascade != metav1.DeletePropagationOrphan,
	}
	if p.jobs > 0 {
		p.words += fmt.Sprintf(", %s running", act.Plural(p.jobs, "Job"))
	}
	return p
}

// runsFate says what becomes of the Jobs of CronJobs.
func runsFate(jobs string, cascade metav1.DeletionPropagation) string {
	if cascade == metav1.DeletePropagationOrphan {
		return jobs + " and their pods will be left"
	}
	return "all " + jobs + " and their pods will be deleted"
}

// add sums plans up.
func add(plans []plan) plan {
	var all plan
	for _, p := range plans {
		all.pods, all.active, all.jobs, all.ended = all.pods+p.pods, all.active+p.active, all.jobs+p.jobs, all.ended+p.ended
		all.runs = all.runs || p.runs
	}
	return all
}

// summary says what becomes of many objects, and of what belongs to them.
func summary(items []target.Item, plans []plan, cascade metav1.DeletionPropagation) string {
	all := add(plans)
	if items[0].Pod != nil {
		return act.Tally(items) + running(all.active, nil) + act.Where(items) + " will be deleted"
	}
	if cascade == metav1.DeletePropagationForeground {
		cascade = metav1.DeletePropagationBackground // the order says nothing about many
	}
	var what []string
	if slices.ContainsFunc(items, func(i target.Item) bool { return i.Job != nil }) {
		namespace := metav1.NamespaceAll
		if all := act.Namespaces(items); len(all) == 1 {
			namespace = all[0]
		}
		what = append(what, all.count()+running(all.active, nil)+fate(all, cascade, listOrphans(namespace)))
	}
	if slices.ContainsFunc(items, func(i target.Item) bool { return i.CronJob != nil }) {
		what = append(what, runsFate("Jobs of the CronJobs", cascade))
	}
	text := act.Tally(items) + act.Where(items) + ": " + strings.Join(what, "; ")
	if all.jobs > 0 {
		text += fmt.Sprintf("; %s of CronJobs running", act.Plural(all.jobs, "Job"))
	}
	return text
}

// question says what would be lost, or is empty if nobody has to be asked: one object with which nothing runs.
func question(items []target.Item, plans []plan, cascade metav1.DeletionPropagation, always bool) string {
	all := add(plans)
	if cascade == metav1.DeletePropagationOrphan {
		all = plan{}
	}
	var live []string
	if all.active > 0 && items[0].Pod == nil {
		live = append(live, act.Plural(all.active, "active pod"))
	}
	if all.jobs > 0 {
		live = append(live, act.Plural(all.jobs, "running Job"))
	}
	switch {
	case len(items) == 0 || (len(items) == 1 && all.active+all.jobs == 0 && !plans[0].runs && !always):
		return ""
	case len(items) == 1:
		return fmt.Sprintf("delete %s?", act.Name(items[0]))
	case len(live) > 0:
		return fmt.Sprintf("delete %s%s, with %s?", act.Tally(items), act.Where(items), strings.Join(live, " and "))
	default:
		return fmt.Sprintf("delete %s%s%s?", act.Tally(items), running(all.active, nil), act.Where(items))
	}
}
