package cluster

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// FollowMany is Follow for all Jobs of a selection, those that come later included. Every change comes with the Job it
// belongs to. A part that cannot be read (Unavailable) is emitted once with an empty Ref, and then for each Job; Synced
// for each Job, and then once with an empty Ref: all Jobs there are have been emitted. Those that come later are told both
// when what was known of them before has been emitted.
//
// A Job deleted and created anew under its name is two Jobs: the first ends with JobDeleted. An unfinished Job that leaves
// the selection, because its labels are changed, is followed on by its name.
//
// Pods are found by the label that the controller gives them (batch.kubernetes.io/controller-uid), so those of a Job
// with manualSelector are not.
func (c *Client) FollowMany(ctx context.Context, s Selection, o FollowOptions, emit func(Ref, jobstatus.Change)) error {
	f := newFeed(ctx, c)
	defer f.close()
	w := &crowd{
		feed: f, options: o, emit: emit, unavailable: map[jobstatus.Part]string{},
		jobs: map[types.UID]*batchv1.Job{}, pods: map[types.UID]types.UID{}, early: map[types.UID][]item{},
		loses: mayLose(s), strays: map[types.UID]*stray{}, dead: map[types.UID]struct{}{},
	}
	w.reader = f.jobs(s)
	w.pending = map[*reader]struct{}{w.reader: {}}
	w.guard = newGuard(f, w.reader, func(ctx context.Context) (bool, error) { return c.lookAtAll(ctx, w.reader.store, s) })
	w.namespace = s.Namespace
	f.start(w.reader)
	return f.run(w.take, w.guard)
}

// lookAtAll reads all Jobs of a selection beside the watch.
func (c *Client) lookAtAll(ctx context.Context, known *store, s Selection) (bool, error) {
	return lookAt(known, func(visit func(*batchv1.Job) error) error { return c.EachJob(ctx, s, visit) })
}

// lookAt compares what is known with what a list says, and reports whether the list knew more.
func lookAt[T any, P interface {
	*T
	object
}](known *store, list func(func(P) error) error) (bool, error) {
	t := newTrimmer()
	before := known.uids()
	newer := false
	err := list(func(o P) error {
		kept := P(new(T))
		*kept = *o // a copy does not hold its page
		t.trim(kept)
		delete(before, keyOf(kept))
		if known.ahead(kept) {
			newer = true
		}
		return nil
	})
	if err != nil {
		return newer, err
	}
	for key, uid := range before {
		if known.missing(key, uid) {
			newer = true
		}
	}
	return newer, nil
}

// crowd turns what is read about many Jobs into changes of each.
type crowd struct {
	feed      *feed
	namespace string
	options   FollowOptions
	emit      func(Ref, jobstatus.Change)
	guard     *guard
	reader    *reader
	pending   map[*reader]struct{}
	started   bool // the parts
	synced    bool
	// unavailable are the parts that cannot be read, and why.
	unavailable map[jobstatus.Part]string

	jobs map[types.UID]*batchv1.Job
	pods map[types.UID]types.UID // pod to Job
	// early are pods and events whose Job, or pod, has not been seen yet, by the UID that is awaited.
	early   map[types.UID][]item
	waiting int

	loses    bool // a Job may leave the selection and live on
	strays   map[types.UID]*stray
	dead     map[types.UID]struct{} // strays that are gone: the watch of the selection may still tell of their life
	doubtful []*stray               // that wait to be read
	asked    *stray                 // that is being read, and not known to be there yet
}

// startParts begins to read pods and events when the Jobs are known that they belong to.
func (w *crowd) startParts() {
	if w.started {
		return
	}
	w.started = true
	namespace := w.namespace
	start := func(r *reader) {
		w.pending[r] = struct{}{}
		w.guard.parts = append(w.guard.parts, r)
		w.feed.start(r)
	}
	if w.options.Pods {
		// An error is not possible: the key is a constant.
		ours, _ := labels.NewRequirement(batchv1.ControllerUidLabel, selection.Exists, nil)
		start(w.feed.pods(Selection{Namespace: namespace, Labels: labels.NewSelector().Add(*ours)}))
	}
	if !w.options.Events {
		return
	}
	start(w.feed.events(Selection{
		Namespace: namespace, Fields: fields.OneTermEqualSelector("involvedObject.kind", "Job"),
	}))
	if w.options.Pods {
		start(w.feed.events(podWarnings(namespace)))
	}
}

func (w *crowd) take(i item) error {
	switch {
	case i.stray != nil:
		w.takeStray(i)
	case i.notice != "":
		w.options.notice(i.notice)
	case i.denied != nil:
		w.unavailable[i.denied.Part] = i.denied.Why
		w.emit(Ref{}, jobstatus.Change{Unavailable: i.denied})
		w.emitForAll(jobstatus.Change{Unavailable: i.denied})
	case i.synced != nil:
		delete(w.pending, i.synced)
		w.startParts()
		if len(w.pending) == 0 && !w.synced {
			w.synced = true
			w.emitForAll(jobstatus.Change{Synced: true})
			w.emit(Ref{}, jobstatus.Change{Synced: true})
		}
	default:
		w.takeObject(i)
	}
	return nil
}

func (w *crowd) emitForAll(c jobstatus.Change) {
	for _, job := range w.jobs {
		w.emit(refOf(job), c)
	}
}

// emitForOne emits for a Job that has come what the others have been told.
func (w *crowd) emitForOne(job *batchv1.Job) {
	for part, why := range w.unavailable {
		if why != "" {
			w.emit(refOf(job), jobstatus.Change{Unavailable: &jobstatus.Unavailable{Part: part, Why: why}})
		}
	}
	if w.synced {
		w.emit(refOf(job), jobstatus.Change{Synced: true})
	}
}

func (w *crowd) takeObject(i item) {
	switch o := i.object.(type) {
	case *batchv1.Job:
		w.takeJob(o, i.deleted)
	case *corev1.Pod:
		w.takePod(o, i)
	case *corev1.Event:
		if !i.deleted {
			w.takeEvent(o, i)
		}
	}
}

func refOf(job *batchv1.Job) Ref { return Ref{Namespace: job.Namespace, Name: job.Name, UID: job.UID} }

func (w *crowd) takeJob(job *batchv1.Job, deleted bool) {
	if deleted {
		w.deleted(job)
		return
	}
	w.present(job)
}

// present takes a Job as it is now.
func (w *crowd) present(job *batchv1.Job) {
	if _, gone := w.dead[job.UID]; gone {
		return
	}
	was, known := w.jobs[job.UID]
	if known && w.strays[job.UID] != nil && !newer(job.ResourceVersion, was.ResourceVersion, false) {
		return // two watches tell of it
	}
	if !known {
		w.replaces(job)
	}
	w.jobs[job.UID] = job
	w.emit(refOf(job), jobstatus.Change{Job: job})
	w.guard.changed(was, job)
	w.watchful()
	if !known {
		w.retry(job.UID)
		w.emitForOne(job)
	}
}

// watchful keeps the guard looking while any Job is unfinished.
func (w *crowd) watchful() {
	w.guard.watching, w.guard.leaving = false, false
	for _, job := range w.jobs {
		if !jobstatus.Finished(job) {
			w.guard.watching = true
			return
		}
	}
}

func (w *crowd) takePod(pod *corev1.Pod, i item) {
	ref := metav1.GetControllerOf(pod)
	owner, known := w.pods[pod.UID]
	switch {
	case known && (i.deleted || ref == nil || ref.UID != owner):
		delete(w.pods, pod.UID)
		if job, there := w.jobs[owner]; there {
			w.emit(refOf(job), jobstatus.Change{PodDeleted: pod})
			w.guard.hint()
		}
	case i.deleted || ref == nil:
	case w.jobs[ref.UID] == nil:
		w.later(ref.UID, i)
	default:
		w.pods[pod.UID] = ref.UID
		w.emit(refOf(w.jobs[ref.UID]), jobstatus.Change{Pod: pod})
		if pod.DeletionTimestamp != nil {
			w.guard.hint()
		}
		if !known {
			w.retry(pod.UID)
		}
	}
}

func (w *crowd) takeEvent(event *corev1.Event, i item) {
	about := event.InvolvedObject.UID
	if owner, ofPod := w.pods[about]; ofPod {
		about = owner
	}
	if job, there := w.jobs[about]; there {
		w.emit(refOf(job), jobstatus.Change{Event: event})
		return
	}
	w.later(event.InvolvedObject.UID, i)
}

// mostWaiting bounds what waits for its Job; most of it belongs to Jobs outside the selection and never gets one.
const mostWaiting = 4096

func (w *crowd) later(awaited types.UID, i item) {
	if w.waiting >= mostWaiting {
		clear(w.early)
		w.waiting = 0
	}
	w.early[awaited] = append(w.early[awaited], i)
	w.waiting++
}

func (w *crowd) retry(arrived types.UID) {
	items := w.early[arrived]
	delete(w.early, arrived)
	w.waiting -= len(items)
	for _, i := range items {
		w.takeObject(i)
	}
}
