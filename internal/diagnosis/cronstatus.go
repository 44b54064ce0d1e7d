package diagnosis

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/schedule"
)

// CronStatus is what there is to say about a CronJob at one moment.
type CronStatus struct {
	AsOf      time.Time `json:"asOf,omitzero"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	UID       types.UID `json:"uid,omitempty"`
	State     CronState `json:"state"`
	// Headline is the one line that says why all is not well; empty when all is. It is the summary of OfCronJob without
	// its events. It may hold untrusted text.
	Headline string `json:"headline,omitempty"`
	Schedule string `json:"schedule"`
	Words    string `json:"scheduleInWords,omitempty"`
	TimeZone string `json:"timeZone"`
	// Assumed says that the CronJob names no time zone, so that TimeZone is a guess.
	Assumed bool   `json:"timeZoneAssumed,omitempty"`
	Problem string `json:"problem,omitempty"` // why no run is ever started; may hold untrusted text
	Suspend bool   `json:"suspend"`
	Policy  string `json:"concurrencyPolicy"`

	Created     time.Time   `json:"created,omitzero"`
	Next        []time.Time `json:"next,omitempty"`       // the coming slots, in its zone; none while it is suspended
	Last        time.Time   `json:"last,omitzero"`        // status.lastScheduleTime
	LastSuccess time.Time   `json:"lastSuccess,omitzero"` // status.lastSuccessfulTime
	Active      int         `json:"active"`
	// Missed are slots since Last that passed without a run, of which the controller should have started the latest.
	Missed       int       `json:"missed,omitempty"`
	MissedMore   bool      `json:"missedMore,omitempty"` // there are more than were counted
	LatestMissed time.Time `json:"latestMissed,omitzero"`
	FirstMissed  time.Time `json:"-"`
	// TooLate is the latest slot since Last that passed without a run, and its starting deadline after it.
	TooLate time.Time `json:"-"`
	Runs    []Run     `json:"runs,omitempty"` // the retained ones, newest first
}

// CronState is what a CronJob is doing.
type CronState string

// The states.
const (
	Scheduled  CronState = "Scheduled"
	Paused     CronState = "Suspended"
	Running    CronState = "Running"
	Broken     CronState = "Broken" // it will start nothing: its schedule or its zone cannot be read, or never comes to a slot
	BeingGone  CronState = "Terminating"
	NeverAgain CronState = "NeverAgain" // its schedule has no slot left
)

// Run is one retained Job of a CronJob.
type Run struct {
	Name      string            `json:"name"`
	UID       types.UID         `json:"uid,omitempty"`
	State     jobstatus.State   `json:"state"`
	Outcome   jobstatus.Outcome `json:"outcome,omitempty"`
	Reason    string            `json:"reason,omitempty"` // when it did not go well
	Scheduled time.Time         `json:"scheduled,omitzero"`
	Created   time.Time         `json:"created,omitzero"`
	Start     time.Time         `json:"start,omitzero"`
	End       time.Time         `json:"end,omitzero"`
	Duration  time.Duration     `json:"-"`
	Manual    bool              `json:"manual,omitempty"` // started by hand, not by the schedule
}

// ScheduledAnnotation is the slot that a run was started for, in the CronJob's zone.
const ScheduledAnnotation = batchv1.CronJobScheduledTimestampAnnotation

// slots is how many coming slots are told.
const slots = 5

// OfCron says what a CronJob does. runs are its Jobs, in any order.
func OfCron(c *batchv1.CronJob, runs []*batchv1.Job, now time.Time) CronStatus {
	s := CronStatus{
		AsOf: now, Namespace: c.Namespace, Name: c.Name, UID: c.UID, Schedule: c.Spec.Schedule,
		Suspend: c.Spec.Suspend != nil && *c.Spec.Suspend, Policy: string(cmp.Or(c.Spec.ConcurrencyPolicy, batchv1.AllowConcurrent)),
		Created: c.CreationTimestamp.Time, Active: len(c.Status.Active),
	}
	if t := c.Status.LastScheduleTime; t != nil {
		s.Last = t.Time
	}
	if t := c.Status.LastSuccessfulTime; t != nil {
		s.LastSuccess = t.Time
	}
	s.Runs = runsOf(runs, now)
	plan, err := schedule.Of(c)
	s.TimeZone, s.Assumed = plan.Zone.String(), plan.Assumed
	if unknown := new(*schedule.UnknownZone); errors.As(err, unknown) {
		s.TimeZone, s.Assumed = (*unknown).Zone, false
	}
	if starved := new(*schedule.Starved); err == nil || errors.As(err, starved) {
		s.Words = plan.Words()
	}
	if err != nil {
		s.Problem = err.Error()
	} else {
		s.plan(c, plan)
	}
	s.State = s.state(c, err)
	if r := OfCronJob(CronFacts{Status: s, CronJob: c}); len(r.Causes) > 0 {
		s.Headline = r.Summary
	}
	return s
}

// promptly is how soon the controller acts at the latest, if it works: a slot that is just now due is not missed.
const promptly = 10 * time.Second

// plan adds the slots that come and those that were missed.
func (s *CronStatus) plan(c *batchv1.CronJob, plan schedule.Schedule) {
	if s.Suspend || c.DeletionTimestamp != nil {
		return
	}
	s.Next = plan.Next(s.AsOf, slots)
	since := cmp.Or(s.Last, s.Created)
	looked := s.AsOf.Add(-promptly)
	// Within a deadline that is too short for the controller no slot would ever count as missed.
	limit := c.Spec.StartingDeadlineSeconds
	if limit != nil && *limit >= leastDeadline {
		if earliest := s.AsOf.Add(-time.Duration(*limit) * time.Second); earliest.After(since) {
			s.TooLate = plan.MissedSince(since, earliest).Latest
			since = earliest
		}
	}
	due := plan.Due(since, looked)
	if due.IsZero() && s.TooLate.IsZero() {
		return
	}
	set := scheduleSet(c)
	if !s.TooLate.After(set) {
		s.TooLate = time.Time{}
	}
	if due.After(set) {
		m := plan.MissedSince(later(since, set), looked)
		s.Missed, s.MissedMore, s.FirstMissed, s.LatestMissed = m.Count, m.More, m.First, due
	}
}

// scheduleSet is when the schedule came to be what it is, or later; zero: unknown. Of slots of the new one that would have
// been before, the controller starts none until the next slot comes (updateCronJob in
// pkg/controller/cronjob/cronjob_controllerv2.go).
func scheduleSet(c *batchv1.CronJob) time.Time {
	var last time.Time
	for _, m := range setBy(c, "f:schedule", "f:timeZone") {
		if m.Time != nil {
			last = later(last, m.Time.Time)
		}
	}
	return last
}

// setBy are who own any of some fields of a CronJob's spec, as far as managedFields tell.
func setBy(c *batchv1.CronJob, fields ...string) []metav1.ManagedFieldsEntry {
	var owners []metav1.ManagedFieldsEntry
	for _, m := range c.ManagedFields {
		var owned struct {
			Spec map[string]json.RawMessage `json:"f:spec"`
		}
		if m.Subresource != "" || m.FieldsV1 == nil || json.Unmarshal(m.FieldsV1.GetRawBytes(), &owned) != nil {
			continue
		}
		if slices.ContainsFunc(fields, func(field string) bool { return owned.Spec[field] != nil }) {
			owners = append(owners, m)
		}
	}
	return owners
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// overdue says whether a slot passed so long ago without a run that the controller cannot be about to start one. Runs are
// named by the minute, so that of an interval of seconds it leaves out slots for most of one.
func (s *CronStatus) overdue() bool {
	return s.Missed > 0 && (s.AsOf.Sub(s.LatestMissed) > patience || s.AsOf.Sub(s.FirstMissed) >= time.Minute+promptly)
}

func (s *CronStatus) state(c *batchv1.CronJob, err error) CronState {
	switch {
	case c.DeletionTimestamp != nil:
		return BeingGone
	case err != nil:
		return Broken
	case s.Suspend:
		return Paused
	case s.Active > 0:
		return Running
	case len(s.Next) == 0:
		return NeverAgain
	}
	return Scheduled
}

func runsOf(jobs []*batchv1.Job, now time.Time) []Run {
	runs := make([]Run, 0, len(jobs))
	for _, job := range jobs {
		var snap jobstatus.Snapshot
		snap.Apply(jobstatus.Change{Job: job})
		st := jobstatus.Compute(snap, now)
		run := Run{
			Name: st.Name, UID: st.UID, State: st.State, Outcome: st.Outcome, Created: st.Created, Start: st.Start, End: st.End,
			Duration: st.Duration, Manual: job.Annotations["cronjob.kubernetes.io/instantiate"] == "manual",
		}
		if st.Outcome != jobstatus.Succeeded && st.State != jobstatus.Running {
			run.Reason = st.Reason
		}
		if t, err := time.Parse(time.RFC3339, job.Annotations[ScheduledAnnotation]); err == nil {
			run.Scheduled = t
		}
		runs = append(runs, run)
	}
	slices.SortFunc(runs, func(a, b Run) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.Name, a.Name))
	})
	return runs
}
