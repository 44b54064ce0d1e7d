package cluster

import (
	"context"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Ref names one Job. Without a UID the one that has the name first is meant, and from then on no other.
type Ref struct {
	Namespace, Name string
	UID             types.UID
}

// FollowOptions say what to read beside the Job.
type FollowOptions struct {
	Pods bool
	// Metadata keeps all labels and annotations of the pods; without it only those that say something to jobx.
	Metadata bool
	// Events of the Job; with Pods also the warnings about its pods. What else is said about pods (Scheduled, Pulled,
	// Created, Started) stands in their status too, and there are four of them for every pod of the namespace.
	Events bool
	// Notice is told what the user should know about the connection: "reconnecting: …", "reconnected", "the API server
	// is busy". It is called by the goroutine that emits. The text may hold the server's words: untrusted.
	Notice func(string)
}

func (o FollowOptions) notice(text string) {
	if o.Notice != nil {
		o.Notice(text)
	}
}

// Follow reads one Job, and what the options ask for of its pods and events, for as long as the context lives, and
// emits every change: the Job as it is, each pod of this very Job, and Synced once all parts have been read.
//
// It survives watches that end, 410, 429 (never asking sooner than Retry-After), 5xx, connections that break or fall
// silent, and an API server that is started anew. A state that came and went while the connection was away is not
// seen; a state that lasts is, and deletions are. The Job that is deleted is emitted as JobDeleted with its last state;
// another Job under the name is emitted once, after that, as a Job with another UID.
//
// A pod whose deletion was missed is emitted as PodDeleted with its name, UID and last resourceVersion alone.
//
// emit is called from one goroutine, in order, and never after Follow has returned; while it blocks, reading blocks.
// A part that may not be read is emitted as Unavailable, and the rest goes on; a part that may be listed and not
// watched is listed every two seconds.
//
// Follow returns the context's cause when that ends; NotFound when there is no such Job at the start (unless the
// UID is known: then it is gone); and else what makes reading the Job impossible: a permission that is missing, or
// credentials that were refused twice.
func (c *Client) Follow(ctx context.Context, ref Ref, o FollowOptions, emit func(jobstatus.Change)) error {
	f := newFeed(ctx, c)
	defer f.close()
	key := types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name}
	w := &follower{feed: f, ref: ref, options: o, emit: emit, pods: map[types.UID]string{}}
	w.jobs = f.jobs(Selection{Namespace: ref.Namespace, Fields: fields.OneTermEqualSelector(metav1.ObjectNameField, ref.Name)})
	w.pending = map[*reader]struct{}{w.jobs: {}}
	w.guard = newGuard(f, w.jobs, func(ctx context.Context) (bool, error) {
		return c.lookAtOne(ctx, w.jobs.store, key)
	})
	f.start(w.jobs)
	return f.run(w.take, w.guard)
}

// lookAtOne reads one Job beside the watch. Who is missing is asked before: a Job that is created meanwhile is not.
func (c *Client) lookAtOne(ctx context.Context, known *store, key types.NamespacedName) (bool, error) {
	uid := known.uids()[key]
	job, err := c.jobOnce(ctx, key)
	switch {
	case apierrors.IsNotFound(err):
		return known.missing(key, uid), nil
	case err != nil:
		return false, err
	}
	newTrimmer().trim(job)
	return known.ahead(job), nil
}

// run hands on what the readers say until the feed ends.
func (f *feed) run(take func(item) error, g *guard) error {
	ticker := time.NewTicker(guardEvery)
	defer ticker.Stop()
	for f.ctx.Err() == nil {
		select {
		case <-f.ctx.Done():
		case i := <-f.items:
			if err := take(i); err != nil {
				return err
			}
		case now := <-ticker.C:
			g.tick(now)
		case <-g.looked:
			g.looking = false
		}
	}
	return context.Cause(f.ctx)
}

// follower turns what is read about one name into changes of one Job.
type follower struct {
	feed    *feed
	ref     Ref
	options FollowOptions
	emit    func(jobstatus.Change)
	guard   *guard

	jobs    *reader
	pending map[*reader]struct{} // parts that have not been read yet
	job     *batchv1.Job         // its newest state
	gone    bool
	twin    bool // another Job under the name has been told
	synced  bool
	pods    map[types.UID]string // the Job's pods: their names
	early   []*corev1.Event      // about pods that have not been seen yet
}

func (w *follower) take(i item) error {
	switch {
	case i.notice != "":
		w.options.notice(i.notice)
	case i.denied != nil:
		w.emit(jobstatus.Change{Unavailable: i.denied})
	case i.synced != nil:
		return w.read(i.synced)
	}
	switch o := i.object.(type) {
	case *batchv1.Job:
		w.takeJob(o, i.deleted)
	case *corev1.Pod:
		w.takePod(o, i.deleted)
	case *corev1.Event:
		w.takeEvent(o, i.deleted)
	}
	return nil
}

// read notes that a part has been read once.
func (w *follower) read(r *reader) error {
	delete(w.pending, r)
	if r == w.jobs && w.job == nil && !w.gone {
		if w.ref.UID == "" {
			return apierrors.NewNotFound(batchv1.Resource("jobs"), w.ref.Name)
		}
		w.lost(nil)
	}
	if len(w.pending) == 0 && !w.synced {
		w.synced = true
		w.emit(jobstatus.Change{Synced: true})
	}
	return nil
}

func (w *follower) takeJob(job *batchv1.Job, deleted bool) {
	if w.ref.UID == "" {
		w.ref.UID = job.UID
	}
	switch {
	case job.UID != w.ref.UID:
		if deleted || w.twin {
			return
		}
		w.lost(w.job)
		w.twin = true
		w.emit(jobstatus.Change{Job: job})
	case w.gone:
	case deleted:
		w.lost(job)
	default:
		first := w.job == nil
		w.guard.changed(w.job, job)
		w.job = job
		w.emit(jobstatus.Change{Job: job})
		if first {
			w.startParts()
		}
	}
}

// lost tells once that the Job is gone, with the last that is known of it.
func (w *follower) lost(last *batchv1.Job) {
	if w.gone {
		return
	}
	w.gone = true
	w.guard.stop()
	if last == nil {
		last = &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: w.ref.Namespace, Name: w.ref.Name, UID: w.ref.UID}}
	}
	w.emit(jobstatus.Change{JobDeleted: last})
}

// startParts begins to read the pods by the Job's own selector and the events by UID: its name may have been that of
// another Job before, whose pods may still be there.
func (w *follower) startParts() {
	start := func(r *reader) *reader {
		w.pending[r] = struct{}{}
		w.feed.start(r)
		w.guard.parts = append(w.guard.parts, r)
		return r
	}
	if selector, err := metav1.LabelSelectorAsSelector(w.job.Spec.Selector); w.options.Pods && err == nil {
		pods := w.feed.pods(Selection{Namespace: w.job.Namespace, Labels: selector})
		if w.options.Metadata {
			whole := newTrimmer()
			whole.metadata = true
			pods.source.trim = whole.trim
		}
		w.guard.pods = start(pods)
	}
	if !w.options.Events {
		return
	}
	start(w.feed.events(AboutUID(w.job.Namespace, w.job.UID)))
	if w.options.Pods {
		start(w.feed.events(podWarnings(w.job.Namespace)))
	}
}

// podWarnings selects the warnings about pods. Events cannot be selected by a set of UIDs, and a watch for each of
// 10,000 pods cannot be; so the kind is selected by the server and the UID by the follower. Warnings are few: what is
// Normal is the bulk.
func podWarnings(namespace string) Selection {
	return Selection{Namespace: namespace, Fields: fields.AndSelectors(
		fields.OneTermEqualSelector("involvedObject.kind", "Pod"),
		fields.OneTermNotEqualSelector("type", corev1.EventTypeNormal),
	)}
}

func (w *follower) takePod(pod *corev1.Pod, deleted bool) {
	mine := OwnedBy(pod, w.ref.UID)
	_, known := w.pods[pod.UID]
	switch {
	case deleted && known, known && !mine:
		delete(w.pods, pod.UID)
		w.emit(jobstatus.Change{PodDeleted: pod})
		w.guard.hint()
	case deleted || !mine:
	default:
		w.pods[pod.UID] = pod.Name
		w.emit(jobstatus.Change{Pod: pod})
		if pod.DeletionTimestamp != nil {
			w.guard.hint()
		}
		if !known && len(w.early) > 0 {
			w.tellEarly(pod.UID)
		}
	}
}

// mostEarly bounds how many events wait for their pod.
const mostEarly = 256

func (w *follower) takeEvent(event *corev1.Event, deleted bool) {
	if deleted { // events expire after an hour; what they told stays true
		return
	}
	about := event.InvolvedObject
	_, mine := w.pods[about.UID]
	switch {
	case mine || about.UID == w.ref.UID:
		w.emit(jobstatus.Change{Event: event})
	case about.Kind == "Pod" && strings.HasPrefix(about.Name, w.ref.Name+"-"):
		if len(w.early) == mostEarly {
			w.early = w.early[1:]
		}
		w.early = append(w.early, event)
	}
}

func (w *follower) tellEarly(pod types.UID) {
	waiting := w.early[:0]
	for _, event := range w.early {
		if event.InvolvedObject.UID == pod {
			w.emit(jobstatus.Change{Event: event})
			continue
		}
		waiting = append(waiting, event)
	}
	w.early = waiting
}
