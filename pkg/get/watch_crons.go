package get

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

// cronWatch is what is known of the CronJobs that are followed.
type cronWatch struct {
	*watcher
	turn   sync.Mutex // changes come while time passes
	table  render.Growing
	crons  map[types.UID]*followedCron
	order  []types.UID                              // until they are synced
	runs   map[types.UID]map[types.UID]*batchv1.Job // by owner
	synced bool
}

type followedCron struct {
	object *batchv1.CronJob
	told   string
	gone   bool
	due    time.Time // its next slot at the last change; zero: none, or not known yet
}

func (w *watcher) watchCronJobs(ctx context.Context, cancel context.CancelCauseFunc) error {
	crons := &cronWatch{
		watcher: w, table: render.Growing{NoHeaders: w.o.Output.NoHeaders},
		crons: map[types.UID]*followedCron{}, runs: map[types.UID]map[types.UID]*batchv1.Job{},
	}
	defer ticking(ctx, cancel, &crons.turn, crons.tick)()
	return w.client.FollowCronJobs(ctx, w.chosen, w.notice, func(change cluster.CronChange) {
		crons.turn.Lock()
		defer crons.turn.Unlock()
		if err := crons.take(ctx, change); err != nil {
			cancel(err)
		}
	})
}

func (w *cronWatch) take(ctx context.Context, change cluster.CronChange) error {
	var touched types.UID
	switch {
	case change.Synced:
		w.synced = true
		if err := w.print(w.order); err != nil {
			return err
		}
		return w.watcher.synced(ctx, len(w.crons))
	case change.CronJob != nil:
		touched = change.CronJob.UID
		w.takeCronJob(change.CronJob, change.Deleted)
	case change.Job != nil:
		touched = w.takeRun(change.Job, change.Deleted)
	case change.Unavailable != nil && *change.Unavailable != "":
		w.notice("the runs are not shown: " + *change.Unavailable)
	}
	if !w.synced || w.crons[touched] == nil {
		return nil
	}
	w.crons[touched].due = time.Time{}
	err := w.print([]types.UID{touched})
	if w.crons[touched].gone {
		delete(w.crons, touched)
		delete(w.runs, touched)
	}
	return err
}

func (w *cronWatch) takeCronJob(c *batchv1.CronJob, deleted bool) {
	known := w.crons[c.UID]
	if known == nil {
		known = &followedCron{}
		w.crons[c.UID] = known
		if !w.synced {
			w.order = append(w.order, c.UID)
		}
	}
	known.object, known.gone = c, deleted
}

// takeRun keeps a Job that a CronJob owns, and returns whose it is.
func (w *cronWatch) takeRun(j *batchv1.Job, deleted bool) types.UID {
	ref := metav1.GetControllerOf(j)
	if ref == nil || ref.Kind != "CronJob" {
		return ""
	}
	if deleted {
		delete(w.runs[ref.UID], j.UID)
		return ref.UID
	}
	if w.runs[ref.UID] == nil {
		w.runs[ref.UID] = map[types.UID]*batchv1.Job{}
	}
	w.runs[ref.UID][j.UID] = j
	return ref.UID
}

// tick prints the CronJobs whose slot has passed, and which nothing was heard of.
func (w *cronWatch) tick() error {
	if !w.synced {
		return nil
	}
	var due []types.UID
	for uid, c := range w.crons {
		if !c.due.IsZero() && w.f.Now().After(c.due) {
			due = append(due, uid)
		}
	}
	return w.print(due)
}

// print writes the rows of the CronJobs that look different from before, as that of Jobs does.
func (w *cronWatch) print(uids []types.UID) error {
	now := w.f.Now()
	var rows []cron
	for _, uid := range uids {
		c := w.crons[uid]
		if c == nil {
			continue
		}
		s := diagnosis.OfCron(c.object, slices.Collect(maps.Values(w.runs[uid])), now)
		if c.due.IsZero() && len(s.Next) > 0 {
			c.due = s.Next[0]
		}
		if c.gone {
			s.Headline, s.Next = goneText, nil
		}
		if news(&c.told, cronAppearance(s), w.o.hasAge(s.Created, now)) {
			rows = append(rows, cron{status: s, object: c.object})
		}
	}
	w.o.orderCrons(rows)
	return w.write(&w.table, render.CronJobTable(cronStatuses(rows), w.columns(), now, w.style))
}

// cronAppearance is what of a status makes a new line: not how long ago something was.
func cronAppearance(s diagnosis.CronStatus) string {
	outcomes := make([]string, 0, len(s.Runs))
	for _, r := range s.Runs {
		outcomes = append(outcomes, fmt.Sprint(r.UID, r.State))
	}
	return fmt.Sprint(s.State, s.Schedule, s.TimeZone, s.Suspend, s.Active, s.Last, s.LastSuccess, s.Policy, s.Headline != "", s.Headline == goneText, outcomes)
}
