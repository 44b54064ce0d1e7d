package logtail

import (
	"context"
	"slices"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// plan compares what should be read with what is. Nothing is read before all pods are known: which attempt a pod is shows
// only beside the others.
func (l *follower) plan(ctx context.Context) {
	if !l.synced || l.refused != nil {
		return
	}
	l.Planner.Job = l.job
	plan := l.Planner.Plan(l.podList())
	clear(l.news)
	l.stale = false
	l.setStates(plan.Known)
	l.waiting = nil
	var joined []logstream.Stream
	for _, s := range plan.Streams {
		switch _, known := l.tails[s.Key]; {
		case known:
		case s.Phase == logstream.Waiting && !l.unseen:
			l.waiting = append(l.waiting, s)
		case s.Phase != logstream.Never && s.Phase != logstream.Waiting:
			joined = append(joined, s)
		}
	}
	if len(joined) > 0 && l.Joined != nil {
		if l.refused = l.Joined(joined); l.refused != nil {
			return
		}
	}
	for _, s := range joined {
		l.join(s)
	}
	l.found = l.found || len(joined) > 0 || len(l.waiting) > 0
	l.begun = true
	l.missed(plan.Lost)
	l.start(ctx)
}

// join takes up a stream.
func (l *follower) join(s logstream.Stream) {
	f := &followed{stream: s, state: newState(s, true), later: l.begun}
	l.tails[s.Key] = f
	l.queue = append(l.queue, f)
	l.unread[s.Pod]++
}

// missed tells of runs that the node has forgotten and that were never read, though they are wanted.
func (l *follower) missed(lost []logstream.Lost) {
	wanted := l.Planner.Select.Attempt
	for _, lost := range lost {
		key := lost.Oldest.Key
		key.Run = 0
		known, missed := l.forgotten[key], false
		l.forgotten[key] = lost.Runs
		for run := known; run < lost.Runs; run++ {
			key.Run = run
			attempt := lost.Oldest.Attempt - (lost.Oldest.Run - run)
			missed = missed || l.tails[key] == nil && (wanted == 0 || wanted == attempt)
		}
		if missed && l.engine.Forgotten(lost) {
			l.sum.Gaps++
		}
	}
}

// setStates tells the tails what is known of their streams.
func (l *follower) setStates(known []logstream.Stream) {
	now := make(map[logstream.Key]logstream.Stream, len(known))
	for _, s := range known {
		now[s.Key] = s
	}
	for key, f := range l.tails {
		if f.done {
			l.drop(key, f)
			continue
		}
		v := view{phase: logstream.Ended, gone: l.pods[key.Pod] == nil}
		if s, ok := now[key]; ok {
			v = viewOf(s)
		} else if !v.gone {
			v.lost = true
		}
		if l.unseen && v.phase == logstream.Running {
			v.phase = logstream.Ended
		}
		v.alive = !v.gone && alive(l.pods[key.Pod])
		f.state.set(v)
	}
}

// start starts tails for which there is room, running pods first. A container's next run waits for its last one.
func (l *follower) start(ctx context.Context) {
	slices.SortStableFunc(l.queue, func(a, b *followed) int { return rank(a) - rank(b) })
	rest := l.queue[:0]
	for _, f := range l.queue {
		before := l.tails[before(f.stream.Key)]
		if l.reading >= max(1, l.engine.Requests) || (before != nil && !before.done) {
			rest = append(rest, f)
			continue
		}
		l.open(f)
		if before != nil && before.tail != nil {
			f.tail.cursor.Adopt(before.tail.shown())
		}
		l.reading++
		go func() {
			f.err = f.tail.run(ctx)
			l.ended <- f
		}()
	}
	clear(l.queue[len(rest):])
	l.queue = rest
}

// open prepares the reading of a stream. What that takes (with --save a file and its buffer) is not taken for those that wait
// for others to end. One that joined later is read from its beginning: --tail is about what was there before.
func (l *follower) open(f *followed) {
	f.tail = l.engine.tail(f.stream, f.state, l.out, l.out.lane())
	if f.later {
		f.tail.head = nil
	}
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
	if l.unread[f.stream.Pod]--; l.unread[f.stream.Pod] == 0 {
		delete(l.unread, f.stream.Pod)
	}
	l.sum.add(l.engine, f.tail, f.err)
	f.tail.release()
	l.drop(f.stream.Key, f)
}

// drop lets go of what is known of a stream that has been read, when no run of its container can follow: what was shown of
// it last, and its pod.
func (l *follower) drop(key logstream.Key, f *followed) {
	if p := l.pods[key.Pod]; p == nil || !alive(p) {
		f.tail, f.stream = nil, logstream.Stream{}
	}
}

// drain waits for the tails that are still running; their context has ended.
func (l *follower) drain() {
	for l.reading > 0 {
		l.end(<-l.ended)
	}
}
