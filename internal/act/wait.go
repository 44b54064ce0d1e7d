package act

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Wait is what is waited for after a change, and after none was needed. A CronJob's change has taken effect at once.
type Wait struct {
	Timeout time.Duration // for all Jobs together; 0: as long as it takes
	Settled func(*batchv1.Job) bool
	// Missing says of a Job that has not settled what is missing: "there are 2 active pods and not 3".
	Missing func(*batchv1.Job) string
	// Lasting says that a Job that ends instead cannot get there any more. Else it is only told.
	Lasting bool
}

// errTimeout is why a wait ended.
var errTimeout = errors.New("the time is up")

// Deadline bounds a wait by --timeout; 0: as long as it takes. TimedOut says whether it was that which ended it.
func Deadline(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, timeout, errTimeout)
}

// TimedOut says whether a context of Deadline ended because its time was up, and not because of an interrupt.
func TimedOut(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errTimeout) }

// wait waits for all Jobs at once and tells of those that did not settle.
func (w Flow) wait(ctx context.Context, client *cluster.Client, plans []planned, report *Report) {
	ctx, cancel := Deadline(ctx, w.Wait.Timeout)
	defer cancel()
	var awaited []planned
	for _, p := range plans {
		if p.err == nil && p.after.Job != nil {
			awaited = append(awaited, p)
		}
	}
	groups, of := w.group(awaited)
	left := 0
	var wg sync.WaitGroup
	for _, g := range groups {
		wg.Go(func() { g.run(ctx, client) })
	}
	wg.Wait()
	for _, g := range groups {
		left += len(g.left)
	}
	if ctx.Err() != nil && !TimedOut(ctx) {
		report.Note(fmt.Sprintf("interrupted: %d of %d had not got there yet, and go on", left, len(awaited)))
		return
	}
	for i, p := range awaited {
		if job := of[i].ended[p.after.Job.UID]; job != nil && !w.Wait.Lasting {
			report.Ended(w.about(p.after, "it is "+ending(job)+" meanwhile"))
		}
		if err := w.outcome(ctx, of[i], p.after.Job.UID); err != nil {
			if !p.plan.Edit.Empty() {
				err = fmt.Errorf("%s, but %w", w.Word, err)
			}
			report.Late(Name(p.after), err)
		}
	}
}

// group puts together what is waited for with one LIST and one WATCH: each Job of a few, so that the others of its
// namespace need not be read; else those of a namespace. of has the group of each.
func (w Flow) group(awaited []planned) (groups map[string]*waiting, of []*waiting) {
	const few = 8
	groups = map[string]*waiting{}
	for _, p := range awaited {
		job := p.after.Job
		key, s := job.Namespace, cluster.Selection{Namespace: job.Namespace}
		if len(awaited) <= few {
			key, s = string(job.UID), cluster.Named(job.Namespace, job.Name)
		}
		if groups[key] == nil {
			groups[key] = &waiting{settled: w.Wait.Settled, selection: s,
				left: map[types.UID]*batchv1.Job{}, gone: map[types.UID]bool{}, ended: map[types.UID]*batchv1.Job{}}
		}
		groups[key].left[job.UID] = job
		of = append(of, groups[key])
	}
	return groups, of
}

// outcome says why a Job did not settle, or nil.
func (w Flow) outcome(ctx context.Context, g *waiting, uid types.UID) error {
	switch job := g.left[uid]; {
	case g.gone[uid]:
		return &exit.Error{Code: exit.JobGone, Err: errors.New("it was deleted while waiting")}
	case g.ended[uid] != nil && w.Wait.Lasting:
		return fmt.Errorf("it is %s meanwhile, which is for good", ending(g.ended[uid]))
	case job == nil:
		return nil
	case TimedOut(ctx) && !cluster.Answered(g.err):
		return &exit.Error{Code: exit.Timeout, Err: fmt.Errorf("after %s %s", w.Wait.Timeout, w.Wait.Missing(job))}
	default: // such as a refusal, also where the time of others is up
		return fmt.Errorf("the wait failed: %w", g.err)
	}
}

// ending is how a Job has ended: Failed (BackoffLimitExceeded).
func ending(job *batchv1.Job) string {
	word := string(target.StatusOf(job))
	for _, c := range job.Status.Conditions {
		if string(c.Type) == word && c.Status == corev1.ConditionTrue && c.Reason != "" {
			return word + " (" + c.Reason + ")"
		}
	}
	return word
}

// waiting is the wait for the Jobs of one selection.
type waiting struct {
	settled   func(*batchv1.Job) bool
	selection cluster.Selection
	left      map[types.UID]*batchv1.Job // have not settled, as last seen
	gone      map[types.UID]bool
	ended     map[types.UID]*batchv1.Job
	err       error
}

func (g *waiting) run(ctx context.Context, client *cluster.Client) {
	g.err = client.UntilJobs(ctx, g.selection, func(j *batchv1.Job) bool { return g.left[j.UID] != nil }, g.look)
}

// look takes out what has settled, for good, and what is gone. It says whether nothing is left to wait for.
func (g *waiting) look(known cluster.Known[batchv1.Job]) bool {
	for uid := range g.left {
		switch job := known[uid]; {
		case job == nil:
			g.gone[uid] = true
			delete(g.left, uid)
		case target.IsFinished(job):
			g.ended[uid] = job
			delete(g.left, uid)
		case g.settled(job):
			delete(g.left, uid)
		default:
			g.left[uid] = job
		}
	}
	return len(g.left) == 0
}
