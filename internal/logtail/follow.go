package logtail

import (
	"context"
	"errors"
	"reflect"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// Feed tells what happens to a Job and its pods, or to pods alone, until ctx ends or it cannot go on, which ends the following.
// It calls emit from one goroutine at a time.
type Feed func(ctx context.Context, emit func(jobstatus.Change)) error

// Following is what is followed.
type Following struct {
	Feed    Feed
	Planner logstream.Planner
	// Pods lists the Job's pods; nil: what the feed tells is all.
	Pods func(context.Context, *batchv1.Job) ([]*corev1.Pod, error)
	// Alone says that there is no Job: the end is when all pods have ended.
	Alone bool
	// Joined is told the streams that are going to be read, before any line of them is; its error ends the following. May be
	// nil.
	Joined func([]logstream.Stream) error
	// Look is told what is known, after every change and once a second; its error ends the following. May be nil.
	Look func(Situation) error
}

// Follow reads the streams of a Job as they come until the Job is final and all of them have been read to their end.
// The situation is the last one known. The error is the feed's, or that writing failed, or that ctx ended.
func (e *Engine) Follow(ctx context.Context, f Following) (Summary, Situation, error) {
	e.written, e.follow = asTheyCome, true
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, release := newOutput(ctx, e, e.written)
	defer release()
	f.Planner.Numbers = &logstream.Numbers{}
	l := &follower{
		engine: e, Following: f, out: out, pods: map[types.UID]*corev1.Pod{},
		news: map[types.UID]bool{}, unread: map[types.UID]int{},
		tails: map[logstream.Key]*followed{}, forgotten: map[logstream.Key]int32{}, ended: make(chan *followed),
	}
	written := make(chan error, 1)
	go func() {
		err := out.run()
		written <- err
		if err != nil {
			cancel()
		}
	}()
	err := l.run(ctx)
	interrupted := ctx.Err()
	cancel()
	l.drain()
	out.close()
	if failed := <-written; failed != nil {
		return l.sum, l.situation(), failed
	}
	return l.sum, l.situation(), errors.Join(err, interrupted)
}

// follower is the goroutine that decides what is read.
type follower struct {
	Following
	engine *Engine
	out    *output

	job    *batchv1.Job
	gone   bool
	synced bool
	blind  string // why the pods cannot be seen
	unseen bool   // and nothing else is waited for: they are read as they are
	looked bool   // at the pods, after the Job had become final
	pods   map[types.UID]*corev1.Pod
	stale  bool               // something has changed that is not planned with
	news   map[types.UID]bool // pods whose state has not been planned with
	unread map[types.UID]int  // streams of a pod that have not been read to their end
	left   []string           // names of pods that were there and are not any more

	refused   error // why the streams that would join may not
	begun     bool  // the streams that were there at the beginning have joined
	found     bool  // a stream has joined, or was waited for
	tails     map[logstream.Key]*followed
	forgotten map[logstream.Key]int32 // by container (Run: 0): of so many runs it is known that the node has forgotten them
	waiting   []logstream.Stream
	queue     []*followed
	reading   int
	ended     chan *followed
	sum       Summary
}

// followed is a stream that is read, or will be.
type followed struct {
	stream logstream.Stream
	state  *state
	later  bool  // it joined after the beginning
	tail   *tail // once it is read
	done   bool
	err    error
}

// run handles changes and ends of streams until everything is over.
func (l *follower) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	changes := make(chan jobstatus.Change)
	fed := make(chan error, 1)
	go func() {
		defer close(fed)
		fed <- l.Feed(ctx, func(c jobstatus.Change) {
			select {
			case changes <- c:
			case <-ctx.Done():
			}
		})
	}()
	defer func() {
		for range fed { // emit waits no longer: ctx ends
		}
	}()
	defer cancel()
	return l.loop(ctx, changes, fed)
}

func (l *follower) loop(ctx context.Context, changes <-chan jobstatus.Change, fed <-chan error) error {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for !l.over(ctx) {
		switch {
		case l.refused != nil:
			return l.refused
		case l.blind != "" && len(l.pods) == 0:
			return &Blind{Why: l.blind}
		case l.blind != "" && !l.unseen && l.synced && l.final():
			l.lastSight(ctx)
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case c := <-changes:
			l.apply(ctx, c)
			l.more(ctx, changes)
			if l.stale {
				l.plan(ctx)
			}
		case f := <-l.ended:
			l.end(f)
			l.start(ctx)
		case err := <-fed:
			return err
		case <-second.C:
		}
		if err := l.look(); err != nil {
			return err
		}
	}
	if l.refused != nil {
		return l.refused
	}
	return l.sight()
}

// more takes what else has changed by now, so that the plan is made once for all of it.
func (l *follower) more(ctx context.Context, changes <-chan jobstatus.Change) {
	for range 1000 {
		select {
		case c := <-changes:
			l.apply(ctx, c)
		default:
			return
		}
	}
}

func (l *follower) apply(ctx context.Context, c jobstatus.Change) {
	l.stale = l.stale || c.PodDeleted == nil
	switch {
	case c.Job != nil && l.job != nil && c.Job.UID != l.job.UID:
		l.gone = true // another Job has taken its name
	case c.Job != nil:
		l.job = c.Job
	case c.JobDeleted != nil:
		l.gone = true
		// The deletion may be what brings the verdict. Where it was missed the change says no more than that.
		if d := c.JobDeleted; jobstatus.Finished(d) && (l.job == nil || d.UID == l.job.UID) {
			l.job = d
		}
	case c.Pod != nil:
		l.pods[c.Pod.UID] = c.Pod
		l.news[c.Pod.UID] = true
	case c.PodDeleted != nil:
		l.podDeleted(ctx, c.PodDeleted)
	case c.Unavailable != nil && c.Unavailable.Part == jobstatus.PodsPart:
		l.blind = c.Unavailable.Why
		l.unseen = l.unseen && l.blind != ""
	case c.Synced:
		l.synced = true
	}
}

// podDeleted plans with what the last state of a pod says, before it is gone, if that is news or something of it is being read: a
// Job that is deleted takes thousands of pods with it that have been read.
func (l *follower) podDeleted(ctx context.Context, pod *corev1.Pod) {
	// Where the deletion was missed the change says no more than that; what is known says more.
	known := l.pods[pod.UID]
	if known == nil || known.ResourceVersion != pod.ResourceVersion {
		l.pods[pod.UID] = pod
		l.news[pod.UID] = l.news[pod.UID] || known == nil || !reflect.DeepEqual(known.Status, pod.Status)
	}
	if l.news[pod.UID] || l.unread[pod.UID] > 0 {
		l.plan(ctx)
		l.stale = true
	}
	l.stale = l.stale || alive(l.pods[pod.UID]) // something of it may have been waited for
	delete(l.pods, pod.UID)
	delete(l.news, pod.UID)
	l.left = append(l.left, pod.Name)
}

func (l *follower) look() error {
	if l.Look == nil {
		return nil
	}
	return l.Look(l.situation())
}
