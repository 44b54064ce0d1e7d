package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// seeRows are what get, pods, describe and why are measured by, and the start of the program.
func seeRows() []row {
	return []row{
		{
			// No namespace here: kubectl takes what follows a first flag for a plugin's name.
			name: "start", jobx: contender{name: "jobx", args: []string{"kubectl-jobx", "--help"}},
			peers: []contender{{name: "kubectl", args: []string{"kubectl", "--help"}}}, target: "≤ 0.25",
		},
		{
			name: "describe, 200 pods", jobx: jobx("describe", "job/done-200"),
			peers: []contender{kubectl("describe", "job/done-200")}, target: "≤ 0.5", before: finished("done-200", 200),
		},
		{
			name: "pods of 200", jobx: jobx("pods", "job/done-200"),
			peers: []contender{kubectl("get", "pods", "-l", "job-name=done-200")}, target: "≤ 0.35", before: finished("done-200", 200),
		},
		{
			name: "pods of 10,000", jobx: jobx("pods", "job/done-10000"),
			peers:  []contender{kubectl("get", "pods", "-l", "job-name=done-10000")},
			target: "≤ 0.25, 60 MiB", before: finished("done-10000", 10_000),
		},
		{
			// Beside its own table: a name is not to cost more than a row.
			name: "pods -o name of 10,000", jobx: jobx("pods", "job/done-10000", "-o", "name"),
			peers: []contender{
				kubectl("get", "pods", "-l", "job-name=done-10000", "-o", "name"),
				{name: "the table", args: jobx("pods", "job/done-10000").args},
			},
			target: "≤ 1.0", before: finished("done-10000", 10_000),
		},
		{
			name: "describe, 10,000 pods", jobx: jobx("describe", "job/done-10000"),
			peers: []contender{kubectl("describe", "job/done-10000")}, target: "≤ 1.0", before: finished("done-10000", 10_000),
		},
		{
			name: "get 5,000 Jobs", jobx: contender{name: "jobx", args: []string{"kubectl-jobx", "get", "jobs", "-A"}},
			peers:  []contender{{name: "kubectl", args: []string{"kubectl", "get", "jobs", "-A"}}},
			target: "≤ 0.35, 60 MiB", before: manyJobs,
		},
	}
}

// manyJobs makes 5,000 suspended Jobs in ten namespaces, unless they are there: they need no pods.
func manyJobs(ctx context.Context, b *bench) error {
	const namespaces, each, atOnce = 10, 500, 16
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for n := range namespaces {
		space := fmt.Sprintf("%s-many-%d", namespace, n)
		have, err := b.client.BatchV1().Jobs(space).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		if len(have.Items) >= each {
			continue
		}
		_, err = b.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: space}}, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
		for i := range each {
			group.Go(func() error {
				suspended, j := true, job(fmt.Sprintf("many-%d", i), 1)
				j.Spec.Suspend = &suspended
				_, err := b.client.BatchV1().Jobs(space).Create(ctx, j, metav1.CreateOptions{})
				if apierrors.IsAlreadyExists(err) {
					return nil
				}
				return err
			})
		}
	}
	return group.Wait()
}
