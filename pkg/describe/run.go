package describe

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// command is one run of the verb.
type command struct {
	f      *factory.Factory
	o      Options
	client *cluster.Client
	finder target.Finder
	style  render.Style
}

func run(ctx context.Context, f *factory.Factory, o Options) error {
	client, err := f.Client()
	if err != nil {
		return err
	}
	finder, err := f.Finder(client, rules())
	if err != nil {
		return err
	}
	style, restore := f.Style(f.Out)
	defer restore()
	c := &command{f: f, o: o, client: client, finder: finder, style: style}
	if len(o.Query.Refs) == 1 {
		return c.one(ctx, o.Query.Refs[0])
	}
	return c.several(ctx)
}

// one shows one object. What is about its name is read at the same time as the object itself.
func (c *command) one(ctx context.Context, ref target.Ref) error {
	ahead, cancel := context.WithCancel(ctx)
	defer cancel()
	around := c.around(ahead, ref.Kind, c.finder.Namespace, ref.Name)
	plain := c.finder.Resolver
	plain.Plain = true
	object, err := plain.Resolve(ctx, ref)
	if err != nil {
		cancel()
		return c.byPrefix(ctx, ref, err)
	}
	p, err := c.page(ctx, object, around)
	if err != nil {
		return err
	}
	return c.write([]page{p}, true)
}

// byPrefix shows all objects whose names begin with what was typed, as kubectl describe does; err is why none has that name
// alone.
func (c *command) byPrefix(ctx context.Context, ref target.Ref, err error) error {
	if !target.IsNotFound(err) {
		return err
	}
	kinds := []target.Kind{target.Job, target.CronJob}
	if ref.Kind != target.Any {
		kinds = []target.Kind{ref.Kind}
	}
	q := target.Query{Listed: kinds}
	found, listErr := c.finder.Find(ctx, q)
	if listErr != nil {
		return c.finder.Missing(ctx, ref)
	}
	var items []target.Item
	for _, item := range found.Items {
		if strings.HasPrefix(item.Meta().Name, ref.Name) {
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		return c.finder.Missing(ctx, ref)
	}
	return c.all(ctx, target.Found{Items: items, Alone: len(items) == 1})
}

func (c *command) several(ctx context.Context) error {
	found, err := c.finder.Find(ctx, c.o.Query)
	if err != nil {
		return err
	}
	if len(found.Items)+len(found.Failures) == 0 {
		namespace := c.finder.Namespace
		if c.o.Query.AllNamespaces {
			namespace = ""
		}
		if _, err := fmt.Fprintln(c.f.ErrOut, target.Nothing(c.o.Query.Listed, namespace)); err != nil {
			return err
		}
		return c.write(nil, false)
	}
	return c.all(ctx, found)
}

// atOnce is how many objects are read at the same time.
const atOnce = 8

// all shows several objects, in order, and what could not be read after them.
func (c *command) all(ctx context.Context, found target.Found) error {
	items, failures := found.Items, found.Failures
	pages := make([]page, len(items))
	errs := make([]error, len(items))
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, item := range items {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			meta := item.Meta()
			around := c.around(ctx, item.Ref().Kind, meta.Namespace, meta.Name)
			pages[i], errs[i] = c.page(ctx, item.Object, around)
		})
	}
	wg.Wait()
	var shown []page
	for i, item := range items {
		if errs[i] != nil {
			failures = append(failures, target.Failure{Ref: item.Ref(), Namespace: item.Meta().Namespace, Source: item.Source, Err: errs[i]})
			continue
		}
		shown = append(shown, pages[i])
	}
	if len(shown) > 0 {
		if err := c.write(shown, found.Alone); err != nil {
			return err
		}
	}
	return target.Several(failures)
}

// around starts to read what there is about a name.
func (c *command) around(ctx context.Context, kind target.Kind, namespace, name string) *cluster.Around {
	if kind == target.CronJob {
		return c.client.ReadEventsAround(ctx, namespace, name)
	}
	return c.client.ReadAround(ctx, namespace, name)
}

// page is one object, ready to be shown.
type page struct {
	job  *render.JobPage
	cron *render.CronJobPage
}

func (c *command) page(ctx context.Context, object target.Object, around *cluster.Around) (page, error) {
	if object.Job != nil {
		return c.jobPage(ctx, object.Job, around), nil
	}
	return c.cronJobPage(ctx, object.CronJob, around)
}

func (c *command) write(pages []page, alone bool) error {
	now := c.f.Now()
	if c.o.Output != "" {
		return c.writeData(pages, alone)
	}
	for i, p := range pages {
		if i > 0 {
			if _, err := io.WriteString(c.f.Out, "\n\n"); err != nil {
				return err
			}
		}
		var err error
		if p.job != nil {
			err = render.DescribeJob(c.f.Out, *p.job, now, c.style)
		} else {
			err = render.DescribeCronJob(c.f.Out, *p.cron, now, c.style)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// data is the shape of -o json.
type data struct {
	Job     *batchv1.Job     `json:"job,omitempty"`
	CronJob *batchv1.CronJob `json:"cronJob,omitempty"`
	Status  any              `json:"status"` // jobstatus.Status or diagnosis.CronStatus
	Report  any              `json:"diagnosis"`
}

// writeData writes one object that was asked for alone as it is, and others as items.
func (c *command) writeData(pages []page, alone bool) error {
	all := []data{}
	for _, p := range pages {
		if p.job != nil {
			p.job.Job.ManagedFields = nil
			p.job.Job.APIVersion, p.job.Job.Kind = "batch/v1", "Job"
			all = append(all, data{Job: p.job.Job, Status: p.job.Status, Report: p.job.Report})
			continue
		}
		p.cron.CronJob.ManagedFields = nil
		p.cron.CronJob.APIVersion, p.cron.CronJob.Kind = "batch/v1", "CronJob"
		all = append(all, data{CronJob: p.cron.CronJob, Status: p.cron.Status, Report: p.cron.Report})
	}
	var object any = map[string]any{"items": all}
	if len(all) == 1 && alone {
		object = all[0]
	}
	text, err := json.MarshalIndent(object, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if c.o.Output == asYAML {
		if text, err = yaml.JSONToYAML(factory.EscapeForYAML(text)); err != nil {
			return err
		}
	}
	return c.f.WriteData(text)
}
