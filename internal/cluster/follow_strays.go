package cluster

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// stray is a Job that the watch of a selection told as deleted. The server does so too when a Job is changed such that the
// selection holds it no more (convertToWatchEvent in k8s.io/apiserver): reading it by its name tells the two apart, and
// follows the one that is still there.
type stray struct {
	job    *batchv1.Job // as it was told
	there  bool         // it has been found
	cancel context.CancelFunc
}

// mayLose says whether a Job can leave a selection and live on: nothing changes a name.
func mayLose(s Selection) bool {
	if s.Labels != nil && !s.Labels.Empty() {
		return true
	}
	if s.Fields != nil {
		for _, r := range s.Fields.Requirements() {
			if r.Field != metav1.ObjectNameField {
				return true
			}
		}
	}
	return false
}

// deleted takes what a watch of the selection says. A verdict cannot change, so one that has come needs no second look.
func (w *crowd) deleted(job *batchv1.Job) {
	s := w.strays[job.UID]
	switch _, told := w.dead[job.UID]; {
	case told:
	case s != nil: // reading it by its name tells
		s.job = job
	case !w.loses, jobstatus.Finished(job), job.DeletionTimestamp != nil:
		w.gone(job)
	default:
		s = &stray{job: job}
		w.strays[job.UID] = s
		w.doubtful = append(w.doubtful, s)
		w.doubt()
	}
}

// gone tells that a Job is there no more.
func (w *crowd) gone(job *batchv1.Job) {
	if s := w.strays[job.UID]; s != nil {
		delete(w.strays, job.UID)
		w.dead[job.UID] = struct{}{}
		if s.cancel != nil {
			s.cancel()
		}
		w.doubted(s)
	}
	delete(w.jobs, job.UID)
	w.emit(refOf(job), jobstatus.Change{JobDeleted: job})
	w.watchful()
}

// doubt begins to read the next stray. One is read at a time: when a whole selection is deleted there are many.
func (w *crowd) doubt() {
	for w.asked == nil && len(w.doubtful) > 0 {
		s := w.doubtful[0]
		w.doubtful = w.doubtful[1:]
		if w.strays[s.job.UID] == s { // its end has not been told meanwhile
			w.asked = s
			w.follow(s)
		}
	}
}

// follow reads a stray by its name.
func (w *crowd) follow(s *stray) {
	f := w.feed
	r := f.jobs(Named(s.job.Namespace, s.job.Name))
	read := func() { f.put(item{synced: r, stray: s}) }
	r.store.changed = func(o object, deleted bool) { f.put(item{object: o, deleted: deleted, stray: s}) }
	r.store.synced = read
	// The selection could be read: a refusal is not believed at once. One that lasts leaves what the watch has told.
	r.source.read = true
	r.source.denied = func(err error) {
		if err != nil {
			read()
		}
	}
	r.source.notice = func(string) {} // the selection's own reader says it
	ctx, cancel := context.WithCancel(f.ctx)
	s.cancel = cancel
	f.startUntil(ctx, r)
}

// doubted notes that it is known what became of a stray.
func (w *crowd) doubted(s *stray) {
	if w.asked == s {
		w.asked = nil
		w.doubt()
	}
}

// takeStray takes what reading a stray by its name tells.
func (w *crowd) takeStray(i item) {
	s := i.stray
	job, _ := i.object.(*batchv1.Job)
	switch {
	case w.strays[s.job.UID] != s: // its end has been told
	case job == nil && s.there:
		w.doubted(s)
	case job == nil:
		w.gone(s.job)
	case job.UID != s.job.UID: // another that has its name: if it is one of the selection the watch tells it
	case i.deleted:
		w.gone(job)
	default:
		s.there = true
		w.present(job)
	}
}

// replaces tells the end of the stray whose name a Job has taken.
func (w *crowd) replaces(job *batchv1.Job) {
	for uid, s := range w.strays {
		if uid != job.UID && keyOf(s.job) == keyOf(job) {
			w.gone(s.job)
		}
	}
}
