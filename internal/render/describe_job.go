package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// JobPage is what a describe page tells of a Job.
type JobPage struct {
	Job    *batchv1.Job
	Status jobstatus.Status
	Report diagnosis.Report
	// PodsLeftOut says that there are more pods than were read.
	PodsLeftOut bool
	// EventsLeftOut says that events of pods may be missing.
	EventsLeftOut bool
	Events        bool // show the events
}

// podsOnPage is how many pods a page lists: those that matter most, then a count of the others.
const podsOnPage = 30

// How many events a page lists: the newest.
const (
	jobEvents  = 50
	cronEvents = 20
)

// DescribeJob writes the page: how it does and why first, then everything the object says. Times of day are in the zone
// of now. The error is the write's.
func DescribeJob(w io.Writer, d JobPage, now time.Time, st Style) error {
	p := &page{st: st}
	p.jobHead(d, now)
	p.jobSpec(d.Job, now)
	p.jobStatus(d, now)
	p.flush()
	p.conditions(d.Job.Status.Conditions, now)
	p.failures(d.Status)
	p.pods(d, now)
	p.podTemplate(0, &d.Job.Spec.Template)
	if d.Events {
		p.events(d.Status.Events, d.Status.Unavailable[jobstatus.EventsPart], jobEvents, now)
		if d.EventsLeftOut {
			p.raw("  " + p.st.Paint(Dim, "(the namespace has very many events: some are left out, and more pods may have these)"))
		}
	}
	return p.writeTo(w)
}

// jobHead is what a reader wants to know first.
func (p *page) jobHead(d JobPage, now time.Time) {
	s, st := d.Status, p.st
	p.putRole(0, "Name", st.Text(d.Job.Name), Bold)
	p.text(0, "Namespace", d.Job.Namespace)
	state := st.Paint(stateRole(s), string(s.State))
	switch {
	case s.Outcome == jobstatus.Succeeded || s.Outcome == jobstatus.FailedOutcome:
		state += " after " + Duration(s.Duration) + ", " + Since(s.End, now) + " ago"
	case !s.Since.IsZero():
		state += " for " + Since(s.Since, now)
	}
	p.put(0, "Status", state)
	p.reason(d.Report)
	p.put(0, "Progress", p.progress(s))
	if r := s.Retry; r != nil {
		p.putRole(0, "Next Attempt", strings.TrimSpace(retryLine(s, now, Style{UTF8: st.UTF8})), Warn)
	}
	for _, part := range []jobstatus.Part{jobstatus.PodsPart, jobstatus.EventsPart} {
		if why := s.Unavailable[part]; why != "" {
			p.putRole(0, "Unavailable", st.Text(string(part)+": "+why), Warn)
		}
	}
}

// reason is why all is not well, and what to do next.
func (p *page) reason(r diagnosis.Report) {
	if !r.Healthy {
		p.putRole(0, "Why", p.safe(r.Summary), Warn)
	}
	if len(r.Causes) > 0 && len(r.Causes[0].Next) > 0 {
		p.put(0, "Next", p.st.Text(r.Causes[0].Next[0]))
	}
}

func (p *page) progress(s jobstatus.Status) string {
	parts := []string{doneOf(s.Progress)}
	if fraction, ok := s.Progress.Fraction(); ok {
		parts = append(parts, fmt.Sprintf("%d%%", percent(fraction)))
		if p.st.Width > 0 {
			role := Good
			if s.Failing {
				role = Bad
			}
			parts = append([]string{Bar(fraction, 20, role, p.st)}, parts...)
		}
	}
	if s.Outcome == jobstatus.Unfinished {
		for _, more := range []string{eta(s.Progress.ETA), rate(s.Progress.PerMinute)} {
			if more != "" {
				parts = append(parts, more)
			}
		}
	}
	return strings.Join(parts, "  ")
}

// jobSpec is what was asked for.
func (p *page) jobSpec(job *batchv1.Job, now time.Time) {
	spec, st := &job.Spec, p.st
	p.put(0, "Selector", st.Text(selectorWords(spec.Selector)))
	p.labels(0, "Labels", job.Labels, "=")
	p.annotations(0, "Annotations", job.Annotations)
	if ref := metav1.GetControllerOf(job); ref != nil {
		p.text(0, "Controlled By", ref.Kind+"/"+ref.Name)
	}
	p.number("Parallelism", spec.Parallelism)
	switch {
	case spec.Completions != nil:
		p.number("Completions", spec.Completions)
	case spec.Parallelism != nil:
		p.put(0, "Completions", unset+" (a work queue: done when one pod succeeded and none is active)")
	default:
		p.put(0, "Completions", unset)
	}
	if spec.CompletionMode != nil {
		p.text(0, "Completion Mode", string(*spec.CompletionMode))
	}
	if spec.Suspend != nil {
		p.put(0, "Suspend", strconv.FormatBool(*spec.Suspend))
	}
	p.retries(spec)
	p.policies(spec)
	if spec.TTLSecondsAfterFinished != nil {
		p.put(0, "TTL Seconds After Finished", strconv.Itoa(int(*spec.TTLSecondsAfterFinished))+ttlWords(job, now))
	}
	if spec.ManagedBy != nil {
		p.text(0, "Managed By", *spec.ManagedBy)
	}
}

func (p *page) number(label string, n *int32) {
	if n != nil {
		p.put(0, label, strconv.Itoa(int(*n)))
	}
}

func (p *page) retries(spec *batchv1.JobSpec) {
	if spec.BackoffLimitPerIndex == nil {
		p.number("Backoff Limit", spec.BackoffLimit)
		return
	}
	p.number("Backoff Limit", spec.BackoffLimit)
	p.number("Backoff Limit Per Index", spec.BackoffLimitPerIndex)
	if spec.MaxFailedIndexes == nil {
		p.put(0, "Max Failed Indexes", unset+" (all indexes run; the Job fails if any did)")
	} else {
		p.number("Max Failed Indexes", spec.MaxFailedIndexes)
	}
}

// ttlWords says when the TTL strikes.
func ttlWords(job *batchv1.Job, now time.Time) string {
	ended, over := jobstatus.EndedAt(job)
	if !over {
		return ""
	}
	at := ended.Add(time.Duration(*job.Spec.TTLSecondsAfterFinished) * time.Second)
	if at.After(now) {
		return fmt.Sprintf(" (it is deleted in %s, at %s)", Duration(at.Sub(now)), moment(at, now))
	}
	return " (its time is up: it is about to be deleted)"
}

// jobStatus is what became of it, with kubectl's labels.
func (p *page) jobStatus(d JobPage, now time.Time) {
	status, s := &d.Job.Status, d.Status
	if status.StartTime != nil {
		p.put(0, "Start Time", timeWords(status.StartTime.Time, now))
	}
	if status.CompletionTime != nil {
		p.put(0, "Completed At", timeWords(status.CompletionTime.Time, now))
	} else if !s.End.IsZero() {
		p.put(0, "Failed At", timeWords(s.End, now))
	}
	if !s.Start.IsZero() {
		p.put(0, "Duration", Duration(s.Duration))
	}
	if limit := d.Job.Spec.ActiveDeadlineSeconds; limit != nil {
		text := fmt.Sprintf("%ds", *limit)
		if !s.Deadline.IsZero() {
			text += fmt.Sprintf(" (%s left, until %s)", Duration(s.Deadline.Sub(now)), moment(s.Deadline, now))
		}
		p.put(0, "Active Deadline Seconds", text)
	}
	p.put(0, "Pods Statuses", podsStatuses(status))
	if s.RetriesUsed > 0 && (s.Indexes == nil || s.Indexes.PerIndex == nil) {
		p.put(0, "Retries Used", fmt.Sprintf("%d of %d", s.RetriesUsed, s.BackoffLimit))
	}
	if d.Job.Spec.CompletionMode != nil && *d.Job.Spec.CompletionMode == batchv1.IndexedCompletion {
		p.text(0, "Completed Indexes", orWord(status.CompletedIndexes, noneWord))
		if status.FailedIndexes != nil {
			p.text(0, "Failed Indexes", orWord(*status.FailedIndexes, noneWord))
		}
		p.otherIndexes(s.Indexes)
	}
}

func (p *page) otherIndexes(ix *jobstatus.Indexes) {
	if ix == nil {
		return
	}
	for _, e := range []struct {
		label string
		set   jobstatus.IndexSet
	}{{"Running Indexes", ix.Running}, {"Retrying Indexes", ix.Retrying}, {"Pending Indexes", ix.Pending}} {
		if e.set.Len() > 0 {
			p.put(0, e.label, e.set.String())
		}
	}
}

func podsStatuses(s *batchv1.JobStatus) string {
	text := fmt.Sprintf("%d Active", s.Active)
	if s.Ready != nil {
		text += fmt.Sprintf(" (%d Ready)", *s.Ready)
	}
	text += fmt.Sprintf(" / %d Succeeded / %d Failed", s.Succeeded, s.Failed)
	if s.Terminating != nil && *s.Terminating > 0 {
		text += fmt.Sprintf(" / %d Terminating", *s.Terminating)
	}
	if u := s.UncountedTerminatedPods; u != nil && len(u.Succeeded)+len(u.Failed) > 0 {
		text += fmt.Sprintf(" (%d succeeded and %d failed are about to be counted)", len(u.Succeeded), len(u.Failed))
	}
	return text
}

func (p *page) conditions(list []batchv1.JobCondition, now time.Time) {
	if len(list) == 0 {
		p.put(0, "Conditions", noneWord)
		p.flush()
		return
	}
	p.title(0, "Conditions")
	t := Table{Headers: []string{"Type", "Status", "Age", "Reason", "Message"}, Indent: "  "}
	for _, c := range list {
		t.Rows = append(t.Rows, []string{
			p.st.Text(string(c.Type)), p.st.Text(string(c.Status)), Since(c.LastTransitionTime.Time, now),
			orNone(p.st.Text(c.Reason)), p.oneLine(c.Message),
		})
	}
	p.table(t)
}

// oneLine is text for the last column of a table: nothing is cut, line breaks are shown.
func (p *page) oneLine(s string) string {
	// What follows a line break must not begin a line, not even where the terminal ends: no blank at which it could be broken.
	return strings.ReplaceAll(p.safe(s), "\n", p.st.either(" ⏎\u00a0", " \\n"))
}

// failures is the failure digest.
func (p *page) failures(s jobstatus.Status) {
	if len(s.Failures) == 0 {
		return
	}
	p.title(0, "Failures")
	t := Table{Headers: []string{"Pods", "Container", "Exit", "Newest", "Message"}, Indent: "  "}
	for _, f := range s.Failures {
		newest := none
		if len(f.Pods) > 0 {
			newest = p.st.Text(f.Pods[0])
		}
		e := &jobstatus.Exit{Container: f.Container, Code: f.Code, Signal: f.Signal, Reason: f.Reason}
		t.Rows = append(t.Rows, []string{
			fmt.Sprint(f.Count), orNone(p.st.Text(f.Container)), p.st.Paint(Bad, orNone(p.st.Text(ExitWords(e)))), newest, p.oneLine(f.Message),
		})
	}
	p.table(t)
}

// timeWords is a time as kubectl prints it, with how long ago that was.
func timeWords(t, now time.Time) string {
	if t.After(now) {
		return t.In(now.Location()).Format(time.RFC1123Z) + " (in " + Duration(t.Sub(now)) + ")"
	}
	return t.In(now.Location()).Format(time.RFC1123Z) + " (" + Since(t, now) + " ago)"
}

func selectorWords(s *metav1.LabelSelector) string {
	if s == nil {
		return unset
	}
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return "<cannot be read: " + err.Error() + ">"
	}
	return selector.String()
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}
