package jobstatus

import (
	"math"
	"time"

	batchv1 "k8s.io/api/batch/v1"
)

// defaultBackoffLimit is what the server gives a Job without one (SetDefaults_Job in pkg/apis/batch/v1/defaults.go).
const defaultBackoffLimit = 6

// view is a snapshot looked at at one moment.
type view struct {
	snap *Snapshot
	memo *memo
	job  *batchv1.Job
	now  time.Time
	rows []*row // that are not settled

	overdue time.Time // when the last back-off that is over was; zero: none is known to be
	tally
}

// Compute says what state the Job is in at the moment now, from what the snapshot knows. It looks again only at what
// has changed since the last time. The result shares nothing that a later Apply changes.
func Compute(s Snapshot, now time.Time) Status {
	if s.Job == nil {
		return unread(&s, now)
	}
	s.init()
	s.memo.place()
	s.memo.readEvents(&s)
	v := &view{snap: &s, memo: s.memo, job: s.Job, now: now, rows: s.memo.unsettled}
	v.count()

	st := v.identity()
	st.Counts = v.counts()
	v.findKilled(&st.Counts)
	st.Indexes = v.indexes()
	if st.Indexes != nil {
		st.Counts.Succeeded = max(st.Counts.Succeeded, st.Indexes.Completed.Len())
	}
	st.Progress = v.progress(st.Counts, st.Indexes)
	st.RetriesUsed = v.retriesUsed(st.Counts, st.BackoffLimit)
	v.setRetry(&st)
	st.Obstacle = v.obstacle(st.Counts)
	v.outcome(&st)
	v.setTimes(&st)
	v.setState(&st)
	st.Due = v.due(&st)
	v.setRate(&st)
	v.list(&st)
	st.Failures = v.failures()
	st.Events = s.memo.events
	if len(s.Unavailable) > 0 {
		st.Unavailable = make(map[Part]string, len(s.Unavailable))
		for part, why := range s.Unavailable {
			st.Unavailable[part] = why
		}
	}
	return st
}

// unread is the status of a Job that no feed has told of.
func unread(s *Snapshot, now time.Time) Status {
	if s.Synced || s.Gone {
		return Status{AsOf: now, State: Gone, Reason: "NotFound", Message: "there is no such Job", Outcome: Vanished, Since: now}
	}
	return Status{AsOf: now, State: Unknown, Reason: "NotRead", Message: "the Job has not been read yet", Since: now}
}

func (v *view) identity() Status {
	spec := &v.job.Spec
	var deleted time.Time
	if t := v.job.DeletionTimestamp; t != nil {
		deleted = t.Time
	}
	return Status{
		AsOf: v.now, Namespace: v.job.Namespace, Name: v.job.Name, UID: v.job.UID, Kind: kindOf(v.job),
		Parallelism: parallelismOf(v.job), Completions: spec.Completions,
		BackoffLimit: or(spec.BackoffLimit, defaultBackoffLimit), Created: v.job.CreationTimestamp.Time,
		Asked: Asked{
			ServiceAccount: spec.Template.Spec.ServiceAccountName, Queue: v.job.Labels[QueueLabel],
			Deadline:  time.Duration(or(spec.ActiveDeadlineSeconds, 0)) * time.Second,
			Suspended: or(spec.Suspend, false), Deleted: deleted, Finalizers: v.job.Finalizers, ManagedBy: managedElsewhere(v.job),
		},
	}
}

// outcome says how the Job ended, or will. Conditions alone decide it, never counts: a Job with a success policy is
// complete at 1 of 3.
func (v *view) outcome(st *Status) {
	switch {
	case condition(v.job, batchv1.JobComplete) != nil:
		st.Outcome, st.Succeeding = Succeeded, true
	case condition(v.job, batchv1.JobFailed) != nil:
		st.Outcome, st.Failing = FailedOutcome, true
	case v.snap.Replaced:
		st.Outcome = ReplacedByTwin
	case v.snap.Gone:
		st.Outcome = Vanished
	}
	if st.Outcome != Succeeded && st.Outcome != FailedOutcome {
		st.Failing = condition(v.job, batchv1.JobFailureTarget) != nil
		st.Succeeding = !st.Failing && condition(v.job, batchv1.JobSuccessCriteriaMet) != nil
	}
	st.Decided = st.Succeeding || st.Failing
}

// setTimes says when the Job started and ended. A failed Job has no completionTime: it ended with its Failed condition.
func (v *view) setTimes(st *Status) {
	status := &v.job.Status
	if status.StartTime != nil {
		st.Start = status.StartTime.Time
	}
	end := verdict(v.job)
	switch {
	case end != nil && end.Type == batchv1.JobComplete && status.CompletionTime != nil:
		st.End = status.CompletionTime.Time
	case end != nil:
		st.End = end.LastTransitionTime.Time
	}
	if end != nil && v.job.Spec.TTLSecondsAfterFinished != nil {
		st.DeletesAt = end.LastTransitionTime.Add(time.Duration(*v.job.Spec.TTLSecondsAfterFinished) * time.Second)
	}
	if st.Start.IsZero() {
		return
	}
	until := v.now
	switch {
	case !st.End.IsZero():
		until = st.End
	case condition(v.job, batchv1.JobSuspended) != nil:
		// Servers before 1.36 keep startTime while the Job is suspended; its clock stands still.
		until = condition(v.job, batchv1.JobSuspended).LastTransitionTime.Time
	case v.snap.Gone && v.job.DeletionTimestamp != nil:
		until = v.job.DeletionTimestamp.Time
	}
	st.Duration = max(0, until.Sub(st.Start))
	if limit := v.job.Spec.ActiveDeadlineSeconds; limit != nil && !or(v.job.Spec.Suspend, false) && end == nil {
		st.Deadline = st.Start.Add(time.Duration(*limit) * time.Second)
	}
}

// setRate says how many completions a minute brings, or brought: in the time since the Job was last resumed, which is all
// that Start tells of (syncJob in pkg/controller/job/job_controller.go).
func (v *view) setRate(st *Status) {
	switch {
	case st.Outcome == Succeeded || st.Outcome == FailedOutcome:
		if st.Duration > 0 {
			st.Progress.PerMinute = hundredths(float64(max(0, int(st.Counts.Succeeded)-v.early)) / st.Duration.Minutes())
		}
	case st.Start.IsZero() || st.Outcome != Unfinished:
	default:
		st.Progress.PerMinute = hundredths(v.recent.perMinute())
		st.Progress.ETA = v.eta(st)
	}
}

func hundredths(f float64) float64 { return math.Round(f*100) / 100 }

// list numbers the attempts and lists what is shown.
func (v *view) list(st *Status) {
	byCreation := st.Indexes == nil && OneAtATime(v.job)
	departed := v.memo.departed
	st.Pods = make([]*Pod, 0, len(v.memo.order)-departed)
	if departed > 0 {
		st.Departed = make([]*Pod, 0, departed)
	}
	attempt, index := int32(0), int32(-2)
	for _, r := range v.memo.order {
		if r.shown.Index != index {
			attempt, index = 0, r.shown.Index
		}
		attempt++
		number := int32(0)
		switch {
		case index >= 0 && v.job.Spec.BackoffLimitPerIndex != nil:
			number = max(attempt, r.failures+1)
		case index >= 0 || byCreation:
			number = attempt
		}
		r.number(number)
		r.lent = true
		if r.departed {
			st.Departed = append(st.Departed, r.shown)
		} else {
			st.Pods = append(st.Pods, r.shown)
		}
	}
}
