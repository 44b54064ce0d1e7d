package get

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// toldByJob are the words of --status that a Job alone tells. For the others its pods and events have to be read.
var toldByJob = []string{
	finished, unfinished, strings.ToLower(string(jobstatus.Complete)), strings.ToLower(string(jobstatus.Failed)),
	strings.ToLower(string(jobstatus.Terminating)), strings.ToLower(string(jobstatus.Suspended)),
	strings.ToLower(string(jobstatus.FailureTarget)), strings.ToLower(string(jobstatus.SuccessCriteriaMet)),
	strings.ToLower(string(jobstatus.Managed)), strings.ToLower(string(jobstatus.Paused)),
}

// needsCloserLook says whether what is shown, chosen or ordered depends on more than the Jobs.
func (o Options) needsCloserLook() bool {
	switch {
	case o.chosenByPods():
		return true
	case len(o.States) > 0 && !slices.Contains(o.States, unfinished):
		return false // what is over, or held back
	}
	return o.Output.Own() || o.SortBy == byStatus
}

// chosenByPods says whether a state is asked for that not every Job tells by itself.
func (o Options) chosenByPods() bool {
	return slices.ContainsFunc(o.States, func(word string) bool { return !slices.Contains(toldByJob, word) })
}

// mostPods bounds how many pods are read to say why Jobs do not go on, where they choose none.
const mostPods = 5000

// deepen looks closer at the Jobs that may be stuck: at all of them where some would be missing else.
func (l *lister) deepen(ctx context.Context) {
	bound := mostPods
	if l.o.chosenByPods() {
		bound = 0
	}
	doubtful := map[string][]*job{} // by the namespace that is read
	for _, j := range l.jobs {
		if j.object != nil && j.doubtful() {
			namespace := j.Status.Namespace
			doubtful[namespace] = append(doubtful[namespace], j)
		}
	}
	if len(doubtful) > 1 && l.o.Query.AllNamespaces {
		doubtful = map[string][]*job{"": slices.Concat(slices.Collect(maps.Values(doubtful))...)}
	}
	for _, namespace := range slices.Sorted(maps.Keys(doubtful)) {
		l.look(ctx, namespace, doubtful[namespace], bound)
	}
}

func (l *lister) look(ctx context.Context, namespace string, jobs []*job, bound int) {
	objects := make([]*batchv1.Job, len(jobs))
	for i, j := range jobs {
		objects[i] = j.object
	}
	seen := l.client.Glance(ctx, namespace, objects, bound)
	for _, j := range jobs {
		facts := diagnosis.FactsOf(seen.Snapshots[j.object.UID], l.now())
		j.Status, j.Headline = facts.Status, diagnosis.Headline(facts)
	}
	if seen.LeftOut {
		l.notes = append(l.notes, fmt.Sprintf("only %d pods were looked at: --status stuck,blocked looks at all", bound))
	}
	for _, part := range []jobstatus.Part{jobstatus.PodsPart, jobstatus.EventsPart} {
		note := fmt.Sprintf("STATUS and REASON may miss something: %s", jobs[0].Status.Unavailable[part])
		if jobs[0].Status.Unavailable[part] != "" && !slices.Contains(l.notes, note) {
			l.notes = append(l.notes, note)
		}
	}
}

// doubtful says whether a Job may be stuck: it has no pod that runs, fewer than it wants, or some that are not ready.
func (j *job) doubtful() bool {
	s := j.Status
	switch s.State {
	case jobstatus.Pending, jobstatus.BackingOff, jobstatus.Blocked:
		return true
	case jobstatus.Running:
		wanted := s.Parallelism
		if s.Completions != nil {
			wanted = min(wanted, *s.Completions-s.Counts.Succeeded)
		}
		return s.Counts.Ready < s.Counts.Active || s.Counts.Active < wanted
	default:
		return false
	}
}
