package render

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// JobRow is what a list tells of a Job.
type JobRow struct {
	Status   jobstatus.Status
	Headline string // why all is not well
	Owner    string // kind/name of its controller
	Images   string
}

// NewJobRow makes the row of a Job.
func NewJobRow(job *batchv1.Job, s jobstatus.Status) JobRow {
	r := JobRow{Status: s, Headline: diagnosis.Headline(diagnosis.Facts{Status: s, Job: job})}
	if ref := metav1.GetControllerOf(job); ref != nil {
		r.Owner = strings.ToLower(ref.Kind) + "/" + ref.Name
	}
	images := make([]string, 0, len(job.Spec.Template.Spec.Containers))
	for _, c := range job.Spec.Template.Spec.Containers {
		images = append(images, c.Image)
	}
	r.Images = strings.Join(images, ",")
	return r
}

// ListColumns says which columns a list has beside its usual ones.
type ListColumns struct{ Namespace, Wide bool }

// miniBar is the width of the bar beside COMPLETIONS, which terminals have room for from a width on.
const (
	miniBar     = 6
	roomForBars = 100
)

// reasonRoom is how much of REASON is worth more than what makes room for it.
const reasonRoom = 36

// JobTable is Jobs as a table.
func JobTable(rows []*JobRow, c ListColumns, now time.Time, st Style) Table {
	t := c.jobTable()
	t.Rows = make([][]string, 0, len(rows))
	for _, r := range rows {
		row := jobCells(st.Text(r.Status.Name), r, c, now, st)
		if c.Namespace {
			row = append([]string{st.Text(r.Status.Namespace)}, row...)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// jobTable is a table of Jobs without rows.
func (c ListColumns) jobTable() Table {
	return Table{
		Headers: c.jobHeaders(), Names: nameColumn, LastRoom: reasonRoom,
		Yields: []string{"IMAGES", "SUCCEEDED", "ACTIVE", "FAILED", "OWNER", "DURATION", "AGE"},
	}
}

// nameColumn is the column of names.
const nameColumn = "NAME"

func (c ListColumns) jobHeaders() []string {
	headers := []string{"NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"}
	if c.Wide {
		headers = append(headers, "ACTIVE", "SUCCEEDED", "FAILED", "OWNER", "IMAGES")
	}
	headers = append(headers, "REASON")
	if c.Namespace {
		headers = append([]string{"NAMESPACE"}, headers...)
	}
	return headers
}

func jobCells(name string, r *JobRow, c ListColumns, now time.Time, st Style) []string {
	s := r.Status
	took := none
	if !s.Start.IsZero() {
		took = Duration(s.Duration)
	}
	cells := []string{name, st.Paint(stateRole(s), string(s.State)), completions(s, st), took, Since(s.Created, now)}
	if c.Wide {
		n := s.Counts
		cells = append(cells, fmt.Sprint(n.Active), fmt.Sprint(n.Succeeded), fmt.Sprint(n.Failed), orNone(st.Text(r.Owner)),
			orNone(st.Text(r.Images)))
	}
	return append(cells, st.Text(r.Headline))
}

// completions is kubectl's done/total, with a small bar on a terminal: a work queue is "1/1 of 3" after its first success.
func completions(s jobstatus.Status, st Style) string {
	text := fmt.Sprintf("%d/%d", s.Progress.Done, s.Progress.Total)
	fraction, known := s.Progress.Fraction()
	switch {
	case s.Kind == jobstatus.WorkQueue && s.Parallelism > 1:
		text = fmt.Sprintf("%d/1 of %d", s.Counts.Succeeded, s.Parallelism)
	case s.Kind == jobstatus.WorkQueue:
		text = fmt.Sprintf("%d/1", s.Counts.Succeeded)
	case s.Completions != nil:
		text = fmt.Sprintf("%d/%d", s.Counts.Succeeded, *s.Completions)
	}
	if st.Width < roomForBars || !known {
		return text
	}
	role := Good
	if s.Failing || s.Outcome == jobstatus.FailedOutcome {
		role = Bad
	}
	return Bar(fraction, miniBar, role, st) + " " + text
}

// CronJobTable is CronJobs as a table.
func CronJobTable(list []diagnosis.CronStatus, c ListColumns, now time.Time, st Style) Table {
	t := Table{Headers: []string{"NAME", "SCHEDULE", "TIMEZONE", "SUSPEND", "ACTIVE", "LAST", "LAST OK", "NEXT", "RUNS"}}
	if c.Wide {
		t.Headers = append(t.Headers, "IN WORDS", "POLICY", "AGE")
	}
	t.Headers = append(t.Headers, "REASON")
	if c.Namespace {
		t.Headers = append([]string{"NAMESPACE"}, t.Headers...)
	}
	t.Rows = make([][]string, 0, len(list))
	for _, s := range list {
		row := cronCells(s, now, st)
		if c.Wide {
			row = append(row, orNone(st.Text(s.Words)), st.Text(s.Policy), Since(s.Created, now))
		}
		row = append(row, st.Text(s.Headline))
		if c.Namespace {
			row = append([]string{st.Text(s.Namespace)}, row...)
		}
		t.Rows = append(t.Rows, row)
	}
	// REASON says of itself that one is suspended.
	t.Yields = []string{"POLICY", "AGE", "SUSPEND", "ACTIVE", "LAST", "TIMEZONE", "LAST OK", "IN WORDS"}
	t.LastRoom, t.Names = reasonRoom, nameColumn
	return t
}

func cronCells(s diagnosis.CronStatus, now time.Time, st Style) []string {
	zone := s.TimeZone
	if s.Assumed {
		zone += "?"
	}
	suspend := "False"
	if s.Suspend {
		suspend = st.Paint(Warn, "True")
	}
	const streak = 5
	return []string{
		st.Text(s.Name), st.Text(s.Schedule), orNone(st.Text(zone)), suspend, fmt.Sprint(s.Active), agoOrNone(s.Last, now),
		agoOrNone(s.LastSuccess, now), nextRun(s, now), cmp.Or(Streak(s.Runs, streak, st), none),
	}
}

func agoOrNone(t, now time.Time) string {
	if t.IsZero() {
		return noneWord
	}
	return Since(t, now)
}

// nextRun is how long it is until the next run.
func nextRun(s diagnosis.CronStatus, now time.Time) string {
	if len(s.Next) == 0 {
		return none
	}
	return "in " + Duration(s.Next[0].Sub(now))
}

// Branch is a CronJob with its runs.
type Branch struct {
	CronJob diagnosis.CronStatus
	Runs    []*JobRow
}

// Tree is CronJobs with their runs below them, and the Jobs that stand alone.
func Tree(branches []Branch, alone []*JobRow, c ListColumns, now time.Time, st Style) Table {
	t := c.jobTable()
	add := func(namespace string, cells []string) {
		if c.Namespace {
			cells = append([]string{st.Text(namespace)}, cells...)
		}
		t.Rows = append(t.Rows, cells)
	}
	for _, b := range branches {
		add(b.CronJob.Namespace, trunk(b.CronJob, c, now, st))
		for i, r := range b.Runs {
			sign := st.either("├─ ", "|- ")
			if i == len(b.Runs)-1 {
				sign = st.either("└─ ", "`- ")
			}
			add(b.CronJob.Namespace, jobCells(sign+st.Text("job/"+r.Status.Name), r, c, now, st))
		}
	}
	for _, r := range alone {
		add(r.Status.Namespace, jobCells(st.Text("job/"+r.Status.Name), r, c, now, st))
	}
	return t
}

// trunk is the row of a CronJob above its runs.
func trunk(s diagnosis.CronStatus, c ListColumns, now time.Time, st Style) []string {
	state := string(s.State)
	if len(s.Next) > 0 {
		state += ", " + nextRun(s, now)
	}
	cells := []string{st.Text("cronjob/" + s.Name), st.Paint(cronRole(s), state), st.Text(s.Schedule), "", Since(s.Created, now)}
	if c.Wide {
		cells = append(cells, fmt.Sprint(s.Active), "", "", "", "")
	}
	return append(cells, st.Text(s.Headline))
}
