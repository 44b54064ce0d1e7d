package get

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

// jobWatch is what is known of the Jobs that are followed.
type jobWatch struct {
	*watcher
	turn        sync.Mutex // changes come while time passes
	table       render.Growing
	jobs        map[types.UID]*followed
	order       []types.UID // until they are synced
	unavailable map[jobstatus.Part]string
	synced      bool
}

type followed struct {
	snap    jobstatus.Snapshot
	told    string
	outline string // of it when it was looked at last
	open    bool   // it may look different when time has passed
}

// goneText says of a row that it is the last of its object.
const goneText = "it has been deleted"

func (w *watcher) watchJobs(ctx context.Context, cancel context.CancelCauseFunc) error {
	jobs := &jobWatch{
		watcher: w, table: render.Growing{NoHeaders: w.o.Output.NoHeaders}, jobs: map[types.UID]*followed{},
		unavailable: map[jobstatus.Part]string{},
	}
	defer ticking(ctx, cancel, &jobs.turn, jobs.tick)()
	options := cluster.FollowOptions{Pods: true, Events: true, Notice: w.notice}
	return w.client.FollowMany(ctx, w.chosen, options, func(ref cluster.Ref, change jobstatus.Change) {
		jobs.turn.Lock()
		defer jobs.turn.Unlock()
		if err := jobs.take(ctx, ref, change); err != nil {
			cancel(err)
		}
	})
}

func (w *jobWatch) take(ctx context.Context, ref cluster.Ref, change jobstatus.Change) error {
	switch {
	case ref.UID != "":
		return w.takeJob(ref.UID, change)
	case change.Unavailable != nil:
		w.takeUnavailable(change)
		return nil
	}
	w.synced = true
	if err := w.print(w.order, false); err != nil {
		return err
	}
	return w.watcher.synced(ctx, len(w.jobs))
}

// takeUnavailable says what cannot be read.
func (w *jobWatch) takeUnavailable(change jobstatus.Change) {
	u := *change.Unavailable
	if u.Why != "" && w.unavailable[u.Part] != u.Why {
		w.notice("STATUS and REASON may miss something: " + u.Why)
	}
	w.unavailable[u.Part] = u.Why
}

func (w *jobWatch) takeJob(uid types.UID, change jobstatus.Change) error {
	j := w.jobs[uid]
	if j == nil {
		j = &followed{}
		w.jobs[uid] = j
		if !w.synced {
			w.order = append(w.order, uid)
		}
	}
	j.snap.Apply(change)
	if !w.synced || !j.snap.Synced {
		return nil
	}
	err := w.print([]types.UID{uid}, false)
	if change.JobDeleted != nil {
		delete(w.jobs, uid)
	}
	return err
}

// tick prints the Jobs of which only time tells that they hang, or do no more.
func (w *jobWatch) tick() error {
	if !w.synced {
		return nil
	}
	var open []types.UID
	for uid, j := range w.jobs {
		if j.open && j.snap.Synced {
			open = append(open, uid)
		}
	}
	return w.print(open, true)
}

// print writes the rows of the Jobs that look different from before, those that are there at the beginning in their order.
// By time alone they do so when their state changes, or that something is wrong: for how long it has been is no news.
func (w *jobWatch) print(uids []types.UID, byTime bool) error {
	now := w.f.Now()
	var rows []*job
	for _, uid := range uids {
		j := w.jobs[uid]
		if j == nil || j.snap.Job == nil {
			continue
		}
		s := jobstatus.Compute(j.snap, now)
		row := &job{JobRow: render.NewJobRow(j.snap.Job, s), object: j.snap.Job}
		if j.snap.Gone {
			row.Headline = goneText
		}
		outline := fmt.Sprint(s.State, row.Headline != "")
		if byTime && outline == j.outline {
			continue
		}
		j.outline, j.open = outline, s.Outcome == jobstatus.Unfinished
		if news(&j.told, appearance(row.JobRow), w.wanted(j, s, now)) {
			rows = append(rows, row)
		}
	}
	w.o.orderJobs(rows)
	return w.write(&w.table, render.JobTable(jobRows(rows), w.columns(), now, w.style))
}

// appearance is what of a row makes a new line.
func appearance(r render.JobRow) string {
	s := r.Status
	return fmt.Sprint(s.State, s.Counts, s.Progress.Done, s.Progress.Total, r.Headline)
}

func (w *jobWatch) wanted(j *followed, s jobstatus.Status, now time.Time) bool {
	owned := w.owner == nil || cluster.OwnedBy(j.snap.Job, w.owner.UID)
	return owned && w.o.hasState(s) && w.o.hasAge(s.Created, now)
}
