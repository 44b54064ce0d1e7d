package logs

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// command is one run of the verb.
type command struct {
	o      Options
	client *cluster.Client
	out    io.Writer
	notes  *notes
	screen logtail.Screen
	names  *logtail.Names
	tty    bool
	board  *board            // nil: no terminal that a line can be repainted on
	saver  *saver            // nil: nothing is saved
	filter *logstream.Filter // nil: every line
	paint  func(dst, text []byte) []byte
	now    func() time.Time
}

func run(ctx context.Context, f *factory.Factory, o Options) error {
	client, err := f.Client()
	if err != nil {
		return err
	}
	resolver, err := f.Resolver(client, target.Job, target.CronJob, target.Pod)
	if err != nil {
		return err
	}
	terminal := f.Terminal(f.Out)
	defer terminal.Restore()
	waiting := f.Terminal(f.ErrOut)
	defer waiting.Restore()
	screen := logtail.Screen{TTY: terminal.IsTTY && !o.RawControl, Color: terminal.Color, UTF8: terminal.UTF8}
	c := &command{
		o: o, client: client, out: f.Out, screen: screen, tty: terminal.IsTTY, now: f.Now, notes: &notes{w: f.ErrOut},
		names: logtail.NewNames(o.Prefix, screen), filter: filter(o), paint: logtail.Paint(screen, o.Highlight),
	}
	if o.Save != "" {
		c.out = &leaving{w: c.out}
	}
	if o.Follow && hasPlace(f.Out, terminal, waiting) {
		c.show(&board{live: term.NewLive(f.ErrOut, waiting)})
	}
	if o.Save != "" {
		if c.saver, err = openSaver(o); err != nil {
			return err
		}
	}
	return c.saved(c.run(ctx, resolver))
}

// show puts a board below what is written to the terminal. An output that is none takes no place there, and may keep who
// writes to it waiting: the board, and the goroutine that follows, must not wait with it.
func (c *command) show(b *board) {
	c.board, c.notes.w = b, b.over(c.notes.w)
	if c.tty {
		c.out = b.over(c.out)
	}
}

// saved ends saving, and the reading with err. What could not be saved is told here, for err may be one that has been told
// already, or that nobody is told of.
func (c *command) saved(err error) error {
	if readerLeft(err) {
		err = nil
	}
	if c.saver == nil {
		return err
	}
	failed := c.saver.close()
	for _, f := range failed {
		c.notes.say("error: %v", f)
	}
	if err == nil && len(failed) > 0 {
		return exit.Silent(exit.Failure)
	}
	return err
}

// readerLeft says that the reader of the output has seen enough. A connection that broke is an error, though the system's
// word for it may be the same.
func readerLeft(err error) bool {
	var out *logtail.WriteError
	return errors.As(err, &out) && closedPipe(out)
}

func closedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}

// leaving is an output whose reader may leave when he has seen enough: the rest is for the files alone.
type leaving struct {
	w    io.Writer
	left bool
}

// Write writes on, as long as somebody reads.
func (l *leaving) Write(text []byte) (int, error) {
	if l.left {
		return len(text), nil
	}
	n, err := l.w.Write(text)
	if l.left = closedPipe(err); l.left {
		return len(text), nil
	}
	return n, err
}

func (c *command) run(ctx context.Context, r target.Resolver) error {
	if c.o.Follow {
		return c.follow(ctx, r)
	}
	subjects, err := c.begun(ctx, r)
	if err != nil {
		return err
	}
	engine, lost := c.engine(), 0
	var streams []logstream.Stream
	for _, s := range subjects {
		if c.o.OnePod {
			s = c.newest(s)
		}
		plan := c.plan(s)
		streams = append(streams, plan.Streams...)
		for _, l := range plan.Lost {
			if engine.Forgotten(l) {
				lost++
			}
		}
	}
	streams = slices.DeleteFunc(streams, func(s logstream.Stream) bool { return s.Phase == logstream.Never })
	if len(streams) == 0 {
		return c.nothing(ctx, r, subjects)
	}
	lost += c.tellDeparted(ctx, subjects)
	if c.saver != nil {
		if err := c.saver.check(streams); err != nil {
			return err
		}
	}
	c.names.Add(streams)
	read := engine.Fetch
	if c.o.Merge {
		read = engine.Merge
	}
	sum, err := read(ctx, streams)
	if err != nil {
		return err
	}
	sum.Gaps += lost
	return c.outcome(sum)
}

// subject is what logs are read of: a Job and its pods, or pods alone.
type subject struct {
	job  *batchv1.Job // nil: pods alone
	pods []*corev1.Pod
	left []string // names of pods that were followed and are not there any more
	gone bool     // the Job was deleted while it was followed
}

// lookEvery is how often is looked whether a container has started.
const lookEvery = 500 * time.Millisecond

// begun are the subjects; with --pod-running-timeout they are read again until a container has started, can start no
// more, or the time is over.
func (c *command) begun(ctx context.Context, r target.Resolver) ([]subject, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for end := c.now().Add(c.o.StartTimeout); ; {
		subjects, err := c.subjects(ctx, r)
		if err != nil || !c.now().Before(end) || !c.mayStart(subjects) {
			return subjects, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// mayStart says that no container has started, and that one can still.
func (c *command) mayStart(subjects []subject) bool {
	waits := false
	for _, s := range subjects {
		if len(s.pods) == 0 {
			waits = waits || (s.job != nil && !jobstatus.Finished(s.job) && noIndex(s.job, c.o.Select.Indexes) == "")
		}
		for _, stream := range c.plan(s).Known {
			switch stream.Phase {
			case logstream.Running, logstream.Ended:
				return false
			case logstream.Waiting:
				waits = true
			case logstream.Never:
			}
		}
	}
	return waits
}

func (c *command) subjects(ctx context.Context, r target.Resolver) ([]subject, error) {
	if c.o.Selector != nil {
		s, err := c.selected(ctx, r.Namespace)
		return []subject{s}, err
	}
	object, err := c.resolve(ctx, r)
	if err != nil {
		return nil, err
	}
	switch {
	case object.Job != nil:
		s, err := c.ofJob(ctx, object.Job)
		return []subject{s}, err
	case object.CronJob != nil:
		return c.ofCronJob(ctx, object.CronJob)
	default:
		return []subject{{pods: []*corev1.Pod{object.Pod}}}, nil
	}
}

// newest is a subject with only its newest pod, the one that --all-pods=false means. It says which one that is.
func (c *command) newest(s subject) subject {
	if len(s.pods) < 2 {
		return s
	}
	pod := slices.MaxFunc(s.pods, func(a, b *corev1.Pod) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Name, b.Name))
	})
	c.notes.say("found %d pods, using pod/%s", len(s.pods), safetext.Cell(pod.Name))
	return subject{job: s.job, pods: []*corev1.Pod{pod}}
}

func (c *command) ofJob(ctx context.Context, job *batchv1.Job) (subject, error) {
	s := subject{job: job}
	err := c.client.EachPodOf(ctx, job, func(p *corev1.Pod) error {
		s.pods = append(s.pods, p)
		return nil
	})
	return s, err
}

func (c *command) selected(ctx context.Context, namespace string) (subject, error) {
	var s subject
	err := c.client.EachPod(ctx, cluster.Selection{Namespace: namespace, Labels: c.o.Selector}, func(p *corev1.Pod) error {
		s.pods = append(s.pods, p)
		return nil
	})
	return s, err
}

func (c *command) plan(s subject) logstream.Plan {
	return logstream.Planner{Select: c.o.Select, Job: s.job}.Plan(s.pods)
}

func (c *command) engine() *logtail.Engine {
	return &logtail.Engine{
		Open: c.client, Out: c.out, Format: c.formatter, Tell: c.notes.tell, Now: c.now, Complete: c.o.Output != Raw,
		Requests: c.o.Requests,
		Read: logtail.Reading{
			Tail: c.o.Tail, Since: c.since(), LimitBytes: c.o.LimitBytes, Stamps: c.o.Timestamps, InsecureBackend: c.o.InsecureBackend,
		},
	}
}

// since is the time from which on lines are wanted. --since is counted from the first time that it is asked for, by the
// server's clock, which is known then: a stream that is opened later, or again, begins at the same time.
func (c *command) since() func() time.Time {
	switch {
	case c.o.Since > 0:
		return sync.OnceValue(func() time.Time { return c.now().Add(-c.o.Since) })
	case !c.o.SinceTime.IsZero():
		return func() time.Time { return c.o.SinceTime }
	}
	return nil
}

// outcome is the exit code of what came of reading; all of it has been told.
func (c *command) outcome(sum logtail.Summary) error {
	c.notes.rest()
	if (sum.GaveUp > 0 && !c.o.IgnoreErrors) || (sum.Gaps > 0 && c.o.Strict) {
		return exit.Silent(exit.Failure)
	}
	return nil
}
