package scale

import (
	"context"
	"errors"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

func run(ctx context.Context, f *factory.Factory, o Options) error {
	flow := act.Flow{
		Query: o.Query, DryRun: o.DryRun, Yes: o.Yes, Print: o.Print, Word: "scaled",
		Pinned: o.Request.ResourceVersion != "",
		Plan:   func(item target.Item) act.Plan { return plan(o.Request, item, f.Now()) },
	}
	// Naming the pods costs one more request, so it is done where somebody reads it.
	if o.DryRun != act.Really || f.Terminal(f.ErrOut).IsTTY {
		flow.Forecast = forecast
	}
	if o.Timeout > 0 {
		flow.Wait = func(ctx context.Context, c *cluster.Client, item target.Item) error {
			return waitFor(ctx, c, item, o.Timeout)
		}
	}
	return flow.Run(ctx, f)
}

// namesShown bounds the pods that a forecast names.
const namesShown = 10

// forecast names the pods that will go.
func forecast(ctx context.Context, client *cluster.Client, item target.Item, p act.Plan) []string {
	job := item.Job
	if job == nil || suspended(job) {
		return nil
	}
	after := p.Edit.On(item).Job.Spec
	going := job.Status.Active - act.Wanted(job, act.Parallelism(&after), after.Completions)
	if going <= 0 {
		return nil
	}
	var pods []*corev1.Pod
	err := client.EachPodOf(ctx, job, func(pod *corev1.Pod) error {
		pods = append(pods, pod)
		return nil
	})
	if err != nil {
		return nil // the change itself does not need it
	}
	var names []string
	for _, pod := range victims(job, after.Completions, pods, int(going)) {
		names = append(names, pod.Name)
	}
	return []string{fmt.Sprintf("job %q: these will go: %s", job.Name, act.Some(names, namesShown))}
}

// waitFor waits until as many pods are active as there should be, or the Job has ended.
func waitFor(ctx context.Context, client *cluster.Client, item target.Item, timeout time.Duration) error {
	if item.Job == nil {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errTimeout)
	defer cancel()
	uid := item.Job.UID
	gone, active, want := false, int32(0), int32(0)
	one := cluster.Selection{Namespace: item.Job.Namespace, Fields: fields.OneTermEqualSelector("metadata.name", item.Job.Name)}
	err := client.UntilJobs(ctx, one, func(j *batchv1.Job) bool { return j.UID == uid },
		func(known cluster.Known[batchv1.Job]) bool {
			job := known[uid]
			if gone = job == nil; gone {
				return true
			}
			active, want = job.Status.Active, act.Wanted(job, act.Parallelism(&job.Spec), nil)
			return target.IsFinished(job) || active == want || (suspended(job) && active == 0)
		})
	switch {
	case errors.Is(context.Cause(ctx), errTimeout) && err != nil:
		return &exit.Error{Code: exit.Timeout, Err: fmt.Errorf("scaled, but after %s there are %s and not %d", timeout, act.Plural(active, "active pod"), want)}
	case err != nil:
		return fmt.Errorf("scaled, but the wait failed: %w", err)
	case gone:
		return &exit.Error{Code: exit.JobGone, Err: errors.New("scaled, but it was deleted while waiting")}
	default:
		return nil
	}
}

var errTimeout = errors.New("the time is up")
