package render

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/recorded"
)

// Where the recorded cases are.
const (
	ofJobs   = "../jobstatus/testdata/cases"
	ofCauses = "../diagnosis/testdata/recorded"
)

// factsOf is what why knows of a recorded Job.
func factsOf(c recorded.Case) diagnosis.Facts {
	f := diagnosis.FactsOf(c.Snapshot, c.Now)
	f.Logs = map[string]diagnosis.Log{}
	for _, l := range c.Logs {
		f.Logs[l.Pod] = diagnosis.Log{Container: l.Container, Lines: l.Lines}
	}
	return f
}

func jobPageOf(c recorded.Case) JobPage {
	f := factsOf(c)
	return JobPage{Job: f.Job, Status: f.Status, Report: diagnosis.OfJob(f), Events: true}
}

// cronPageOf is the page of a recorded CronJob; unread says why its runs or events could not be read.
func cronPageOf(c recorded.Case, unread map[jobstatus.Part]string) CronJobPage {
	s := diagnosis.OfCron(c.CronJob, c.Jobs, c.Now)
	events := slices.DeleteFunc(slices.Clone(c.Events), func(e *corev1.Event) bool { return e.InvolvedObject.UID != c.CronJob.UID })
	return CronJobPage{
		CronJob: c.CronJob, Status: s, Events: events, ShowEvents: true,
		Report:            diagnosis.OfCronJob(diagnosis.CronFacts{Status: s, CronJob: c.CronJob, Events: events, Unread: unread}),
		EventsUnavailable: unread[jobstatus.EventsPart], RunsUnavailable: unread[diagnosis.RunsPart],
	}
}

// find is the case of a name.
func find(t *testing.T, cases []recorded.Case, name string) recorded.Case {
	t.Helper()
	for _, c := range cases {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no case %s", name)
	return recorded.Case{}
}

// onSheets draws a page for a pipe and for a terminal of 80 columns.
func onSheets(t *testing.T, name string, draw func(*bytes.Buffer, Style) error) {
	t.Helper()
	var b bytes.Buffer
	for _, st := range []Style{{UTF8: true}, {UTF8: true, Width: 80, Height: 24}} {
		b.WriteString(title(st) + "====\n")
		if err := draw(&b, st); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, name, b.String())
}

// The page of each sort of Job: complete, failed, waiting for its next attempt, with a ttl, a deadline, a work queue,
// suspended, with more pods than a page shows, and with parts that cannot be read.
func TestDescribeJobGolden(t *testing.T) {
	for _, name := range []string{
		"complete", "failed-limit", "backing-off-again", "ttl", "deadline-ahead", "queue-draining", "suspended-midway",
		"item-failed-indexes", "policy-fail-job", "blocked-partly", "many-pods", "unreadable",
	} {
		t.Run(name, func(t *testing.T) {
			cases := recorded.Load(t, ofJobs, 40) // each page changes what it is given
			var c recorded.Case
			switch name {
			case "many-pods":
				c = find(t, cases, "running")
				for i := range 40 {
					c.Snapshot.Apply(jobstatus.Change{Pod: anotherPod(c.Snapshot.Job, i)})
				}
			case "unreadable":
				c = find(t, cases, "running")
				fresh := &jobstatus.Snapshot{}
				for _, change := range []jobstatus.Change{
					{Job: c.Snapshot.Job},
					{Unavailable: &jobstatus.Unavailable{Part: jobstatus.PodsPart, Why: "forbidden: cannot list pods"}},
					{Unavailable: &jobstatus.Unavailable{Part: jobstatus.EventsPart, Why: "forbidden: cannot list events"}},
					{Synced: true},
				} {
					fresh.Apply(change)
				}
				c.Snapshot = fresh
			default:
				c = find(t, cases, name)
			}
			page := jobPageOf(c)
			onSheets(t, "describe-job-"+name, func(b *bytes.Buffer, st Style) error { return DescribeJob(b, page, c.Now, st) })
		})
	}
}

// anotherPod is one more pod of a Job, of which every third has failed.
func anotherPod(job *batchv1.Job, i int) *corev1.Pod {
	p := &corev1.Pod{}
	p.Name, p.Namespace, p.UID = fmt.Sprintf("work-%02d", i), job.Namespace, jobUID(fmt.Sprint(i))
	p.CreationTimestamp = job.CreationTimestamp
	p.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", Name: job.Name, UID: job.UID, Controller: ptr(true)}}
	p.Status.Phase = corev1.PodRunning
	if i%3 == 0 {
		p.Status.Phase = corev1.PodFailed
		p.Status.Reason = "Evicted"
	}
	return p
}

// The page of each sort of CronJob.
func TestDescribeCronJobGolden(t *testing.T) {
	for _, name := range []string{
		"cron-well", "cron-suspended", "cron-forbid", "cron-refused", "cron-last-failed", "broken", "zone", "missed", "unreadable",
	} {
		t.Run(name, func(t *testing.T) {
			cases := recorded.Load(t, ofCauses, 12)
			unread := map[jobstatus.Part]string{}
			var c recorded.Case
			switch name {
			case "broken":
				c = find(t, cases, "cron-well")
				c.CronJob.Spec.Schedule = "every day"
			case "zone":
				c = find(t, cases, "cron-well")
				zone := "Mars/Olympus"
				c.CronJob.Spec.TimeZone = &zone
			case "missed":
				c = find(t, cases, "cron-last-failed")
				c.CronJob.Status.Active, c.Now = nil, c.Now.Add(2*time.Minute)
			case "unreadable":
				c = find(t, cases, "cron-forbid")
				c.Jobs, c.Events = nil, nil
				unread[diagnosis.RunsPart], unread[jobstatus.EventsPart] = "forbidden: cannot list jobs", "forbidden: cannot list events"
			default:
				c = find(t, cases, name)
			}
			page := cronPageOf(c, unread)
			onSheets(t, "describe-"+strings.Replace("cron-"+name, "cron-cron-", "cron-", 1), func(b *bytes.Buffer, st Style) error {
				return DescribeCronJob(b, page, c.Now, st)
			})
		})
	}
}

// What why says: that all is well, one cause, several, the end of a log, who did it, and what it could not read.
func TestWhyGolden(t *testing.T) {
	jobs, causes := recorded.Load(t, ofJobs, 40), recorded.Load(t, ofCauses, 12)
	for _, c := range []recorded.Case{
		find(t, jobs, "running"), find(t, jobs, "complete"), find(t, jobs, "backing-off-again"), find(t, jobs, "oom"), find(t, jobs, "unschedulable"),
		find(t, causes, "real-crash"), find(t, causes, "suspended-by"), find(t, causes, "real-volume"), find(t, causes, "real-sidecar"), find(t, causes, "finalizer"),
	} {
		report := diagnosis.OfJob(factsOf(c))
		onSheets(t, "why-"+c.Name, func(b *bytes.Buffer, st Style) error { return Why(b, report, c.Now, st) })
	}
	c := find(t, jobs, "running")
	f := factsOf(c)
	f.Status.Unavailable = map[jobstatus.Part]string{jobstatus.EventsPart: "forbidden: cannot list events"}
	f.Unread = map[jobstatus.Part]string{diagnosis.NodesPart: "forbidden: cannot get nodes"}
	onSheets(t, "why-unreadable", func(b *bytes.Buffer, st Style) error { return Why(b, diagnosis.OfJob(f), c.Now, st) })
}

// The lists that get gives when nothing else is asked for.
func TestGetGolden(t *testing.T) {
	var rows []*JobRow
	var crons []diagnosis.CronStatus
	var now time.Time
	for _, c := range recorded.Load(t, ofJobs, 40) {
		f := factsOf(c)
		f.Status.Name, now = c.Name, c.Now
		rows = append(rows, &JobRow{Status: f.Status, Headline: diagnosis.Headline(f)})
	}
	for _, c := range recorded.Load(t, ofCauses, 12) {
		if c.CronJob != nil {
			s := diagnosis.OfCron(c.CronJob, c.Jobs, c.Now)
			s.Name = c.Name
			crons = append(crons, s)
		}
	}
	for i := range rows { // they were recorded one after another
		rows[i].Status.Created = now.Add(-time.Hour)
	}
	for name, table := range map[string]func(Style) Table{
		"get-default-jobs": func(st Style) Table { return JobTable(rows, ListColumns{}, now, st) },
		"get-default-cronjobs": func(st Style) Table {
			return CronJobTable(crons, ListColumns{}, crons[0].AsOf, st)
		},
	} {
		var b bytes.Buffer
		for _, st := range []Style{{UTF8: true}, {UTF8: true, Width: 40, Height: 24}, {UTF8: true, Width: 80, Height: 24}, {UTF8: true, Width: 120, Height: 24}} {
			b.WriteString(title(st) + "====\n")
			if err := table(st).Write(&b, st); err != nil {
				t.Fatal(err)
			}
		}
		golden(t, name, b.String())
	}
}
