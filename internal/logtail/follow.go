package logtail

import (
	"context"
	"errors"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// Feed tells what happens to a Job and its pods, or to pods alone, until ctx ends or there is no more to tell. It calls
// emit from one goroutine at a time.
type Feed func(ctx context.Context, emit func(jobstatus.Change)) error

// Following is what is followed.
type Following struct {
	Feed    Feed
	Planner logstream.Planner
	// Pods lists the Job's pods; nil: what the feed tells is all.
	Pods func(context.Context, *batchv1.Job) ([]*corev1.Pod, error)
	// Alone says that there is no Job: the end is when all pods have ended.
	Alone bool
	// Joined is told the streams that are going to be read, before any line of them is; may be nil.
	Joined func([]logstream.Stream)
	// Look is told what is known, after every change and once a second; its error ends the following. May be nil.
	Look func(Situation) error
}

// Situation is what is known while following.
type Situation struct {
	Job     *batchv1.Job // nil: not known yet, or pods alone
	Gone    bool         // the Job was deleted, or replaced by another of its name
	Synced  bool
	Pods    []*corev1.Pod
	Events  []*corev1.Event
	Waiting []logstream.Stream // that have not started
	Reading int                // streams that are being read
	Queued  int                // streams that wait for others to end
}

// Final says that the Job has a verdict, or is not there any more.
func (s Situation) Final() bool { return s.Gone || s.Job != nil && jobstatus.Finished(s.Job) }

// Follow reads the streams of a Job as they come until the Job is final and all of them have been read to their end.
// The situation is the last one known. The error is the feed's, or that writing failed, or that ctx ended.
func (e *Engine) Follow(ctx context.Context, f Following) (Summary, Situation, error) {
	e.written, e.follow = asTheyCome, true
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, release := newOutput(ctx, e, e.written)
	defer release()
	l := &follower{
		engine: e, Following: f, out: out, pods: map[types.UID]*corev1.Pod{}, events: map[types.UID]*corev1.Event{},
		tails: map[logstream.Key]*followed{}, ended: make(chan *followed),
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
	deaf   bool   // the feed has ended
	blind  string // why the pods cannot be seen
	looked bool   // at the pods, after the Job had become final
	pods   map[types.UID]*corev1.Pod
	events map[types.UID]*corev1.Event

	tails   map[logstream.Key]*followed
	waiting []logstream.Stream
	queue   []*followed
	reading int
	ended   chan *followed
	sum     Summary
}

// followed is a stream that is read, or will be.
type followed struct {
	tail    *tail
	state   *state
	started bool
	done    bool
	err     error
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
		if l.blind != "" && len(l.pods) == 0 {
			return &Blind{Why: l.blind}
		}
		select {
		case <-ctx.Done():
			return nil
		case c := <-changes:
			l.apply(ctx, c)
			l.more(ctx, changes)
			l.plan(ctx)
		case f := <-l.ended:
			l.end(f)
			l.start(ctx)
		case err := <-fed:
			l.deaf = true
			if err != nil {
				return err
			}
			l.forget()
		case <-second.C:
		}
		if err := l.look(); err != nil {
			return err
		}
	}
	return nil
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
	switch {
	case c.Job != nil && l.job != nil && c.Job.UID != l.job.UID:
		l.gone = true // another Job has taken its name
	case c.Job != nil:
		l.job = c.Job
	case c.JobDeleted != nil:
		l.gone = true
	case c.Pod != nil:
		l.pods[c.Pod.UID] = c.Pod
	case c.PodDeleted != nil:
		l.pods[c.PodDeleted.UID] = c.PodDeleted
		l.plan(ctx) // what its last state says, before it is gone
		delete(l.pods, c.PodDeleted.UID)
	case c.Event != nil:
		l.events[c.Event.UID] = c.Event
	case c.Unavailable != nil && c.Unavailable.Part == jobstatus.PodsPart:
		l.blind = c.Unavailable.Why
	case c.Synced:
		l.synced = true
	}
}

// plan compares what should be read with what is. Without a context nothing is started.
func (l *follower) plan(ctx context.Context) {
	l.Planner.Job = l.job
	plan := l.Planner.Plan(l.podList())
	l.setStates(plan.Known)
	l.waiting = nil
	var joined []logstream.Stream
	for _, s := range plan.Streams {
		switch _, known := l.tails[s.Key]; {
		case known:
		case s.Phase == logstream.Waiting:
			l.waiting = append(l.waiting, s)
		case s.Phase != logstream.Never:
			joined = append(joined, s)
		}
	}
	if len(joined) > 0 {
		if l.Joined != nil {
			l.Joined(joined)
		}
		for _, s := range joined {
			l.join(s)
		}
	}
	if ctx != nil {
		l.start(ctx)
	}
}

func (l *follower) join(s logstream.Stream) {
	st := newState(s, true)
	f := &followed{state: st, tail: l.engine.tail(s, st, l.out)}
	l.tails[s.Key] = f
	l.queue = append(l.queue, f)
}

// setStates tells the tails what is known of their streams.
func (l *follower) setStates(known []logstream.Stream) {
	now := make(map[logstream.Key]logstream.Stream, len(known))
	for _, s := range known {
		now[s.Key] = s
	}
	for key, f := range l.tails {
		if f.done {
			continue
		}
		v := view{phase: logstream.Ended, gone: l.pods[key.Pod] == nil}
		if s, ok := now[key]; ok {
			v.phase, v.previous = s.Phase, s.Previous
		} else if !v.gone {
			v.lost = true
		}
		f.state.set(v)
	}
}

// start starts tails for which there is room, running pods first. A container's next run waits for its last one.
func (l *follower) start(ctx context.Context) {
	slices.SortStableFunc(l.queue, func(a, b *followed) int { return rank(a) - rank(b) })
	rest := l.queue[:0]
	for _, f := range l.queue {
		before := l.tails[before(f.tail.stream.Key)]
		if l.reading >= max(1, l.engine.Requests) || (before != nil && !before.done) {
			rest = append(rest, f)
			continue
		}
		if before != nil {
			f.tail.cursor.Adopt(before.tail.cursor)
		}
		l.reading++
		f.started = true
		go func() {
			f.err = f.tail.run(ctx)
			l.ended <- f
		}()
	}
	clear(l.queue[len(rest):])
	l.queue = rest
}

func rank(f *followed) int {
	if f.state.get().over() {
		return 1
	}
	return 0
}

// before is the run before.
func before(k logstream.Key) logstream.Key {
	k.Run--
	return k
}

func (l *follower) end(f *followed) {
	f.done = true
	l.reading--
	l.sum.add(l.engine, f.tail, f.err)
	f.tail.release()
}

// drain waits for the tails that are still running; their context has ended.
func (l *follower) drain() {
	for l.reading > 0 {
		l.end(<-l.ended)
	}
}

// forget is what remains when the feed has ended: nothing more will be heard of the pods.
func (l *follower) forget() {
	for _, f := range l.tails {
		v := f.state.get()
		v.gone = true
		f.state.set(v)
	}
	l.waiting = nil
}

// over says that everything has been read and nothing more can come.
func (l *follower) over(ctx context.Context) bool {
	if l.reading > 0 || len(l.queue) > 0 {
		return false
	}
	if l.deaf {
		return true
	}
	if !l.synced || len(l.waiting) > 0 {
		return false
	}
	final := l.Alone || l.gone || (l.job != nil && jobstatus.Finished(l.job))
	if !final || slices.ContainsFunc(l.podList(), alive) {
		return false
	}
	return l.looked || !l.overlooked(ctx)
}

// overlooked looks at the pods once more when everything seems to be over: news of the Job and of its pods come by
// different ways, and a pod may have lived so briefly that its news is still on the way. It says whether there is
// something to be read.
func (l *follower) overlooked(ctx context.Context) bool {
	l.looked = true
	if l.Pods == nil || l.job == nil {
		return false
	}
	pods, err := l.Pods(ctx, l.job)
	if err != nil {
		return false // what can be known is known
	}
	for _, p := range pods {
		l.pods[p.UID] = p
	}
	l.plan(ctx)
	return l.reading > 0 || len(l.queue) > 0
}

// Blind says that the pods of a Job cannot be seen.
type Blind struct{ Why string }

// Error says why.
func (e *Blind) Error() string { return e.Why + "\nlogs -f needs to list and watch pods" }

// alive says that a pod may still write something.
func alive(pod *corev1.Pod) bool {
	return pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
}

func (l *follower) podList() []*corev1.Pod {
	pods := make([]*corev1.Pod, 0, len(l.pods))
	for _, p := range l.pods {
		pods = append(pods, p)
	}
	return pods
}

func (l *follower) situation() Situation {
	s := Situation{
		Job: l.job, Gone: l.gone, Synced: l.synced, Pods: l.podList(), Waiting: l.waiting, Reading: l.reading, Queued: len(l.queue),
	}
	for _, e := range l.events {
		s.Events = append(s.Events, e)
	}
	return s
}

func (l *follower) look() error {
	if l.Look == nil {
		return nil
	}
	return l.Look(l.situation())
}
