package pods

import (
	"context"
	encodingcsv "encoding/csv"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

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
	if o.Watch {
		return watch(ctx, f, o, r)
	}
	c := collector{client: client, o: o, objects: !o.Output.Own() && !o.Output.NamesOnly()}
	namespace, explicit := r.Namespace, r.Explicit
	if o.AllNamespaces {
		namespace = metav1.NamespaceAll
	}
	var all found
	switch {
	case o.Target.Name != "":
		all, err = c.ofTarget(ctx, r)
	case o.Orphans:
		all, err = c.orphans(ctx, namespace, explicit)
	default:
		all, err = c.selected(ctx, namespace, explicit)
	}
	if err != nil {
		return err
	}
	total := 0
	for i := range all.groups {
		total += len(all.groups[i].entries)
		all.groups[i].arrange()
		if err := o.askedOfAttempts(&all.groups[i]); err != nil {
			return err
		}
		o.keep(&all.groups[i])
	}
	return show(f, o, all, total)
}

// show prints what is left of total pods.
func show(f *factory.Factory, o Options, all found, total int) error {
	var entries []entry
	for _, g := range all.groups {
		entries = append(entries, g.entries...)
	}
	switch {
	case !o.Output.Own():
		objects := make([]runtime.Object, len(entries))
		for i := range entries {
			if e := &entries[i]; e.object != nil {
				objects[i] = e.object
			} else { // -o name
				objects[i] = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: e.Name}}
			}
		}
		return o.Output.Print(f, objects, false)
	case len(entries) == 0:
		if _, err := fmt.Fprintln(f.ErrOut, nothing(o, total)); err != nil || o.Output.Format() != csv {
			return err
		}
	}
	st, restore := f.Style(f.Out)
	defer restore()
	if o.Output.Format() == csv {
		st = render.Style{UTF8: true}
	}
	t := table(o, all, entries, f, st)
	if o.Output.Format() == csv {
		w := encodingcsv.NewWriter(f.Out)
		if !o.Output.NoHeaders {
			if err := w.Write(t.Headers); err != nil {
				return err
			}
		}
		return w.WriteAll(t.Rows)
	}
	if o.Output.NoHeaders {
		t.Headers = nil
	}
	return t.Write(f.Out, st)
}

func table(o Options, all found, entries []entry, f *factory.Factory, st render.Style) render.Table {
	pods := make([]*jobstatus.Pod, len(entries))
	where := make(map[string]*entry, len(entries))
	for i := range entries {
		pods[i] = &entries[i].Pod
		if o.AllNamespaces || len(all.groups) > 1 || o.Orphans {
			where[string(entries[i].UID)] = &entries[i]
		}
	}
	columns := render.ColumnsFor(pods)
	columns.Wide = o.Output.Format() == "wide"
	if o.AllNamespaces {
		columns.Namespace = func(p *jobstatus.Pod) string { return where[string(p.UID)].namespace }
	}
	if len(all.groups) > 1 || o.Orphans {
		columns.Job = func(p *jobstatus.Pod) string { return where[string(p.UID)].job }
	}
	return render.PodTable(pods, columns, f.Now(), st)
}

// nothing says why there is nothing to show.
func nothing(o Options, total int) string {
	switch {
	case total > 0:
		if total == 1 {
			return "the only pod is not asked for"
		}
		return fmt.Sprintf("none of the %d pods is asked for", total)
	case o.Orphans:
		return "no orphaned pods"
	case o.Target.Name == "":
		return "no pods match -l " + o.Selector.String()
	}
	return fmt.Sprintf("%s has no pods\nkubectl jobx why %s tells why", o.Target, o.Target)
}
