package logs

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// follow prints lines as they come until the Job is final and everything has been read.
func (c *command) follow(ctx context.Context, r target.Resolver) error {
	f, job, err := c.following(ctx, r)
	if err != nil {
		return err
	}
	if job == nil && c.o.ExitStatus {
		return errNoJob
	}
	if job != nil {
		if err := c.checkContainer(ctx, job); err != nil {
			return err
		}
		if err := c.checkIndexes(job); err != nil {
			return err
		}
		if !jobstatus.OneAtATime(job) {
			c.names.ExpectSeveral()
		}
		c.names.ExpectIndexes(lastIndex(job, c.o.Select.Indexes))
	}
	status := &status{o: c.o, notes: c.notes, board: c.board, now: c.now, began: c.now(), told: map[string]bool{}}
	f.Planner = logstream.Planner{Select: c.o.Select, Job: job}
	f.Joined, f.Look = c.joining(), status.look
	sum, end, err := c.engine().Follow(ctx, f)
	if c.board != nil {
		c.board.show("")
	}
	switch {
	case errors.Is(err, context.Canceled) && job != nil && !end.Final():
		c.notes.say("stopped following: the Job goes on")
		return err
	case err != nil:
		return err
	}
	s := subject{job: job, pods: end.Pods, left: end.Left, gone: end.Gone}
	if job != nil {
		c.verdict(job, end)
		s.job = cmp.Or(end.Job, job)
	}
	if !end.Found {
		return c.nothing(ctx, r, []subject{s})
	}
	sum.Gaps += c.tellDeparted(ctx, []subject{s})
	if err := c.outcome(sum); err != nil || !c.o.ExitStatus {
		return err
	}
	return exit.Silent(exit.OfOutcome(outcomeOf(end)))
}

// joining is told of streams that join. A file that is in the way of the first ones is a reason not to begin; later it is no
// reason to end, and is told at the end.
func (c *command) joining() func([]logstream.Stream) error {
	begun := false
	return func(streams []logstream.Stream) error {
		c.names.Add(streams)
		if c.saver == nil || begun {
			return nil
		}
		begun = true
		return c.saver.check(streams)
	}
}

// checkContainer refuses a container that the Job does not have: it would be waited for until the Job has ended. What pods
// have and their template has not (a sidecar that was put in, one for debugging) is found in the pods.
func (c *command) checkContainer(ctx context.Context, job *batchv1.Job) error {
	name := c.o.Select.Container
	if name == "" || hasContainer(&corev1.Pod{Spec: job.Spec.Template.Spec}, name) {
		return nil
	}
	s, err := c.ofJob(ctx, job)
	if err != nil {
		return err
	}
	if len(s.pods) == 0 || slices.ContainsFunc(s.pods, func(p *corev1.Pod) bool { return hasContainer(p, name) }) {
		return nil
	}
	return noContainer(s.pods[0], name)
}

// following finds out what to follow: a Job, the newest Job of a CronJob, or pods alone.
func (c *command) following(ctx context.Context, r target.Resolver) (logtail.Following, *batchv1.Job, error) {
	if c.o.Selector != nil {
		return c.followPods(cluster.Selection{Namespace: r.Namespace, Labels: c.o.Selector}), nil, nil
	}
	object, err := c.resolve(ctx, r)
	if err != nil {
		return logtail.Following{}, nil, err
	}
	job := object.Job
	switch {
	case object.Pod != nil:
		return c.followPods(cluster.Named(object.Pod.Namespace, object.Pod.Name)), nil, nil
	case object.CronJob != nil:
		runs, err := c.runsOf(ctx, object.CronJob)
		if err != nil {
			return logtail.Following{}, nil, err
		}
		which := "newest"
		if job = current(runs); job != runs[len(runs)-1] {
			which = "running"
		}
		c.notes.say("following job/%s, the %s run of cronjob/%s", safetext.Cell(job.Name), which, safetext.Cell(object.CronJob.Name))
	}
	return logtail.Following{
		Feed: func(ctx context.Context, emit func(jobstatus.Change)) error {
			return c.client.Follow(ctx, cluster.Ref{Namespace: job.Namespace, Name: job.Name, UID: job.UID},
				cluster.FollowOptions{Pods: true, Metadata: c.o.Template != nil, Notice: func(text string) { c.notes.say("%s", safetext.Error(text)) }}, emit)
		},
		Pods: func(ctx context.Context, job *batchv1.Job) ([]*corev1.Pod, error) {
			s, err := c.ofJob(ctx, job)
			return s.pods, err
		},
	}, job, nil
}

func (c *command) followPods(s cluster.Selection) logtail.Following {
	return logtail.Following{Alone: true, Feed: func(ctx context.Context, emit func(jobstatus.Change)) error {
		return c.client.FollowPods(ctx, s, emit)
	}}
}

// verdict tells how the Job ended, unless it completed: that is what was waited for.
func (c *command) verdict(job *batchv1.Job, end logtail.Situation) {
	switch outcomeOf(end) {
	case jobstatus.FailedOutcome:
		c.notes.say("job %q failed: %s", job.Name, safetext.Cell(diagnosis.Headline(diagnosis.Facts{Status: statusOf(end, c.now())})))
	case jobstatus.Vanished:
		c.notes.say("job %q was deleted before it finished", job.Name)
	case jobstatus.Unfinished, jobstatus.Succeeded, jobstatus.ReplacedByTwin:
	}
}

// outcomeOf is how the Job ended.
func outcomeOf(end logtail.Situation) jobstatus.Outcome {
	if end.Job != nil {
		for _, cond := range end.Job.Status.Conditions {
			switch {
			case cond.Status != corev1.ConditionTrue:
			case cond.Type == batchv1.JobComplete:
				return jobstatus.Succeeded
			case cond.Type == batchv1.JobFailed:
				return jobstatus.FailedOutcome
			}
		}
	}
	if end.Gone {
		return jobstatus.Vanished
	}
	return jobstatus.Unfinished
}

// statusOf is what there is to say about the Job that is followed, from what is known of it and its pods.
func statusOf(now logtail.Situation, at time.Time) jobstatus.Status {
	var snap jobstatus.Snapshot
	snap.Apply(jobstatus.Change{Job: now.Job})
	for _, pod := range now.Pods {
		snap.Apply(jobstatus.Change{Pod: pod})
	}
	snap.Apply(jobstatus.Change{Synced: true})
	return jobstatus.Compute(snap, at)
}
