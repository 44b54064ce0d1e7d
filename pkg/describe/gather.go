package describe

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

func (c *command) jobPage(ctx context.Context, job *batchv1.Job, around *cluster.Around) page {
	look := around.Snapshot(ctx, job)
	facts := diagnosis.FactsOf(look.Snapshot, c.f.Now())
	return page{job: &render.JobPage{
		Job: job, Status: facts.Status, Report: diagnosis.OfJob(facts), PodsLeftOut: look.PodsLeftOut,
		EventsLeftOut: look.EventsLeftOut, Events: c.o.ShowEvents,
	}}
}

// cronJobPage reads the CronJob's runs, which only its UID tells.
func (c *command) cronJobPage(ctx context.Context, cronJob *batchv1.CronJob, around *cluster.Around) (page, error) {
	runs, err := c.client.RunsOf(ctx, cronJob)
	why := ""
	if err != nil {
		if why = cluster.Why("jobs", err); why == "" {
			return page{}, err
		}
	}
	events, eventsWhy := around.Events()
	now := c.f.Now()
	status := diagnosis.OfCron(cronJob, runs, now)
	var own diagnosis.CronFacts
	own.Status, own.CronJob = status, cronJob
	own.Unread = map[jobstatus.Part]string{jobstatus.EventsPart: eventsWhy, diagnosis.RunsPart: why}
	for _, e := range events {
		if e.InvolvedObject.UID == cronJob.UID {
			own.Events = append(own.Events, e)
		}
	}
	return page{cron: &render.CronJobPage{
		CronJob: cronJob, Status: status, Report: diagnosis.OfCronJob(own), Events: own.Events,
		EventsUnavailable: eventsWhy, RunsUnavailable: why, ShowEvents: c.o.ShowEvents,
	}}, nil
}
