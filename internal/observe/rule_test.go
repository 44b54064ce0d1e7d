package observe

import (
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// noon is the moment that tests look at things.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// situations are the statuses that a rule can meet.
func situations() map[string]jobstatus.Status {
	ended := func(state jobstatus.State, outcome jobstatus.Outcome) jobstatus.Status {
		return jobstatus.Status{State: state, Outcome: outcome, Decided: true}
	}
	failed := ended(jobstatus.Failed, jobstatus.FailedOutcome)
	failed.Counts.Failed = 1
	complete := ended(jobstatus.Complete, jobstatus.Succeeded)
	complete.Counts.Succeeded = 1
	return map[string]jobstatus.Status{
		"pending":    {State: jobstatus.Pending},
		"running":    {State: jobstatus.Running, Pods: []*jobstatus.Pod{{Started: noon()}}},
		"suspended":  {State: jobstatus.Suspended, Asked: jobstatus.Asked{Suspended: true}},
		"failing":    {State: jobstatus.FailureTarget, Decided: true, Failing: true, Counts: jobstatus.Counts{Failed: 1}},
		"succeeding": {State: jobstatus.SuccessCriteriaMet, Decided: true, Succeeding: true, Counts: jobstatus.Counts{Succeeded: 1}},
		"complete":   complete,
		"failed":     failed,
		// It was refused before a pod started: podFailurePolicy aside, a deadline does that.
		"failed unstarted": ended(jobstatus.Failed, jobstatus.FailedOutcome),
		"gone":             ended(jobstatus.Gone, jobstatus.Vanished),
		"replaced":         ended(jobstatus.Replaced, jobstatus.ReplacedByTwin),
		// Counts never decide: all pods have succeeded, the conditions do not say so.
		"all counted": {State: jobstatus.Running, Counts: jobstatus.Counts{Succeeded: 3}, Progress: jobstatus.Progress{Done: 3, Total: 3}},
	}
}

func TestJudge(t *testing.T) {
	const goesOn = exit.Code(-1)
	all := situations()
	for until, codes := range map[Until]map[string]exit.Code{
		Finished: {"failing": goesOn, "succeeding": goesOn, "complete": 0, "failed": 2, "failed unstarted": 2},
		Complete: {"failing": 2, "succeeding": goesOn, "complete": 0, "failed": 2, "failed unstarted": 2},
		Failed:   {"failing": goesOn, "succeeding": goesOn, "complete": 1, "failed": 0, "failed unstarted": 0},
		Decided:  {"failing": 2, "succeeding": 0, "complete": 0, "failed": 2, "failed unstarted": 2},
		Started: {
			"running": 0, "all counted": 0, "failing": 0, "succeeding": 0, "complete": 0, "failed": 0, "failed unstarted": 2,
		},
	} {
		for name, status := range all {
			want, named := codes[name]
			switch {
			case name == "gone" || name == "replaced":
				want = exit.JobGone
			case !named:
				want = goesOn
			}
			end, met := Rule{Until: until}.Judge(status, noon())
			if got := end.Code; met != (want != goesOn) || met && got != want {
				t.Errorf("--until=%s, %s: met %v, code %d; want code %d", until, name, met, got, want)
			}
		}
	}
}

func TestJudgeOfACompletedJobThatWasToFailSaysWhy(t *testing.T) {
	end, met := Rule{Until: Failed}.Judge(situations()["complete"], noon())
	if want := (End{Code: exit.Failure, Why: "it completed, so it will not fail"}); !met || end != want {
		t.Errorf("got %+v %v", end, met)
	}
}

func TestJudgeOfASuspendedJob(t *testing.T) {
	end, met := Rule{FailOnSuspend: true}.Judge(situations()["suspended"], noon())
	if want := (End{Code: exit.Failure, Why: "it is suspended"}); !met || end != want {
		t.Errorf("got %+v %v", end, met)
	}
	if _, met := (Rule{FailOnSuspend: true}).Judge(situations()["running"], noon()); met {
		t.Error("a running Job is not suspended")
	}
}

// The controller takes back its condition a moment after a Job has been resumed, and sets it a moment after it was suspended.
func TestJudgeOfAJobBetweenSuspendedAndNot(t *testing.T) {
	for _, suspended := range []bool{false, true} {
		for _, conditions := range [][]batchv1.JobConditionType{nil, {batchv1.JobSuspended}} {
			var s jobstatus.Snapshot
			j := job("x", 0, conditions...)
			j.Spec.Suspend = &suspended
			s.Apply(jobstatus.Change{Job: j})
			s.Apply(synced())
			if end, met := (Rule{FailOnSuspend: true}).Judge(jobstatus.Compute(s, noon()), noon()); met != suspended {
				t.Errorf("spec.suspend %t, conditions %v: met %t %+v", suspended, conditions, met, end)
			}
		}
	}
}

func TestFailFast(t *testing.T) {
	minute := time.Minute
	stuck := jobstatus.Status{State: jobstatus.Pending, Obstacle: &jobstatus.Obstacle{
		Reason: "ImagePullBackOff", Message: "no such image", Since: noon().Add(-minute), Pods: 1, Pod: "x-1",
	}}
	with := func(edit func(*jobstatus.Status)) jobstatus.Status {
		s := stuck
		edit(&s)
		return s
	}
	for _, c := range []struct {
		name     string
		patience time.Duration
		status   jobstatus.Status
		met      bool
	}{
		{"at the end of the patience", minute, stuck, true},
		{"a second before", minute + time.Second, stuck, false},
		{"no patience at all", 0, stuck, true},
		{"nothing is in the way", 0, with(func(s *jobstatus.Status) { s.Obstacle = nil }), false},
		{"the outcome is certain all the same", 0, with(func(s *jobstatus.Status) { s.Decided = true }), false},
		{"suspended", 0, with(func(s *jobstatus.Status) { s.State = jobstatus.Suspended }), false},
	} {
		end, met := Rule{FailFast: &c.patience}.Judge(c.status, noon())
		if met != c.met {
			t.Errorf("%s: met %v", c.name, met)
		}
		if want := (End{Code: exit.Failure, Why: `pod "x-1": ImagePullBackOff: no such image`}); met && end != want {
			t.Errorf("%s: %+v", c.name, end)
		}
	}
	if _, met := (Rule{}).Judge(stuck, noon()); met {
		t.Error("without --fail-fast a Job may be stuck for ever")
	}
}

func TestCode(t *testing.T) {
	job := func(codes ...exit.Code) (jobs []Job) {
		for _, c := range codes {
			if c < 0 {
				jobs = append(jobs, Job{})
				continue
			}
			jobs = append(jobs, Job{End: &End{Code: c}})
		}
		return jobs
	}
	for _, c := range []struct {
		jobs []Job
		any  bool
		want exit.Code
	}{
		{job(0, 0), false, 0},
		{job(0, 2), false, 2},
		{job(3, 2), false, 3},
		{job(0, -1), false, 1},
		{job(-1, 2), true, 2},
		{job(-1, 0), true, 0},
	} {
		if got := Code(c.jobs, c.any); got != c.want {
			t.Errorf("%+v, any %v: %d, want %d", c.jobs, c.any, got, c.want)
		}
	}
}
