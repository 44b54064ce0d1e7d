package pods

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

func compareAll(pairs ...[2]string) int {
	for _, p := range pairs {
		if c := cmp.Compare(p[0], p[1]); c != 0 {
			return c
		}
	}
	return 0
}

// unknownShape stands for a Job that has not been read: nothing is known of it but its pods.
func unknownShape() *batchv1.Job {
	many := int32(2)
	return &batchv1.Job{Spec: batchv1.JobSpec{Parallelism: &many}}
}

// arrange sorts a group's pods and numbers their attempts.
func (g *group) arrange() {
	job := g.job
	if job == nil {
		job = unknownShape()
	}
	pods := make([]jobstatus.Pod, len(g.entries))
	rest := make(map[string]entry, len(g.entries))
	for i, e := range g.entries {
		pods[i] = e.Pod
		rest[string(e.UID)] = e
	}
	jobstatus.NumberAttempts(job, pods)
	for i, p := range pods {
		e := rest[string(p.UID)]
		e.Pod = p
		g.entries[i] = e
	}
}

// askedOfAttempts refuses to choose attempts among pods of which it cannot be told which attempt they are.
func (o Options) askedOfAttempts(g *group) error {
	if o.Attempt == 0 && !o.Attempts || len(g.entries) == 0 || slices.ContainsFunc(g.entries, func(e entry) bool { return e.Attempt > 0 }) {
		return nil
	}
	if g.job == nil {
		return errors.New("--attempt and --attempts: which attempt a pod is only its Job tells\nname the Job: kubectl jobx pods NAME --attempt last")
	}
	return notNumbered(g.job)
}

func notNumbered(job *batchv1.Job) error {
	return fmt.Errorf("--attempt and --attempts: job %q in namespace %q runs several pods without an index, and none of them is an attempt at what another did",
		job.Name, job.Namespace)
}

// keepsAll says that no pod is left out.
func (o Options) keepsAll() bool {
	return !o.Failed && !o.Running && o.Indexes == nil && o.Attempt == 0 && !o.Attempts
}

// keep leaves what the options ask for.
func (o Options) keep(g *group) {
	last, tries := map[int32]int32{}, map[int32]int{}
	for _, e := range g.entries {
		last[e.Index] = max(last[e.Index], e.Attempt)
		tries[e.Index]++
	}
	g.entries = slices.DeleteFunc(g.entries, func(e entry) bool {
		switch {
		case o.Failed && e.Phase != jobstatus.PodFailed && !crashed(e.Pod):
			return true
		case o.Running && e.Phase != jobstatus.PodRunning:
			return true
		case o.Indexes != nil && !o.Indexes.Has(e.Index):
			return true
		case o.Attempt == lastAttempt && e.Attempt != last[e.Index]:
			return true
		case o.Attempt > 0 && e.Attempt != o.Attempt:
			return true
		case o.Attempts && tries[e.Index] < 2 && e.Attempt < 2 && e.Restarts == 0:
			return true
		}
		return false
	})
}

// crashed says whether a pod that is there for another try has failed before (restartPolicy OnFailure).
func crashed(p jobstatus.Pod) bool {
	return p.Restarts > 0 && p.Exit != nil && p.Exit.Code != 0 && p.Phase != jobstatus.PodSucceeded
}
