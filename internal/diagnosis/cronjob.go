package diagnosis

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/schedule"
)

// CronFacts is what is known of a CronJob.
type CronFacts struct {
	Status  CronStatus
	CronJob *batchv1.CronJob
	Events  []*corev1.Event // about it
	Active  []Report        // of its runs that have not ended, as far as they were looked at, newest first
	// Unread says why the events or the runs could not be read.
	Unread map[jobstatus.Part]string
}

// longestName is how long the name of a CronJob may be: its Jobs add a dash and ten digits, and theirs are labels.
const longestName = 52

// OfCronJob says why a CronJob does not run, or what is wrong with how it runs.
func OfCronJob(f CronFacts) Report {
	s := f.Status
	r := Report{AsOf: s.AsOf, Kind: "CronJob", Namespace: s.Namespace, Name: s.Name, Unavailable: merged(f.Unread)}
	looks := []func(CronFacts) []Cause{
		startsNothing, cronSuspended, nameTooLong, refusedRuns, notReplaced, blocked, unwell, missed, lastFailed, overForGood,
	}
	if s.State == BeingGone {
		looks = []func(CronFacts) []Cause{cronDeleting} // it starts nothing any more, whatever else may be wrong
	}
	for _, look := range looks {
		r.Causes = append(r.Causes, look(f)...)
	}
	r.conclude(cronWell(s), true)
	return r
}

// cronWell says what a CronJob does with which nothing is wrong.
func cronWell(s CronStatus) string {
	switch {
	case s.Active == 1:
		return "one of its runs is active"
	case s.Active > 1:
		return fmt.Sprintf("%d of its runs are active", s.Active)
	case len(s.Next) > 0:
		return fmt.Sprintf("the next run is in %s, at %s",
			short(s.Next[0].Sub(s.AsOf)), slotTime(s.Next[0]))
	}
	return "no run is due"
}

// cronDeleting is a CronJob that is on its way out.
func cronDeleting(f CronFacts) []Cause {
	s := f.Status
	c := Cause{
		Code: Deleting, Summary: "it is being deleted: no run is started any more", Since: f.CronJob.DeletionTimestamp.Time,
		Next: []string{fmt.Sprintf("kubectl get cronjob %s -n %s -o jsonpath='{.metadata.finalizers}'", s.Name, s.Namespace)},
	}
	if finalizers := strings.Join(f.CronJob.Finalizers, ", "); finalizers != "" {
		c.Summary += "; finalizers: " + finalizers
		c.Evidence = []Evidence{{Source: "finalizers", Text: finalizers, At: c.Since}}
	}
	return []Cause{c}
}

// overForGood is a CronJob whose schedule never comes round again (30 February).
func overForGood(f CronFacts) []Cause {
	s := f.Status
	if s.State != NeverAgain {
		return nil
	}
	return []Cause{{
		Code: NoSlotLeft, Summary: "its schedule has no slot left", Evidence: []Evidence{{Source: "spec.schedule", Text: s.Schedule}},
		Next: []string{fmt.Sprintf(`kubectl patch cronjob %s -n %s -p '{"spec":{"schedule":"0 * * * *"}}'`, s.Name, s.Namespace)},
	}}
}

// startsNothing is a CronJob whose schedule cannot be read, or never comes to a slot.
func startsNothing(f CronFacts) []Cause {
	s := f.Status
	if s.State != Broken {
		return nil
	}
	c := Cause{Code: BadSchedule, Summary: "it starts nothing: " + s.Problem, Evidence: []Evidence{{Source: "spec.schedule", Text: s.Schedule}}}
	fields := `"schedule":"0 * * * *"`
	_, err := schedule.Of(f.CronJob)
	var zone *schedule.UnknownZone
	var starved *schedule.Starved
	switch {
	case errors.As(err, &starved):
		c.Evidence = append(c.Evidence, Evidence{Source: "spec.startingDeadlineSeconds", Text: strconv.FormatInt(starved.Limit, 10)})
		c.Code, fields = MissedDeadline, fmt.Sprintf(`"startingDeadlineSeconds":%d`, int64(2*starved.Interval.Seconds()))
	case errors.As(err, &zone):
		c.Code, fields = UnknownTimeZone, `"timeZone":"Etc/UTC"`
		_, rest, own := schedule.ZoneInText(s.Schedule)
		switch z := f.CronJob.Spec.TimeZone; {
		case own: // it comes before spec.timeZone, which it has to give way to
			fields = fmt.Sprintf(`"schedule":%q,"timeZone":"Etc/UTC"`, readable(rest))
		case z != nil:
			c.Evidence = []Evidence{{Source: "spec.timeZone", Text: *z}}
		}
	}
	c.Evidence = append(c.Evidence, f.events("UnknownTimeZone", "UnparseableSchedule", "UnParseableCronJobSchedule", "InvalidSchedule")...)
	c.Next = []string{fmt.Sprintf(`kubectl patch cronjob %s -n %s -p '{"spec":{%s}}'`, s.Name, s.Namespace, fields)}
	return []Cause{c}
}

// readable is a schedule, or one that can be read where this cannot: it becomes part of a command.
func readable(text string) string {
	if _, err := schedule.Of(&batchv1.CronJob{Spec: batchv1.CronJobSpec{Schedule: text}}); err != nil {
		return "0 * * * *"
	}
	return text
}

func cronSuspended(f CronFacts) []Cause {
	s := f.Status
	if !s.Suspend {
		return nil
	}
	c := Cause{
		Code: CronSuspended, Summary: "suspended: no run is started until it is resumed",
		Evidence: []Evidence{{Source: "spec.suspend", Text: "true"}},
		Next:     []string{fmt.Sprintf("kubectl jobx resume cronjob/%s -n %s", s.Name, s.Namespace)},
	}
	if s.Active > 0 {
		c.Summary += fmt.Sprintf("; %s active %s on", verb(s.Active, "the", strconv.Itoa(s.Active)), verb(s.Active, "run goes", "runs go"))
	}
	for _, m := range setBy(f.CronJob, "f:suspend") {
		e := Evidence{Source: "spec.suspend", Text: fmt.Sprintf("set by %s (%s)", m.Manager, m.Operation)}
		if m.Time != nil {
			e.At = m.Time.Time
			c.Since = m.Time.Time
		}
		c.Evidence = append(c.Evidence, e)
	}
	return []Cause{c}
}

func nameTooLong(f CronFacts) []Cause {
	if len(f.Status.Name) <= longestName {
		return nil
	}
	return []Cause{{
		Code:     NameTooLong,
		Summary:  fmt.Sprintf("its name has %d characters: with more than %d no run can be named", len(f.Status.Name), longestName),
		Evidence: append(f.events("FailedCreate"), Evidence{Source: remedy, Text: "create it again under a shorter name"}),
		Next:     []string{fmt.Sprintf("kubectl get cronjob %s -n %s -o yaml", f.Status.Name, f.Status.Namespace)},
	}}
}

func refusedRuns(f CronFacts) []Cause {
	s := f.Status
	events := f.events("FailedCreate")
	if !f.sinceRun(events) || s.Suspend {
		return nil
	}
	next := fmt.Sprintf("kubectl jobx describe cronjob/%s -n %s", s.Name, s.Namespace)
	switch refusalCode(events[0].Text) {
	case QuotaExceeded:
		next = "kubectl describe quota -n " + s.Namespace
	case WebhookRefused:
		next = admissionCommand
	default:
	}
	return []Cause{{
		Code: CannotCreateRuns, Summary: "its runs cannot be created: " + events[0].Text, Since: events[0].At, Evidence: events,
		Next: []string{next},
	}}
}

// notReplaced is a CronJob whose active run is to give way to the next one, and cannot be deleted.
func notReplaced(f CronFacts) []Cause {
	s := f.Status
	events := f.events("FailedDelete", "FailedGet")
	// The controller fails to delete old runs under the same name: then no slot is missed.
	if s.Policy != string(batchv1.ReplaceConcurrent) || s.Active == 0 || s.Missed == 0 && s.TooLate.IsZero() || !f.sinceRun(events) {
		return nil
	}
	run := f.CronJob.Status.Active[0].Name
	return []Cause{{
		Code: CannotCreateRuns, Since: events[0].At, Evidence: events,
		Summary: fmt.Sprintf("its active run %q cannot be deleted, and concurrencyPolicy Replace starts the next one in its place: %s",
			run, after(events[0].Text, "Deleted job: ", "Get job: ")),
		Next: []string{fmt.Sprintf("kubectl jobx why job/%s -n %s", run, s.Namespace)},
	}}
}

// blocked is a CronJob that forbids a second run while one is active.
func blocked(f CronFacts) []Cause {
	s := f.Status
	if s.Policy != string(batchv1.ForbidConcurrent) || s.Active == 0 || s.Suspend || (s.Missed == 0 && s.TooLate.IsZero()) {
		return nil
	}
	run := f.CronJob.Status.Active[0].Name
	c := Cause{
		Code: BlockedByRun, Evidence: f.events("JobAlreadyActive"),
		Next: []string{fmt.Sprintf("kubectl jobx why job/%s -n %s", run, s.Namespace)},
	}
	for _, r := range s.Runs {
		if r.Name == run && !r.Start.IsZero() {
			c.Since = r.Start
		}
	}
	since := "" // unknown where the run cannot be read
	if !c.Since.IsZero() {
		since = ", active for " + short(s.AsOf.Sub(c.Since))
	}
	c.Summary = fmt.Sprintf("it waits for its run %q%s: concurrencyPolicy Forbid starts no second one beside it", run, since)
	if !s.TooLate.IsZero() {
		c.Evidence = append(c.Evidence, Evidence{
			Source: "spec.startingDeadlineSeconds", At: s.TooLate,
			Text: fmt.Sprintf("%d: slots that have to wait longer are left out, the latest at %s",
				*f.CronJob.Spec.StartingDeadlineSeconds, slotTime(s.TooLate)),
		})
	}
	return []Cause{c}
}

// unwell is a CronJob of which an active run is not well. Of several the newest tells: the others most often hang for the same
// reason.
func unwell(f CronFacts) []Cause {
	ill := slices.DeleteFunc(slices.Clone(f.Active), func(r Report) bool { return len(r.Causes) == 0 })
	if len(ill) == 0 {
		return nil
	}
	newest, first := ill[0], ill[0].Causes[0]
	c := Cause{
		Code: RunInTrouble, Since: first.Since, Summary: fmt.Sprintf("its active run %q is not well: %s", newest.Name, newest.Summary),
		Evidence: slices.Clone(first.Evidence),
		Next:     []string{fmt.Sprintf("kubectl jobx why job/%s -n %s", newest.Name, newest.Namespace)},
	}
	if len(ill) > 1 {
		c.Evidence = append(c.Evidence, Evidence{Source: "runs", Text: fmt.Sprintf("%d active runs are not well", len(ill))})
	}
	return []Cause{c}
}

// leastDeadline is the startingDeadlineSeconds from which on a controller that works notices every slot in time: it looked
// every ten seconds of old, and its queue may be that late now.
const leastDeadline = 10

// missed are slots that passed without a run, and not because another was active.
func missed(f CronFacts) []Cause {
	s := f.Status
	events := f.events("MissSchedule", "TooManyMissedTimes")
	limit := f.CronJob.Spec.StartingDeadlineSeconds
	switch {
	case s.Suspend || s.State == Broken || s.Active > 0 && s.Policy == string(batchv1.ForbidConcurrent) || len(notReplaced(f)) > 0:
		return nil
	case limit != nil && *limit < leastDeadline && (s.Missed > 0 || f.sinceRun(events)):
		return []Cause{{
			Code:     MissedDeadline,
			Summary:  fmt.Sprintf("startingDeadlineSeconds %d is less than the controller may need to notice a slot", *limit),
			Evidence: events,
			Next:     []string{fmt.Sprintf("kubectl patch cronjob %s -n %s -p '{\"spec\":{\"startingDeadlineSeconds\":100}}'", s.Name, s.Namespace)},
		}}
	case f.sinceRun(events):
		return []Cause{{
			Code: MissedDeadline, Summary: "it missed a slot: " + events[0].Text, Since: events[0].At, Evidence: events,
			Next: []string{fmt.Sprintf("kubectl create job %s-now --from=cronjob/%s -n %s", s.Name, s.Name, s.Namespace)},
		}}
	case s.overdue():
		more := ""
		if s.MissedMore {
			more = "more than "
		}
		return []Cause{{
			Code: ControllerIsQuiet, Since: s.LatestMissed,
			Summary: fmt.Sprintf("%s%d %s passed without a run, the latest at %s", more, s.Missed,
				verb(s.Missed, "slot", "slots"), slotTime(s.LatestMissed)),
			Evidence: []Evidence{{Source: remedy, Text: controllerRuns}},
			Next:     []string{leases},
		}}
	case !s.TooLate.IsZero():
		return []Cause{tooLate(s, *limit)}
	}
	return nil
}

// tooLate is a slot that could not be used before its starting deadline: the CronJob was suspended, another run was active,
// or the controller was away. The controller does not start it any more, and says nothing.
func tooLate(s CronStatus, limit int64) Cause {
	return Cause{
		Code: MissedDeadline, Since: s.TooLate,
		Summary: fmt.Sprintf("no run was started for the slot at %s before its startingDeadlineSeconds %d had passed",
			slotTime(s.TooLate), limit),
		Evidence: []Evidence{{Source: "spec.startingDeadlineSeconds", Text: strconv.FormatInt(limit, 10)}},
		Next:     []string{fmt.Sprintf("kubectl jobx describe cronjob/%s -n %s", s.Name, s.Namespace), fmt.Sprintf("kubectl create job NAME --from=cronjob/%s -n %s", s.Name, s.Namespace)},
	}
}

// slotTime is a slot in the schedule's zone.
func slotTime(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") }

// sinceRun says whether the newest of events came after the last run was started. The slot that a run is for may be
// long past by then, and what was wrong in between is over.
func (f CronFacts) sinceRun(events []Evidence) bool {
	if len(events) == 0 {
		return false
	}
	started := f.Status.Last
	for _, run := range f.Status.Runs {
		if !run.Manual && run.Created.After(started) {
			started = run.Created
		}
	}
	if created := f.events("SuccessfulCreate"); len(created) > 0 && created[0].At.After(started) {
		started = created[0].At
	}
	return events[0].At.After(started)
}

// lastFailed is a CronJob that runs, but not well.
func lastFailed(f CronFacts) []Cause {
	s := f.Status
	var newest *Run
	n := 0
	for i, run := range s.Runs {
		if run.Outcome == jobstatus.Succeeded {
			break
		}
		if run.Outcome == jobstatus.FailedOutcome {
			if n++; newest == nil {
				newest = &s.Runs[i]
			}
		}
	}
	if newest == nil || finishedAfter(s.Runs, newest.End) {
		return nil
	}
	c := Cause{
		Code: LastRunFailed, Since: newest.End,
		Summary:  fmt.Sprintf("its last run %q failed: %s", newest.Name, newest.Reason),
		Evidence: []Evidence{{Source: "job " + newest.Name, Text: newest.Reason, At: newest.End}},
		Next:     []string{fmt.Sprintf("kubectl jobx why job/%s -n %s", newest.Name, s.Namespace)},
	}
	if n > 1 {
		c.Evidence = append(c.Evidence, Evidence{Source: "runs", Text: fmt.Sprintf("the last %d retained runs failed", n)})
	}
	if !s.LastSuccess.IsZero() {
		c.Evidence = append(c.Evidence, Evidence{Source: "status.lastSuccessfulTime", Text: "the last success", At: s.LastSuccess})
	}
	return []Cause{c}
}

// finishedAfter says whether a run succeeded after a time.
func finishedAfter(runs []Run, t time.Time) bool {
	return slices.ContainsFunc(runs, func(r Run) bool { return r.Outcome == jobstatus.Succeeded && r.End.After(t) })
}

// events are those with one of the reasons, newest first, at most three.
func (f CronFacts) events(reasons ...string) []Evidence {
	var found []Evidence
	for _, e := range f.Events {
		if !slices.Contains(reasons, e.Reason) {
			continue
		}
		found = append(found, Evidence{Source: "event " + e.Reason, Text: e.Message, At: jobstatus.LastSeen(e)})
	}
	slices.SortFunc(found, func(a, b Evidence) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Text, b.Text)) })
	return found[:min(3, len(found))]
}
