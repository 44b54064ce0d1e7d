package why

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

func run(ctx context.Context, f *factory.Factory, o Options) error {
	client, err := f.Client()
	if err != nil {
		return err
	}
	r, err := f.Resolver(client, target.Job, target.CronJob)
	if err != nil {
		return err
	}
	report, err := look(ctx, f, o, r)
	if err != nil {
		return err
	}
	if err := write(f, o, report); err != nil {
		return err
	}
	switch {
	case !o.ExitStatus || report.Healthy:
		return nil
	case len(report.Causes) == 0: // what could have told could not be read
		return exit.Silent(exit.Failure)
	}
	return exit.Silent(exit.JobFailed)
}

func look(ctx context.Context, f *factory.Factory, o Options, r target.Resolver) (diagnosis.Report, error) {
	ahead, cancel := context.WithCancel(ctx)
	defer cancel()
	read := r.Client.ReadAround
	if o.Target.Kind == target.CronJob {
		read = r.Client.ReadEventsAround
	}
	around := read(ahead, r.Namespace, o.Target.Name)
	object, err := r.Resolve(ctx, o.Target)
	switch {
	case err != nil:
		return traces(err, around, r, o.Target, f)
	case object.CronJob != nil:
		return ofCronJob(ctx, f, r.Client, object.CronJob, around)
	}
	return ofJob(ctx, f, r.Client, object.Job, around), nil
}

func ofJob(ctx context.Context, f *factory.Factory, client *cluster.Client, job *batchv1.Job, around *cluster.Around) diagnosis.Report {
	facts := diagnosis.FactsOf(around.Snapshot(ctx, job).Snapshot, f.Now())
	more(ctx, client, &facts)
	return diagnosis.OfJob(facts)
}

func ofCronJob(ctx context.Context, f *factory.Factory, client *cluster.Client, c *batchv1.CronJob, around *cluster.Around) (diagnosis.Report, error) {
	runs, err := client.RunsOf(ctx, c)
	unread := cluster.Why("jobs", err)
	if err != nil && unread == "" {
		return diagnosis.Report{}, err
	}
	active, noPods := lookAt(ctx, f, client, c.Namespace, runs)
	events, unavailable := around.Events()
	facts := diagnosis.CronFacts{
		Status: diagnosis.OfCron(c, runs, f.Now()), CronJob: c, Active: active,
		Unread: map[jobstatus.Part]string{jobstatus.PodsPart: noPods, jobstatus.EventsPart: unavailable, diagnosis.RunsPart: unread},
	}
	for _, e := range events {
		if e.InvolvedObject.UID == c.UID {
			facts.Events = append(facts.Events, e)
		}
	}
	return diagnosis.OfCronJob(facts), nil
}

const (
	mostRuns = 20   // active ones that are looked at, the newest
	mostPods = 2000 // of them
)

// lookAt looks at the runs of a CronJob that have not ended, newest first: why one does not go on only its pods tell. noPods says
// why they could not be read.
func lookAt(ctx context.Context, f *factory.Factory, client *cluster.Client, namespace string, runs []*batchv1.Job) (_ []diagnosis.Report, noPods string) {
	active := slices.DeleteFunc(slices.Clone(runs), jobstatus.Finished)
	if len(active) == 0 {
		return nil, ""
	}
	slices.SortFunc(active, func(a, b *batchv1.Job) int {
		return cmp.Or(b.CreationTimestamp.Compare(a.CreationTimestamp.Time), cmp.Compare(b.Name, a.Name))
	})
	active = active[:min(mostRuns, len(active))]
	seen := client.Glance(ctx, namespace, active, mostPods)
	reports := make([]diagnosis.Report, len(active))
	for i, job := range active {
		reports[i] = diagnosis.OfJob(diagnosis.FactsOf(seen.Snapshots[job.UID], f.Now()))
		noPods = reports[i].Unavailable[jobstatus.PodsPart]
	}
	return reports, noPods
}

// traces tells of a Job that is gone from the events it left; err is what is told when there are none.
func traces(err error, around *cluster.Around, r target.Resolver, ref target.Ref, f *factory.Factory) (diagnosis.Report, error) {
	if !target.IsNotFound(err) {
		return diagnosis.Report{}, err
	}
	events, unavailable := around.Events()
	if unavailable != "" || ref.Kind == target.CronJob {
		return diagnosis.Report{}, err
	}
	report, ok := diagnosis.OfTraces(r.Namespace, ref.Name, events, f.Now())
	if !ok {
		return diagnosis.Report{}, err
	}
	return report, nil
}

func write(f *factory.Factory, o Options, report diagnosis.Report) error {
	if o.Output == "" {
		style, restore := f.Style(f.Out)
		defer restore()
		return render.Why(f.Out, report, f.Now(), style)
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if o.Output == asYAML {
		if text, err = yaml.JSONToYAML(factory.EscapeForYAML(text)); err != nil {
			return err
		}
	}
	return f.WriteData(text)
}
