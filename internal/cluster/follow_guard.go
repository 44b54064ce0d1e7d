package cluster

import (
	"context"
	"errors"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

const (
	guardEvery = 200 * time.Millisecond
	// silence is how long the watch of an unfinished Job may bring nothing before somebody looks.
	silence = 30 * time.Second
	// lookLimit bounds one look: it shares the connection that may be dead.
	lookLimit = 10 * time.Second
	// hintDelay is how long the watch has to bring what a hint suggests before somebody looks; firstPause and longPause
	// bound how often hints alone lead to a look.
	hintDelay  = 300 * time.Millisecond
	firstPause = time.Second
	longPause  = silence
)

// guard looks after a watch that may be alive and yet bring nothing: a proxy that keeps a connection open and has
// forgotten the stream, a DELETED event that got lost. It reads the Job once beside the watch when the watch has been
// silent for half a minute (a server's bookmarks break the silence about once a minute), or when pods of the Job
// disappear and the Job's watch has nothing to say about it. If the answer is newer than what the watch brought, the
// watches are opened anew. A look that fails changes nothing.
//
// Its methods are called by the goroutine that emits.
type guard struct {
	feed   *feed
	jobs   *reader
	pods   *reader // nil: not read
	parts  []*reader
	read   func(context.Context) (newer bool, err error)
	looked chan struct{}

	looking    bool
	watching   bool      // there is an unfinished Job
	leaving    bool      // it is being deleted
	hinted     time.Time // when the hint came that has not been answered
	pause      time.Duration
	lastLook   time.Time
	jobChanged time.Time // when the Job last counted pods anew
}

func newGuard(f *feed, jobs *reader, read func(context.Context) (bool, error)) *guard {
	return &guard{feed: f, jobs: jobs, read: read, looked: make(chan struct{}, 1), pause: firstPause}
}

// changed tells the guard what the Job was and is.
func (g *guard) changed(was, is *batchv1.Job) {
	g.watching, g.leaving = !jobstatus.Finished(is), is.DeletionTimestamp != nil
	g.hinted, g.pause = time.Time{}, firstPause
	if was == nil || was.Status.Active != is.Status.Active || was.Status.Succeeded != is.Status.Succeeded ||
		was.Status.Failed != is.Status.Failed {
		g.jobChanged = time.Now()
	}
}

// hint tells the guard that something happened to a pod which the deletion of its Job would explain.
func (g *guard) hint() {
	if g.hinted.IsZero() {
		g.hinted = time.Now()
	}
}

func (g *guard) stop() { g.watching = false }

// tick is called a few times a second.
func (g *guard) tick(now time.Time) {
	if !g.watching || g.looking {
		return
	}
	last := g.jobs.source.lastFrame()
	if g.leaving {
		g.hint()
	}
	switch {
	case last.IsZero(): // not connected yet, or polling
	case !g.hinted.IsZero() && now.Sub(g.hinted) >= hintDelay && now.Sub(g.lastLook) >= g.pause:
		g.pause = min(2*g.pause, longPause)
		g.look(now)
	case now.Sub(last) >= silence && now.Sub(g.lastLook) >= silence:
		g.look(now)
	}
	if g.pods != nil {
		g.tickPods(now)
	}
}

// tickPods opens the watch of the pods anew when it has been silent although the Job counted pods.
func (g *guard) tickPods(now time.Time) {
	last := g.pods.source.lastFrame()
	if !last.IsZero() && now.Sub(last) >= silence && g.jobChanged.After(last) && now.Sub(g.jobChanged) >= hintDelay {
		g.pods.source.reopen()
	}
}

func (g *guard) look(now time.Time) {
	g.looking, g.lastLook, g.hinted = true, now, time.Time{}
	g.feed.wg.Go(func() {
		g.compare(now)
		g.looked <- struct{}{}
	})
}

// compare reads beside the watch. A dead connection is dropped by the first attempt's time limit, so a second one
// is worth making.
func (g *guard) compare(began time.Time) {
	for range 2 {
		if g.feed.line.held() {
			return
		}
		ctx, cancel := context.WithTimeout(g.feed.ctx, lookLimit)
		noted, reply := withReply(ctx)
		newer, err := g.read(noted)
		cancel()
		if apierrors.IsTooManyRequests(err) {
			g.feed.line.hold(max(reply.retryAfter, busyDelay))
		}
		if err == nil && newer {
			g.reopen(began)
		}
		if !errors.Is(err, context.DeadlineExceeded) || g.feed.ctx.Err() != nil {
			return
		}
	}
}

// reopen opens all watches anew unless the Job's has come alive by itself.
func (g *guard) reopen(began time.Time) {
	if sleep(g.feed.ctx, hintDelay) != nil || g.jobs.source.lastFrame().After(began) {
		return
	}
	g.jobs.source.reopen()
	for _, part := range g.parts {
		part.source.reopen()
	}
}
