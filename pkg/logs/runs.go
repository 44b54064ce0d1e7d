package logs

import (
	"context"
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// ofCronJob finds the pods of the CronJob's newest runs, oldest first, or of the one that is meant when none is said.
func (c *command) ofCronJob(ctx context.Context, cronJob *batchv1.CronJob) ([]subject, error) {
	jobs, err := c.runsOf(ctx, cronJob)
	if err != nil {
		return nil, err
	}
	chosen := jobs[max(0, len(jobs)-c.o.Runs):]
	if c.o.Runs == 0 {
		chosen = []*batchv1.Job{current(jobs)}
	}
	var all []subject
	for _, job := range chosen {
		s, err := c.ofJob(ctx, job)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// current is the newest of the runs that have not ended, or else the newest of all.
func current(runs []*batchv1.Job) *batchv1.Job {
	for _, job := range slices.Backward(runs) {
		if !jobstatus.Finished(job) {
			return job
		}
	}
	return runs[len(runs)-1]
}

// runsOf finds the Jobs of a CronJob, by owner, oldest first: at least one.
func (c *command) runsOf(ctx context.Context, cronJob *batchv1.CronJob) ([]*batchv1.Job, error) {
	jobs, err := c.client.RunsOf(ctx, cronJob)
	if err != nil {
		return nil, err
	}
	if len(jobs) == 0 {
		return nil, fmt.Errorf("cronjob %q in namespace %q has no runs\nkubectl create job NAME --from=cronjob/%s starts one",
			cronJob.Name, cronJob.Namespace, cronJob.Name)
	}
	return jobs, nil
}
