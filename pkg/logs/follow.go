package logs

import (
	"context"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
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
	if job != nil && !logstream.OneAtATime(job) {
		c.names.ExpectSeveral()
	}
	status := &status{o: c.o, notes: c.notes, now: c.now, names: c.names, began: c.now(), told: map[string]bool{}}
	f.Planner = logstream.Planner{Select: c.o.Select, Job: job}
	f.Joined, f.Look = c.names.Add, status.look
	sum, end, err := c.engine().Follow(ctx, f)
	if err != nil {
		return err
	}
	if job != nil {
		c.verdict(job, end)
	}
	if err := c.outcome(sum); err != nil || !c.o.ExitStatus {
		return err
	}
	return exit.Silent(exit.OfOutcome(outcomeOf(end)))
}

// following finds out what to follow: a Job, the newest Job of a CronJob, or pods alone.
func (c *command) following(ctx context.Context, r target.Resolver) (logtail.Following, *batchv1.Job, error) {
	if c.o.Selector != nil {
		return c.followPods(cluster.Selection{Namespace: r.Namespace, Labels: c.o.Selector}), nil, nil
	}
	object, err := r.Resolve(ctx, c.o.Target)
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
		job = runs[len(runs)-1]
		c.notes.say("following job/%s, the newest run of cronjob/%s", job.Name, object.CronJob.Name)
	}
	return logtail.Following{
		Feed: func(ctx context.Context, emit func(jobstatus.Change)) error {
			return c.client.Follow(ctx, cluster.Ref{Namespace: job.Namespace, Name: job.Name, UID: job.UID},
				cluster.FollowOptions{Pods: true, Notice: func(text string) { c.notes.say("%s", safetext.Error(text)) }}, emit)
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
		reason, message := failure(end.Job)
		c.notes.say("job %q failed: %s: %s", job.Name, safetext.Cell(reason), safetext.Cell(message))
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

// failure is why a Job failed or is going to.
func failure(job *batchv1.Job) (reason, message string) {
	for _, cond := range job.Status.Conditions {
		if (cond.Type == batchv1.JobFailed || cond.Type == batchv1.JobFailureTarget) && cond.Status == corev1.ConditionTrue {
			return cond.Reason, cond.Message
		}
	}
	return "", ""
}

// status tells on stderr what is waited for. It belongs to the goroutine that follows.
type status struct {
	o       Options
	notes   *notes
	names   *logtail.Names
	now     func() time.Time
	began   time.Time
	started bool
	told    map[string]bool
}

// quiet is for how long nothing is said about what has not started: most containers start within it.
const quiet = 2 * time.Second

// look tells what is new about what is waited for. The error says that --pod-running-timeout has passed.
func (s *status) look(now logtail.Situation) error {
	s.started = s.started || now.Reading > 0 || now.Queued > 0
	waited := s.now().Sub(s.began)
	if s.o.StartTimeout > 0 && !s.started && waited >= s.o.StartTimeout && !now.Final() {
		return fmt.Errorf("--pod-running-timeout %s: no container has started\n%s", s.o.StartTimeout, why(now))
	}
	if now.Queued > 0 && now.Reading >= s.o.Requests {
		s.once("queue", "%d logs are read at a time (--max-log-requests): the others wait for their turn", s.o.Requests)
	}
	if waited < quiet {
		return nil
	}
	if now.Job != nil && now.Job.Spec.Suspend != nil && *now.Job.Spec.Suspend && !now.Final() {
		s.once("suspended", "waiting: job %q is suspended", now.Job.Name)
	}
	for _, w := range now.Waiting {
		if age := s.now().Sub(w.Object.CreationTimestamp.Time); age >= quiet {
			s.once(w.Reason+"\x00"+w.Message, "waiting: pod %s, container %s: %s, %s", safetext.Cell(w.PodName()),
				safetext.Cell(w.Container), reasonOf(w), age.Round(time.Second))
		}
	}
	return nil
}

// once says something unless it has been said.
func (s *status) once(key, format string, args ...any) {
	if !s.told[key] {
		s.told[key] = true
		s.notes.say(format, args...)
	}
}

func why(now logtail.Situation) string {
	for _, w := range now.Waiting {
		return fmt.Sprintf("pod %q, container %q: %s", w.PodName(), w.Container, reasonOf(w))
	}
	return "it has no pod"
}

// reasonOf words why a container has not started.
func reasonOf(w logstream.Stream) string {
	text := safetext.Cell(w.Reason)
	if w.Message != "" {
		return text + ": " + safetext.Cell(w.Message)
	}
	if w.Reason == "ContainerCreating" || w.Reason == "PodInitializing" {
		for _, c := range w.Object.Spec.Containers {
			if c.Name == w.Container && c.Image != "" {
				return text + " (image " + safetext.Cell(c.Image) + ")"
			}
		}
	}
	return text
}
