package main

import (
	"context"
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// namespace is where the measured Jobs live; they are made once and stay until the cluster goes.
const namespace = "jobx-bench"

// row is one comparison.
type row struct {
	name          string
	jobx, kubectl []string
	target        string
	runs          int // at most; 0: as asked for
	before        func(context.Context, *bench) error
}

func catalogue() []row {
	jobx := func(args ...string) []string { return append([]string{"kubectl-jobx"}, args...) }
	kubectl := func(args ...string) []string { return append([]string{"kubectl"}, args...) }
	in := func(args ...string) []string { return append(args, "-n", namespace) }
	return []row{
		{name: "start", jobx: jobx("--help"), kubectl: kubectl("--help"), target: "≤ 0.25"},
		{
			name: "watch, finished Job", jobx: jobx(in("watch", "job/done-1")...),
			kubectl: kubectl(in("get", "job/done-1")...), target: "≤ 1.0", before: finished("done-1", 1),
		},
		{
			name: "wait, finished Job", jobx: jobx(in("wait", "job/done-1")...),
			kubectl: kubectl(in("wait", "--for=condition=complete", "job/done-1")...), target: "≤ 0.3",
			before: finished("done-1", 1),
		},
		{
			name: "describe, 200 pods", jobx: jobx(in("describe", "job/done-200")...),
			kubectl: kubectl(in("describe", "job/done-200")...), target: "≤ 0.5", before: finished("done-200", 200),
		},
		{
			name: "pods of 200", jobx: jobx(in("pods", "job/done-200")...),
			kubectl: kubectl(in("get", "pods", "-l", "job-name=done-200")...), target: "≤ 0.35", before: finished("done-200", 200),
		},
	}
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
	return func(ctx context.Context, b *bench) error {
		jobs := b.client.BatchV1().Jobs(namespace)
		_, err := jobs.Create(ctx, job(name, completions), metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) && !apierrors.IsForbidden(err) {
			return err
		}
		for {
			j, err := jobs.Get(ctx, name, metav1.GetOptions{})
			if err == nil && j.Status.CompletionTime != nil {
				return nil
			}
			if err != nil && !apierrors.IsNotFound(err) {
				return err
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("job %q did not finish: %w", name, ctx.Err())
			case <-time.After(200 * time.Millisecond):
			}
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
