package get

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

// jobWatch is what is known of the Jobs that are followed.
type jobWatch struct {
	*watcher
	jobs   map[types.UID]*followed
	order  []types.UID
	synced bool
}

type followed struct {
	snap jobstatus.Snapshot
	told string
}

func (w *watcher) watchJobs(ctx context.Context, cancel context.CancelCauseFunc) error {
	jobs := &jobWatch{watcher: w, jobs: map[types.UID]*followed{}}
	options := cluster.FollowOptions{Pods: true, Events: true, Notice: w.notice}
	return w.client.FollowMany(ctx, w.chosen, options, func(ref cluster.Ref, change jobstatus.Change) {
		if err := jobs.take(ref, change); err != nil {
			cancel(err)
		}
	})
}

func (w *jobWatch) take(ref cluster.Ref, change jobstatus.Change) error {
	if ref.UID == "" {
		if change.Synced {
			w.synced = true
			return w.print(w.order)
		}
		for _, j := range w.jobs {
			j.snap.Apply(change)
		}
		return nil
	}
	j := w.jobs[ref.UID]
	if j == nil {
		j = &followed{}
		w.jobs[ref.UID] = j
		w.order = append(w.order, ref.UID)
	}
	j.snap.Apply(change)
	if !w.synced {
		return nil
	}
	return w.print([]types.UID{ref.UID})
}

// print writes the rows of the Jobs that look different from before.
func (w *jobWatch) print(uids []types.UID) error {
	now := w.f.Now()
	var rows []render.JobRow
	for _, uid := range uids {
		j := w.jobs[uid]
		if j.snap.Job == nil {
			continue
		}
		j.snap.Synced = true
		s := jobstatus.Compute(j.snap, now)
		if look := appearance(s); look != j.told && w.wanted(j, s, now) {
			j.told = look
			rows = append(rows, render.NewJobRow(j.snap.Job, s))
		}
	}
	return w.table.Write(w.f.Out, render.JobTable(rows, w.columns(), now, w.style), w.style)
}

// appearance is what of a status makes a new line.
func appearance(s jobstatus.Status) string {
	return fmt.Sprint(s.State, s.Counts, s.Progress.Done, s.Progress.Total, diagnosis.Headline(diagnosis.Facts{Status: s}))
}

func (w *jobWatch) wanted(j *followed, s jobstatus.Status, now time.Time) bool {
	ref := metav1.GetControllerOf(j.snap.Job)
	owned := w.owner == "" || (ref != nil && ref.UID == w.owner)
	return owned && w.o.hasState(s) && w.o.hasAge(s.Created, now)
}
