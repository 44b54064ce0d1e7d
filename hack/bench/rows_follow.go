package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// changes is how many changes of a status are timed in one run.
	changes = 21
	// steps is how many events a pod of the simulated nodes makes at least: created, scheduled, running, succeeded.
	steps = 4
)

// completionsToFollow is how many completions the Job has that is followed to its end; BENCH_COMPLETIONS sets another number.
func completionsToFollow() int32 {
	if n, err := strconv.ParseInt(os.Getenv("BENCH_COMPLETIONS"), 10, 32); err == nil && n > 0 {
		return int32(n)
	}
	return 10_000
}

// followRows are what following a Job is measured by: how soon a change is told, and what a long run costs.
func followRows() []row {
	n := completionsToFollow()
	name := fmt.Sprintf("follow %d completions, cpu per 1,000 pod events", n)
	pods := func(job string) []string { return kubectl("get", "pods", "-w", "-l", "job-name="+job).args }
	return []row{
		{
			name: "a change of status to its line", target: "≤ 1.0", runs: 3, before: managed,
			jobx:  timed("jobx", jobx("watch", "job/managed").args),
			peers: []contender{timed("kubectl", kubectl("get", "job/managed", "-w").args)},
		},
		{
			name: name, target: "cpu < 1s, < 60 MB", runs: 1,
			jobx: contender{name: "jobx", slow: true, measure: followed(n, func(job string) []string {
				return jobx("watch", "job/"+job, "-o", "json").args
			}, told)},
			peers: []contender{{name: "kubectl get pods -w", slow: true, measure: followed(n, pods, nil)}},
		},
		{
			name: "watch 10,000 live pods", target: "< 60 MB", runs: 1, before: live("live-10000", 10_000),
			jobx:  contender{name: "jobx", slow: true, measure: held(1, jobx("watch", "job/live-10000").args)},
			peers: []contender{{name: "kubectl get pods -w", slow: true, measure: held(10_000, pods("live-10000"))}},
		},
	}
}

// live returns a preparation that makes a Job of so many pods at once, which run until somebody deletes them.
func live(name string, pods int32) func(context.Context, *bench) error {
	return func(ctx context.Context, b *bench) error {
		wanted := job(name, pods)
		wanted.Spec.Parallelism = &pods
		wanted.Spec.Template.Annotations = map[string]string{"jobx.dev/run-for": "forever"}
		jobs := b.client.BatchV1().Jobs(namespace)
		if _, err := jobs.Create(ctx, wanted, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
		return poll(ctx, fmt.Sprintf("%d ready pods of job %q", pods, name), func() (bool, error) {
			j, err := jobs.Get(ctx, name, metav1.GetOptions{})
			return err == nil && j.Status.Ready != nil && *j.Status.Ready == pods, err
		})
	}
}

// holding is for how long a program that follows is left alone once it has told what there is.
const holding = 10 * time.Second

// held is the measure of a contender that follows what does not change: its wall is until it has told what there is, in so
// many lines, and its peak that of a while.
func held(told int, args []string) func(context.Context, *bench, string) (sample, error) {
	return func(ctx context.Context, _ *bench, kubeconfig string) (sample, error) {
		start := time.Now()
		l, err := startLines(ctx, args, kubeconfig)
		if err != nil {
			return sample{}, err
		}
		last := start
		for range told {
			if last, err = nextAt(ctx, l.came); err != nil {
				return sample{}, fmt.Errorf("%v: %w", args, err)
			}
		}
		select {
		case <-time.After(holding):
		case <-ctx.Done():
			return sample{}, ctx.Err()
		}
		return l.stop(last.Sub(start))
	}
}

// managed makes a Job that no controller writes to.
func managed(ctx context.Context, b *bench) error {
	j := job("managed", 1)
	j.Spec.ManagedBy = new("example.com/bench")
	_, err := b.client.BatchV1().Jobs(namespace).Create(ctx, j, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// lines starts a program and gives the moments at which a line of its output came.
type lines struct {
	cmd  *exec.Cmd
	came chan time.Time
	text []byte // what it wrote, once came is closed
}

func startLines(ctx context.Context, args []string, kubeconfig string) (*lines, error) {
	l := &lines{cmd: exec.CommandContext(ctx, args[0], args[1:]...), came: make(chan time.Time, 1<<14)}
	l.cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(l.came)
		for r := bufio.NewReaderSize(out, 1<<20); ; {
			line, err := r.ReadBytes('\n')
			if err != nil {
				return
			}
			l.text = append(l.text, line...)
			select {
			case l.came <- time.Now():
			default: // nobody counts them
			}
		}
	}()
	return l, nil
}

// stop ends the program and gives what the operating system counted of it.
func (l *lines) stop(wall time.Duration) (sample, error) {
	_ = l.cmd.Process.Signal(os.Interrupt)
	return l.wait(wall)
}

// wait waits until the program has ended by itself.
func (l *lines) wait(wall time.Duration) (sample, error) {
	for range l.came {
	}
	_ = l.cmd.Wait() // an exit code is no failure here: it was interrupted, or says how the Job ended
	return counted(l.cmd, wall)
}

// timed is a contender that is measured by how soon it tells a change: the median over several, from the server's reply to
// the writer until the line is out.
func timed(name string, args []string) contender {
	return contender{name: name, args: args, measure: func(ctx context.Context, b *bench, kubeconfig string) (sample, error) {
		l, err := startLines(ctx, args, kubeconfig)
		if err != nil {
			return sample{}, err
		}
		var took []time.Duration
		for i := range changes + 1 {
			if err := next(ctx, l.came); err != nil {
				return sample{}, fmt.Errorf("%v told nothing: %w", args, err)
			}
			if i == changes {
				break
			}
			if err := pause(ctx, l.came); err != nil {
				return sample{}, err
			}
			replied, err := b.toggle(ctx)
			if err != nil {
				return sample{}, err
			}
			at, err := nextAt(ctx, l.came)
			if err != nil {
				return sample{}, fmt.Errorf("%v did not tell change %d: %w", args, i, err)
			}
			took = append(took, at.Sub(replied))
			l.came <- at // the next round begins with a line that has come
		}
		return l.stop(median(took))
	}}
}

// apart is the time between two changes: they are timed one by one, not as a burst, which jobx takes together on purpose.
const apart = 100 * time.Millisecond

// pause lets the change before settle and forgets the lines about it.
func pause(ctx context.Context, came <-chan time.Time) error {
	settled := time.After(apart)
	for {
		select {
		case <-came:
		case <-settled:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func next(ctx context.Context, came <-chan time.Time) error {
	_, err := nextAt(ctx, came)
	return err
}

// nextAt waits for a line, not for ever.
func nextAt(ctx context.Context, came <-chan time.Time) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	select {
	case at, ok := <-came:
		if !ok {
			return at, errors.New("it has ended")
		}
		return at, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// toggle says of the managed Job that it is suspended, or that it no longer is, and returns when the server had replied.
func (b *bench) toggle(ctx context.Context) (time.Time, error) {
	jobs := b.client.BatchV1().Jobs(namespace)
	j, err := jobs.Get(ctx, "managed", metav1.GetOptions{})
	if err != nil {
		return time.Time{}, err
	}
	status := corev1.ConditionTrue
	if len(j.Status.Conditions) > 0 && j.Status.Conditions[0].Status == corev1.ConditionTrue {
		status = corev1.ConditionFalse
	}
	j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobSuspended, Status: status, LastTransitionTime: metav1.Now()}}
	_, err = jobs.UpdateStatus(ctx, j, metav1.UpdateOptions{})
	return time.Now(), err
}

// followed is the measure of a contender that follows a new Job to its end. Its wall is the Job's, so that the CPU time is
// what is to be read, given for a thousand events of pods. check looks at what the program wrote.
func followed(n int32, args func(job string) []string, check func(text []byte, n int32) error,
) func(context.Context, *bench, string) (sample, error) {
	return func(ctx context.Context, b *bench, kubeconfig string) (sample, error) {
		start := time.Now()
		j := job(fmt.Sprintf("follow-%d", start.UnixMilli()), n)
		if _, err := b.client.BatchV1().Jobs(namespace).Create(ctx, j, metav1.CreateOptions{}); err != nil {
			return sample{}, err
		}
		l, err := startLines(ctx, args(j.Name), kubeconfig)
		if err != nil {
			return sample{}, err
		}
		if err := b.finish(ctx, j); err != nil {
			return sample{}, err
		}
		end := l.stop
		if check != nil {
			end = l.wait // it ends with the Job
		}
		s, err := end(time.Since(start))
		if err == nil && check != nil {
			err = check(l.text, n)
		}
		s.cpu = s.cpu * 1000 / time.Duration(steps*n)
		background := metav1.DeletePropagationBackground
		return s, errors.Join(err, b.client.BatchV1().Jobs(namespace).Delete(ctx, j.Name, metav1.DeleteOptions{PropagationPolicy: &background}))
	}
}

// told holds that the Job is complete at last, and that each completion was told once.
func told(text []byte, n int32) error {
	var last struct {
		Kind    string
		Subject struct{ Name string }
		Status  struct {
			Outcome  string
			Progress struct{ Done, Total int32 }
		}
	}
	succeeded := map[string]int{}
	for line := range bytes.Lines(text) {
		last.Kind, last.Subject.Name = "", ""
		if err := json.Unmarshal(line, &last); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
		if last.Kind == "PodSucceeded" {
			succeeded[last.Subject.Name]++
		}
	}
	if p := last.Status.Progress; last.Status.Outcome != "Succeeded" || p.Done != n || p.Total != n {
		return fmt.Errorf("the last line says %+v", last.Status)
	}
	for pod, times := range succeeded {
		if times != 1 {
			return fmt.Errorf("the success of pod %q was told %d times", pod, times)
		}
	}
	if len(succeeded) != int(n) {
		return fmt.Errorf("the success of %d pods was told, of %d", len(succeeded), n)
	}
	return nil
}
