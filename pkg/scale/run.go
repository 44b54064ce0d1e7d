package scale

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
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
		flow.Wait = &act.Wait{Timeout: o.Timeout, Settled: settled, Missing: func(job *batchv1.Job) string {
			return fmt.Sprintf("there are %s and not %d", act.Plural(job.Status.Active, "active pod"), wanted(job))
		}}
	}
	return flow.Run(ctx, f)
}

// settled says whether as many pods are active as there should be, or no more will come.
func settled(job *batchv1.Job) bool {
	return target.IsFinished(job) || job.Status.Active == wanted(job) || (suspended(job) && job.Status.Active == 0)
}

func wanted(job *batchv1.Job) int32 { return act.Wanted(job, act.Parallelism(&job.Spec), nil) }

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
	if going <= 0 && !shrinks(job, after.Completions) {
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
	return victims(job, after.Completions, pods, int(max(0, going))).sentences()
}

// sentences name the pods that go. Of those between which the choice is open it says so: a name that is told must be right.
func (f fate) sentences() []string {
	names := func(pods []*corev1.Pod) string {
		var all []string
		for _, pod := range pods {
			all = append(all, pod.Name)
		}
		return act.Some(all, namesShown)
	}
	var all []string
	if len(f.sure) > 0 {
		all = append(all, "these will go: "+names(f.sure))
	}
	if f.more > 0 {
		all = append(all, fmt.Sprintf("%d of these %d, which the controller chooses between, will go: %s", f.more, len(f.among), names(f.among)))
	}
	return all
}
