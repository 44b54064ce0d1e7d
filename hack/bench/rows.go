package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// namespace is where the measured Jobs live; they are made once and stay until the cluster goes.
const namespace = "jobx-bench"

// row is one thing that people do, done by jobx and by others.
type row struct {
	name   string
	jobx   contender
	peers  []contender // each makes a line of the table
	target string      // jobx's time over the peer's
	runs   int         // at most; 0: as asked for
	before func(context.Context, *bench) error
}

// catalogue is every row, in the order of the table: those for simulated nodes, or those for a real one.
func catalogue(realNode bool) []row {
	if realNode {
		return realLogsRows()
	}
	return slices.Concat(actRows(), watchRows(), seeRows(), logsRows(), followRows())
}

// jobx is a command line of ours, in the namespace of the bench.
func jobx(args ...string) contender {
	return contender{name: "jobx", args: append(append([]string{"kubectl-jobx"}, args...), "-n", namespace)}
}

// kubectl is a command line of kubectl's, in the namespace of the bench.
func kubectl(args ...string) contender {
	return contender{name: "kubectl", args: append(append([]string{"kubectl"}, args...), "-n", namespace)}
}

// prepare makes the namespace.
func (b *bench) prepare(ctx context.Context) error {
	_, err := b.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}},
		metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}

// finished returns a preparation that makes a Job of so many completions, unless it is there, and waits for its end.
func finished(name string, completions int32) func(context.Context, *bench) error {
	return func(ctx context.Context, b *bench) error { return b.finish(ctx, job(name, completions)) }
}

// finish makes a Job, unless it is there, and waits for its end.
func (b *bench) finish(ctx context.Context, wanted *batchv1.Job) error {
	jobs := b.client.BatchV1().Jobs(namespace)
	_, err := jobs.Create(ctx, wanted, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) && !apierrors.IsForbidden(err) {
		return err
	}
	return poll(ctx, fmt.Sprintf("the end of job %q", wanted.Name), func() (bool, error) {
		j, err := jobs.Get(ctx, wanted.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil && j.Status.CompletionTime != nil, err
	})
}

// poll waits until something holds.
func poll(ctx context.Context, what string, holds func() (bool, error)) error {
	for {
		done, err := holds()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func job(name string, completions int32) *batchv1.Job {
	parallelism := min(completions, 500)
	mode := batchv1.IndexedCompletion
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"bench": name}},
		Spec: batchv1.JobSpec{
			Completions: &completions, Parallelism: &parallelism, CompletionMode: &mode,
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever,
				Containers:    []corev1.Container{{Name: "main", Image: "busybox", Command: []string{"true"}}},
			}},
		},
	}
}
