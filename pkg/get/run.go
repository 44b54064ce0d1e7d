package get

import (
	"context"
	encodingcsv "encoding/csv"
	"encoding/json"
	"fmt"
	"io"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

func run(ctx context.Context, f *factory.Factory, o Options) error {
	client, err := f.Client()
	if err != nil {
		return err
	}
	finder, err := f.Finder(client, rules())
	if err != nil {
		return err
	}
	var owner target.Object
	if o.Owner.Name != "" {
		if owner, err = finder.Resolve(ctx, o.Owner); err != nil {
			return err
		}
	}
	if o.Watch {
		return watch(ctx, f, o, client, finder, owner.CronJob)
	}
	l := &lister{client: client, o: o, now: f.Now, finder: finder, owner: owner.CronJob, runs: map[types.UID][]*batchv1.Job{}}
	var failures []target.Failure
	if o.Query.Broad() {
		err = l.list(ctx)
	} else {
		failures, err = l.named(ctx)
	}
	if err != nil {
		return err
	}
	l.finishCrons()
	l.choice = target.Tally(len(l.jobs), len(l.crons), 0)
	l.narrow()
	if o.needsCloserLook() {
		l.deepen(ctx)
	}
	if err := l.choose(); err != nil {
		return err
	}
	for _, note := range l.notes {
		if _, err := fmt.Fprintln(f.ErrOut, "warning: "+safetext.Line(note)); err != nil {
			return err
		}
	}
	if err := l.show(f, failures); err != nil {
		return err
	}
	return target.Several(failures)
}

func (l *lister) show(f *factory.Factory, failures []target.Failure) error {
	none := len(l.jobs)+len(l.crons) == 0
	switch {
	case none && len(failures) > 0: // an empty list would be an answer
		return nil
	case !l.o.Output.Own():
		return l.o.Output.Print(f, l.objects(), l.alone)
	case l.o.Output.Format() == statusJSON:
		return l.writeStatus(f)
	case none:
		return l.nothing(f)
	}
	if l.o.Output.Format() == csv && len(l.jobs) > 0 && len(l.crons) > 0 {
		return errTwoTables
	}
	st, restore := f.Style(f.Out)
	defer restore()
	var tables []render.Table
	if l.o.Tree {
		tables = []render.Table{l.tree(st)}
	} else {
		tables = l.tables(st)
	}
	for i, t := range tables {
		if i > 0 {
			if _, err := io.WriteString(f.Out, "\n"); err != nil {
				return err
			}
		}
		if err := l.write(f.Out, t, st); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) write(w io.Writer, t render.Table, st render.Style) error {
	if l.o.Output.Format() == csv {
		out := encodingcsv.NewWriter(w)
		if !l.o.Output.NoHeaders {
			if err := out.Write(t.Headers); err != nil {
				return err
			}
		}
		return out.WriteAll(t.Rows)
	}
	if l.o.Output.NoHeaders {
		t.Headers = nil
	}
	return t.Write(w, st)
}

func (l *lister) columns() render.ListColumns {
	return render.ListColumns{Namespace: l.o.Query.AllNamespaces, Wide: l.o.Output.Format() == wide}
}

func (l *lister) tables(st render.Style) []render.Table {
	if l.o.Output.Format() == csv {
		st = render.Style{UTF8: true}
	}
	var tables []render.Table
	if len(l.jobs) > 0 {
		tables = append(tables, render.JobTable(jobRows(l.jobs), l.columns(), l.now(), st))
	}
	if len(l.crons) > 0 {
		tables = append(tables, render.CronJobTable(cronStatuses(l.crons), l.columns(), l.now(), st))
	}
	return tables
}

func jobRows(jobs []*job) []*render.JobRow {
	rows := make([]*render.JobRow, len(jobs))
	for i, j := range jobs {
		rows[i] = &j.JobRow
	}
	return rows
}

func cronStatuses(crons []cron) []diagnosis.CronStatus {
	list := make([]diagnosis.CronStatus, len(crons))
	for i := range crons {
		list[i] = crons[i].status
	}
	return list
}

func (l *lister) tree(st render.Style) render.Table {
	below := map[types.UID][]*render.JobRow{}
	var alone []*render.JobRow
	known := map[types.UID]bool{}
	for _, c := range l.crons {
		known[c.status.UID] = true
	}
	for _, j := range l.jobs {
		if known[j.owner] {
			below[j.owner] = append(below[j.owner], &j.JobRow)
		} else {
			alone = append(alone, &j.JobRow)
		}
	}
	var branches []render.Branch
	for _, c := range l.crons {
		branches = append(branches, render.Branch{CronJob: c.status, Runs: below[c.status.UID]})
	}
	return render.Tree(branches, alone, l.columns(), l.now(), st)
}

func (l *lister) objects() []runtime.Object {
	objects := make([]runtime.Object, 0, len(l.jobs)+len(l.crons))
	for _, j := range l.jobs {
		object := j.object
		if object == nil { // -o name
			object = &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: j.Status.Namespace, Name: j.Status.Name}}
		}
		objects = append(objects, object)
	}
	for _, c := range l.crons {
		objects = append(objects, c.object)
	}
	return objects
}

// computed is the shape of -o status-json.
type computed struct {
	Jobs     []jobstatus.Status     `json:"jobs"`
	CronJobs []diagnosis.CronStatus `json:"cronJobs"`
}

func (l *lister) writeStatus(f *factory.Factory) error {
	c := computed{Jobs: []jobstatus.Status{}, CronJobs: cronStatuses(l.crons)}
	for _, j := range l.jobs {
		c.Jobs = append(c.Jobs, j.Status)
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return f.WriteData(append(text, '\n'))
}

// nothing says that nothing was found, or that nothing of what was found is asked for.
func (l *lister) nothing(f *factory.Factory) error {
	namespace := l.finder.Namespace
	if l.o.Query.AllNamespaces {
		namespace = ""
	}
	kinds := []target.Kind{target.Job, target.CronJob}
	switch {
	case !l.wants(target.CronJob) || !l.cronsMatter():
		kinds = []target.Kind{target.Job}
	case !l.wants(target.Job):
		kinds = []target.Kind{target.CronJob}
	}
	text := target.Nothing(kinds, namespace)
	if l.choice != "" {
		text = fmt.Sprintf("none of %s is asked for", l.choice)
	}
	_, err := fmt.Fprintln(f.ErrOut, text)
	return err
}
