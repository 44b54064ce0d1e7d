package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// actRows are what scale and delete are measured by. The large deletion is of Jobs that wanted no pod, since making a
// thousand with one takes minutes; what pods cost is measured with fewer Jobs.
func actRows() []row {
	scaled := func(ctx context.Context, b *bench) error { return b.suspendedWith(ctx, "scaled", 1) }
	one := func(ctx context.Context, b *bench) error { return b.suspendedWith(ctx, "one", 1) }
	return []row{
		{
			name: "delete 1,000 finished Jobs, no pods", jobx: jobx("delete", "-l", "bench=bulk", "--yes"),
			peers:  []contender{named("kubectl, not waiting", kubectl("delete", "jobs", "-l", "bench=bulk", "--wait=false"))},
			target: "≤ 0.59", runs: 3, before: bulk(1000, 0),
		},
		{
			name: "delete 1,000 finished Jobs, no pods", jobx: jobx("delete", "-l", "bench=bulk", "--yes"),
			peers:  []contender{slow(named("kubectl, waiting", kubectl("delete", "jobs", "-l", "bench=bulk")))},
			target: "≤ 0.033", before: bulk(1000, 0),
		},
		{
			name: "delete 200 finished Jobs, 200 pods", jobx: jobx("delete", "-l", "bench=bulk", "--yes"),
			peers:  []contender{named("kubectl, waiting", kubectl("delete", "jobs", "-l", "bench=bulk"))},
			target: "≤ 0.033", runs: 1, before: bulk(200, 1),
		},
		{
			// kubectl scale knows no Jobs.
			name: "scale", jobx: jobx("scale", "job/scaled", "--replicas", "4"),
			peers:  []contender{named("kubectl patch", kubectl("patch", "job", "scaled", "--type=merge", "-p", `{"spec":{"parallelism":4}}`))},
			target: "2 requests", before: scaled,
		},
		{
			name: "delete by name, not waiting", jobx: jobx("delete", "job/one", "--wait=false"),
			peers: []contender{kubectl("delete", "job/one", "--wait=false")}, target: "2 requests", before: one,
		},
		{
			name: "delete by name", jobx: jobx("delete", "job/one"), peers: []contender{kubectl("delete", "job/one")},
			target: "pods gone too", before: one, // kubectl does not look; the list of pods waits until the server's cache is fresh
		},
	}
}

// named gives a contender another name in the table.
func named(name string, c contender) contender {
	c.name = name
	return c
}

// suspendedWith makes a suspended Job of that parallelism, or gives it back to one that is there.
func (b *bench) suspendedWith(ctx context.Context, name string, parallelism int32) error {
	j := job(name, 8)
	j.Spec.Suspend, j.Spec.Parallelism = new(true), &parallelism
	jobs := b.client.BatchV1().Jobs(namespace)
	_, err := jobs.Create(ctx, j, metav1.CreateOptions{})
	for apierrors.IsAlreadyExists(err) {
		var there *batchv1.Job
		if there, err = jobs.Get(ctx, name, metav1.GetOptions{}); err == nil {
			there.Spec.Parallelism = &parallelism
			_, err = jobs.Update(ctx, there, metav1.UpdateOptions{})
		}
		if apierrors.IsConflict(err) {
			err = apierrors.NewAlreadyExists(batchv1.Resource("jobs"), name) // the controller was quicker: once more
		}
	}
	return err
}

// bulk returns a preparation that waits until no pods of an earlier round are left, makes so many Jobs of so many
// completions, and waits until all of them are finished.
func bulk(n int, completions int32) func(context.Context, *bench) error {
	return func(ctx context.Context, b *bench) error {
		if err := poll(ctx, "the pods of an earlier round to go", func() (bool, error) {
			left, err := b.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "bench=bulk", Limit: 1})
			return err == nil && len(left.Items) == 0, err
		}); err != nil {
			return err
		}
		var group errgroup.Group
		group.SetLimit(32)
		for i := range n {
			group.Go(func() error {
				j := job(fmt.Sprintf("bulk-%04d", i), completions)
				j.Labels["bench"] = "bulk"
				j.Spec.Template.Labels = map[string]string{"bench": "bulk"}
				_, err := b.client.BatchV1().Jobs(namespace).Create(ctx, j, metav1.CreateOptions{})
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		return poll(ctx, "the end of all Jobs", func() (bool, error) {
			done, err := b.client.BatchV1().Jobs(namespace).List(ctx, metav1.ListOptions{
				LabelSelector: "bench=bulk", ResourceVersion: "0", // from memory: this is asked often
			})
			if err != nil {
				return false, err
			}
			finished := 0
			for _, j := range done.Items {
				if j.Status.CompletionTime != nil {
					finished++
				}
			}
			return finished == n, nil
		})
	}
}
