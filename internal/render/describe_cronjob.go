package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// CronJobPage is what a describe page tells of a CronJob.
type CronJobPage struct {
	CronJob *batchv1.CronJob
	Status  diagnosis.CronStatus
	Report  diagnosis.Report
	Events  []*corev1.Event
	// EventsUnavailable and RunsUnavailable say why these could not be read; empty: they could.
	EventsUnavailable, RunsUnavailable string
	ShowEvents                         bool
}

// DescribeCronJob writes the page: when it runs next and how its last runs went first. Times of day are in its own zone,
// and in that of now where they differ. The error is the write's.
func DescribeCronJob(w io.Writer, d CronJobPage, now time.Time, st Style) error {
	p := &page{st: st}
	p.cronHead(d, now)
	p.cronSpec(d, now)
	p.flush()
	p.nextRuns(d.Status, now)
	p.runs(d, now)
	p.jobTemplate(&d.CronJob.Spec.JobTemplate.Spec)
	p.cronStatus(d, now)
	if d.ShowEvents {
		p.events(jobstatus.Fold(d.Events), d.EventsUnavailable, cronEvents, now)
	}
	return p.writeTo(w)
}

func (p *page) cronHead(d CronJobPage, now time.Time) {
	s, st := d.Status, p.st
	p.putRole(0, "Name", st.Text(d.CronJob.Name), Bold)
	p.text(0, "Namespace", d.CronJob.Namespace)
	state := st.Paint(cronRole(s), string(s.State))
	if len(s.Next) > 0 {
		state += ", next run in " + Duration(s.Next[0].Sub(now))
	}
	p.put(0, "Status", state)
	p.reason(d.Report)
	if d.RunsUnavailable == "" {
		p.put(0, "Last Runs", cmp.Or(Streak(s.Runs, longStreak, st), noneWord))
	}
	if s.LastSuccess.IsZero() {
		p.put(0, "Last Success", noneWord)
	} else {
		p.put(0, "Last Success", timeWords(s.LastSuccess, now))
	}
}

func cronRole(s diagnosis.CronStatus) Role {
	switch s.State {
	case diagnosis.Broken:
		return Bad
	case diagnosis.Paused, diagnosis.BeingGone, diagnosis.NeverAgain:
		return Warn
	case diagnosis.Running:
		return Busy
	case diagnosis.Scheduled:
	}
	return Plain
}

func (p *page) cronSpec(d CronJobPage, now time.Time) {
	spec, s, st := &d.CronJob.Spec, d.Status, p.st
	p.labels(0, "Labels", d.CronJob.Labels, "=")
	p.annotations(0, "Annotations", d.CronJob.Annotations)
	schedule := st.Text(spec.Schedule)
	if s.Words != "" && s.Words != spec.Schedule {
		schedule += " (" + st.Text(s.Words) + ")"
	}
	p.put(0, "Schedule", schedule)
	p.put(0, "Concurrency Policy", st.Text(string(spec.ConcurrencyPolicy))+concurrencyWords(spec.ConcurrencyPolicy))
	suspend := "False"
	switch {
	case spec.Suspend == nil:
		suspend = unset
	case *spec.Suspend:
		suspend = "True"
	}
	p.put(0, "Suspend", suspend)
	switch {
	case spec.TimeZone != nil:
		p.text(0, "Time Zone", *spec.TimeZone)
	case s.Assumed:
		p.put(0, "Time Zone", unset+" ("+st.Text(s.TimeZone)+" is assumed; it is that of kube-controller-manager)")
	default:
		p.put(0, "Time Zone", unset+" ("+st.Text(s.TimeZone)+", as the schedule says)")
	}
	p.orUnset("Successful Job History Limit", spec.SuccessfulJobsHistoryLimit)
	p.orUnset("Failed Job History Limit", spec.FailedJobsHistoryLimit)
	if spec.StartingDeadlineSeconds != nil {
		p.put(0, "Starting Deadline Seconds", fmt.Sprintf("%ds (a run that is later than this is left out)", *spec.StartingDeadlineSeconds))
	} else {
		p.put(0, "Starting Deadline Seconds", unset)
	}
	if s.Missed > 0 {
		more := ""
		if s.MissedMore {
			more = "more than "
		}
		p.putRole(0, "Missed Slots", fmt.Sprintf("%s%d since the last run, the latest %s", more, s.Missed, timeWords(s.LatestMissed, now)), Warn)
	}
}

func (p *page) orUnset(label string, n *int32) {
	if n == nil {
		p.put(0, label, unset)
		return
	}
	p.put(0, label, strconv.Itoa(int(*n)))
}

func concurrencyWords(policy batchv1.ConcurrencyPolicy) string {
	switch policy {
	case batchv1.AllowConcurrent:
		return " (runs may overlap)"
	case batchv1.ForbidConcurrent:
		return " (a run that is due while another is active waits for it)"
	case batchv1.ReplaceConcurrent:
		return " (a run that is due takes the place of the active one)"
	}
	return ""
}

// nextRuns are the coming slots in the CronJob's zone, and in the reader's where that is another.
func (p *page) nextRuns(s diagnosis.CronStatus, now time.Time) {
	if len(s.Next) == 0 {
		why := noneWord
		if s.Suspend {
			why = noneWord + " (suspended)"
		}
		p.put(0, "Next Runs", why)
		p.flush()
		return
	}
	p.title(0, "Next Runs")
	const layout = "Mon 2006-01-02 15:04:05 MST"
	t := Table{Indent: "  "}
	for _, slot := range s.Next {
		row := []string{slot.Format(layout), "in " + Duration(slot.Sub(now))}
		if here := slot.In(now.Location()); here.Format(layout) != slot.Format(layout) {
			row = append(row, here.Format(layout))
		}
		t.Rows = append(t.Rows, row)
	}
	p.table(t)
}

func (p *page) runs(d CronJobPage, now time.Time) {
	switch {
	case d.RunsUnavailable != "":
		p.put(0, "Runs", "<"+p.st.Text(d.RunsUnavailable)+">")
		p.flush()
		return
	case len(d.Status.Runs) == 0:
		p.put(0, "Runs", noneWord)
		p.flush()
		return
	}
	p.title(0, "Runs")
	t := Table{
		Headers: []string{"Name", "Status", "Scheduled", "Started", "Duration", "Reason"}, Indent: "  ", Yields: []string{"Started", "Duration"},
	}
	for _, r := range d.Status.Runs {
		scheduled := none
		switch {
		case r.Manual:
			scheduled = "by hand"
		case !r.Scheduled.IsZero():
			scheduled = r.Scheduled.Format("01-02 15:04 MST")
		}
		started, took := none, none
		if !r.Start.IsZero() {
			started, took = Since(r.Start, now)+" ago", Duration(r.Duration)
		}
		t.Rows = append(t.Rows, []string{
			p.st.Text(r.Name), p.st.Paint(runRole(r), string(r.State)), scheduled, started, took, p.st.Text(runReason(r)),
		})
	}
	p.table(t)
}

func runReason(r diagnosis.Run) string {
	if r.Reason == string(r.State) {
		return ""
	}
	return r.Reason
}

func runRole(r diagnosis.Run) Role {
	switch r.Outcome {
	case jobstatus.Succeeded:
		return Good
	case jobstatus.FailedOutcome:
		return Bad
	case jobstatus.Unfinished, jobstatus.Vanished, jobstatus.ReplacedByTwin:
	}
	return Busy
}

// longStreak is how many runs a streak shows.
const longStreak = 10

// Streak is how the last runs went, oldest first: ✓✓✗▸.
func Streak(runs []diagnosis.Run, most int, st Style) string {
	var b strings.Builder
	for _, r := range slices.Backward(runs[:min(most, len(runs))]) {
		switch runRole(r) {
		case Good:
			b.WriteString(st.Paint(Good, st.either("✓", "+")))
		case Bad:
			b.WriteString(st.Paint(Bad, st.either("✗", "x")))
		default:
			b.WriteString(st.Paint(Busy, st.either("▸", ">")))
		}
	}
	return b.String()
}

// jobTemplate is what the runs are made of, with kubectl's labels.
func (p *page) jobTemplate(spec *batchv1.JobSpec) {
	p.put(0, "Selector", p.st.Text(selectorWords(spec.Selector)))
	p.orUnset("Parallelism", spec.Parallelism)
	p.orUnset("Completions", spec.Completions)
	if spec.CompletionMode != nil {
		p.text(0, "Completion Mode", string(*spec.CompletionMode))
	}
	p.retries(spec)
	p.policies(spec)
	if spec.ActiveDeadlineSeconds != nil {
		p.put(0, "Active Deadline Seconds", fmt.Sprintf("%ds", *spec.ActiveDeadlineSeconds))
	}
	if spec.TTLSecondsAfterFinished != nil {
		p.put(0, "TTL Seconds After Finished", strconv.Itoa(int(*spec.TTLSecondsAfterFinished)))
	}
	p.flush()
	p.podTemplate(0, &spec.Template)
}

func (p *page) cronStatus(d CronJobPage, now time.Time) {
	if t := d.CronJob.Status.LastScheduleTime; t != nil {
		p.put(0, "Last Schedule Time", timeWords(t.Time, now))
	} else {
		p.put(0, "Last Schedule Time", unset)
	}
	names := make([]string, len(d.CronJob.Status.Active))
	for i, ref := range d.CronJob.Status.Active {
		names[i] = p.st.Text(ref.Name)
	}
	p.put(0, "Active Jobs", orWord(strings.Join(names, ", "), noneWord))
	p.flush()
}
