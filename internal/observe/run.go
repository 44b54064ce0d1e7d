package observe

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// Feed tells what happens to Jobs until the context ends. Synced with an empty Ref says that all Jobs there are have been
// told. It calls emit from one goroutine at a time, and waits while emit does.
type Feed func(ctx context.Context, emit func(cluster.Ref, jobstatus.Change)) error

// View shows Jobs as they change.
type View interface {
	// Show is given every Job there is, in the order they were first seen; those without transitions have not changed
	// except for the time. One that has not been looked at, because another's end was enough, has no name yet. Its error
	// ends the run.
	Show(now time.Time, jobs []Job) error
}

// Job is one followed Job at a moment.
type Job struct {
	Status      jobstatus.Status
	Transitions []jobstatus.Transition // since the last Show
	// End is set once the rule is met.
	End *End
}

// Options say what to follow and for how long.
type Options struct {
	Feed Feed
	Rule Rule
	Now  func() time.Time
	// Every is the least time between two looks at a Job whose changes come fast; 0: none.
	Every time.Duration
	// Any ends the run with the first Job that meets the rule; otherwise all must.
	Any bool
	// Timeout ends the run whatever is; 0: never.
	Timeout time.Duration
	// Await goes on while there is no Job at all; otherwise that is ErrNoJobs.
	Await bool
	// Wake asks for a Show out of turn (the terminal was resized); may be nil.
	Wake <-chan struct{}
}

// tick is how often time alone is looked at: durations grow, back-offs end, patience (--fail-fast) runs out.
const tick = time.Second

// ErrNoJobs says that nothing was selected.
var ErrNoJobs = errors.New("no Jobs were found")

// ErrTimeout says that Options.Timeout passed first.
var ErrTimeout = errors.New("timed out")

// Run follows the feed until the rule is met by all Jobs (or any), the timeout passes (ErrTimeout) or the context ends
// (its error). The Jobs are as they were last shown, whatever the error; at the timeout also those that were not.
func Run(ctx context.Context, o Options, view View) ([]Job, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes := make(chan change)
	ended := make(chan error, 1)
	go func() {
		defer close(ended)
		ended <- o.Feed(ctx, func(key cluster.Ref, c jobstatus.Change) {
			select {
			case changes <- change{key, c}:
			case <-ctx.Done():
			}
		})
	}()
	l := &loop{Options: o, view: view, jobs: map[cluster.Ref]*followed{}}
	err := l.run(ctx, changes, ended)
	cancel()
	for range ended { // never leave the feed behind: emit no longer waits
	}
	return l.list(), err
}

type change struct {
	key cluster.Ref
	jobstatus.Change
}

type loop struct {
	Options
	view     View
	jobs     map[cluster.Ref]*followed
	order    []cluster.Ref
	synced   bool // the feed has told all there is, even if that is no Job at all
	reading  reading
	lastLook time.Time
	took     time.Duration // the last look
}

func (l *loop) run(ctx context.Context, changes <-chan change, ended <-chan error) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var timeout <-chan time.Time
	if l.Timeout > 0 {
		timer := time.NewTimer(l.Timeout)
		defer timer.Stop()
		timeout = timer.C
	}
	due := time.NewTimer(time.Hour)
	due.Stop()
	defer due.Stop()
	for {
		var done bool
		var err error
		select {
		case c := <-changes:
			l.apply(c)
			done, err = l.lookSoon(due)
		case <-due.C:
			done, err = l.look()
		case <-ticker.C:
			l.touch()
			done, err = l.look()
		case <-l.Wake:
			done, err = l.look()
		case <-timeout:
			if done, err = l.lookAtLast(); !done {
				err = cmp.Or(err, ErrTimeout)
			}
		case err = <-ended:
			if done, lookErr := l.lookAtLast(); lookErr != nil || done {
				return lookErr
			}
			return cmp.Or(err, errFeedEnded)
		case <-ctx.Done():
			err = ctx.Err()
		}
		if done || err != nil {
			return err
		}
	}
}

// errFeedEnded should never be seen: a feed ends when all its Jobs have a verdict, or with an error.
var errFeedEnded = errors.New("the server has no more to say about these Jobs")

func (l *loop) apply(c change) {
	l.reading.changed(l.Now())
	if c.key == (cluster.Ref{}) {
		l.synced = l.synced || c.Synced
		return
	}
	f := l.jobs[c.key]
	if f == nil {
		f = &followed{}
		l.jobs[c.key] = f
		l.order = append(l.order, c.key)
	}
	f.apply(c.Change)
}

// touch marks the Jobs whose status depends on the time.
func (l *loop) touch() {
	for _, f := range l.jobs {
		if f.job.End == nil {
			f.dirty = true
		}
	}
}

const (
	// sparing is how much longer than a look the pause after it is, so that looking at a Job of 10,000 pods takes a tenth of
	// a core at most, however fast they change.
	sparing = 9
	// longestPause bounds that: what has happened is shown within it.
	longestPause = 100 * time.Millisecond
)

// lookSoon looks at once after a quiet time, and otherwise when a pause has passed since the last look.
func (l *loop) lookSoon(due *time.Timer) (bool, error) {
	pause := max(l.Every, min(sparing*l.took, longestPause))
	if wait := pause - l.Now().Sub(l.lastLook); wait > 0 {
		due.Reset(wait)
		return false, nil
	}
	return l.look()
}

// look computes what changed, shows it, and says whether the run is over.
func (l *loop) look() (bool, error) {
	now := l.Now()
	if len(l.order) == 0 && l.synced && !l.Await {
		return false, ErrNoJobs
	}
	ready := l.ready(now)
	if !ready && !l.Any {
		return false, nil
	}
	done := l.judge(now, l.reading.over)
	if !ready && !done {
		return false, nil
	}
	l.lastLook = now // a look at what has not been read yet is none: what comes next is shown at once
	err := l.view.Show(now, l.list())
	for _, f := range l.jobs {
		f.job.Transitions = nil
	}
	l.took = l.Now().Sub(now)
	return done, err
}

// lookAtLast is the look after which nothing more comes: a verdict that has come counts, whatever else has not been read.
func (l *loop) lookAtLast() (bool, error) {
	if l.judge(l.Now(), true) {
		l.reading.over = true
	}
	return l.look()
}

// ready says whether there is a Job, and each has been read as a whole, or is no longer waited for.
func (l *loop) ready(now time.Time) bool {
	for _, f := range l.jobs {
		if !f.read() {
			return l.reading.isOver(now)
		}
	}
	l.reading = reading{} // a Job that comes later is waited for anew
	return len(l.jobs) > 0
}

// judge looks at the Jobs that have been read as a whole, or at all, and says whether the run is over.
func (l *loop) judge(now time.Time, all bool) bool {
	over, any := len(l.order) > 0, false
	for _, key := range l.order {
		f := l.jobs[key]
		if all || f.read() {
			f.compute(l.Rule, now)
		}
		over = over && f.job.End != nil
		any = any || f.job.End != nil
	}
	return over || (any && l.Any)
}

func (l *loop) list() []Job {
	jobs := make([]Job, 0, len(l.order))
	for _, key := range l.order {
		jobs = append(jobs, l.jobs[key].job)
	}
	return jobs
}

// Code is the exit code of a run: of the first Job that met the rule when any was enough, else the worst.
func Code(jobs []Job, any bool) exit.Code {
	worst, first := exit.OK, true
	for _, j := range jobs {
		if j.End == nil {
			if !any {
				worst = exit.Worse(worst, exit.Failure)
			}
			continue
		}
		if any && first {
			return j.End.Code
		}
		first = false
		worst = exit.Worse(worst, j.End.Code)
	}
	return worst
}
