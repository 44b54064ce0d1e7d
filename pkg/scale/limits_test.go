package scale

import (
	"errors"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	schedulingv1alpha3 "k8s.io/api/scheduling/v1alpha3"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// TestSizesThatTheServerRefuses: they are known before anything is asked or forecast, for Jobs and for CronJobs.
func TestSizesThatTheServerRefuses(t *testing.T) {
	p := func(n int32) Request { return Request{Parallelism: &n} }
	c := func(n int32) Request { return Request{Completions: &n} }
	perIndex := func(most *int32) func(*batchv1.JobSpec) {
		return func(s *batchv1.JobSpec) { s.BackoffLimitPerIndex, s.MaxFailedIndexes = new(int32(1)), most }
	}
	rule := func(r batchv1.SuccessPolicyRule) func(*batchv1.JobSpec) {
		return func(s *batchv1.JobSpec) {
			s.SuccessPolicy = &batchv1.SuccessPolicy{Rules: []batchv1.SuccessPolicyRule{r}}
		}
	}
	gang := func(s *batchv1.JobSpec) {
		s.CompletionMode = nil
		s.Scheduling = &batchv1.JobSchedulingConfiguration{SchedulingPolicy: &schedulingv1alpha3.WorkloadPodGroupSchedulingPolicy{
			Gang: &schedulingv1alpha3.WorkloadPodGroupGangSchedulingPolicy{MinCount: new(int32(4))},
		}}
	}
	many := func(s *batchv1.JobSpec) { perIndex(new(int32(5)))(s); s.Completions = new(int32(100_001)) }
	for name, tc := range map[string]struct {
		change  func(*batchv1.JobSpec)
		request Request
		err     string // empty: the size is all right
	}{
		"parallelism":               {func(*batchv1.JobSpec) {}, p(100_001), "parallelism 100001: that of an Indexed Job is 100000 at most"},
		"parallelism, the most":     {func(*batchv1.JobSpec) {}, p(100_000), ""},
		"parallelism, not indexed":  {func(s *batchv1.JobSpec) { s.CompletionMode = nil }, p(100_001), ""},
		"failed indexes":            {perIndex(new(int32(5))), c(4), "completions 4: spec.maxFailedIndexes is 5"},
		"failed indexes, as many":   {perIndex(new(int32(5))), c(5), ""},
		"many indexes":              {many, p(10_001), "parallelism 10001: with backoffLimitPerIndex and more than 100000 completions it is 10000 at most"},
		"many indexes, the most":    {many, p(10_000), ""},
		"succeeded indexes":         {rule(batchv1.SuccessPolicyRule{SucceededIndexes: new("0,3-9")}), c(4), "rule 0 of its successPolicy wants the success of indexes 4-9"},
		"succeeded indexes, enough": {rule(batchv1.SuccessPolicyRule{SucceededIndexes: new("0,3")}), c(4), ""},
		"succeeded count":           {rule(batchv1.SuccessPolicyRule{SucceededCount: new(int32(8))}), c(4), "rule 0 of its successPolicy wants 8 successes"},
		"succeeded count, enough":   {rule(batchv1.SuccessPolicyRule{SucceededCount: new(int32(8))}), c(8), ""},
		"gang":                      {gang, p(3), "parallelism 3: its scheduling wants at least 4 pods at once"},
		"gang, enough":              {gang, p(4), ""},
	} {
		j := job(func(j *batchv1.Job) {
			indexedJob("7-9")(j)
			*j.Spec.Parallelism = 10
			tc.change(&j.Spec)
		})
		cronJob := &batchv1.CronJob{}
		cronJob.Spec.JobTemplate.Spec = j.Job.Spec
		for _, item := range []target.Item{j, {Object: target.Object{CronJob: cronJob}}} {
			got := plan(tc.request, item, now)
			if tc.err == "" {
				if got.Err != nil || got.Edit.Empty() {
					t.Errorf("%s: %v, edit %+v", name, got.Err, got.Edit)
				}
				continue
			}
			var unfit act.Unfit
			if got.Err == nil || !errors.As(got.Err, &unfit) || !strings.Contains(got.Err.Error(), tc.err) || !got.Edit.Empty() || got.Ask != "" {
				t.Errorf("%s: %v, edit %+v, asked %q: want %q", name, got.Err, got.Edit, got.Ask, tc.err)
			}
		}
	}
	cronJob := &batchv1.CronJob{}
	cronJob.Spec.JobTemplate.Spec = job(indexedJob("")).Job.Spec
	perIndex(nil)(&cronJob.Spec.JobTemplate.Spec)
	got := plan(c(100_001), target.Item{Object: target.Object{CronJob: cronJob}}, now)
	if want := "more than 100000 need spec.maxFailedIndexes, of 10000 at most"; got.Err == nil || !strings.Contains(got.Err.Error(), want) {
		t.Errorf("a template: %v, want %q", got.Err, want)
	}
	long := job(indexedJob(""), func(j *batchv1.Job) { j.Name = strings.Repeat("x", 60) })
	if got := plan(c(100), long, now); got.Err != nil {
		t.Error(got.Err)
	}
	if got := plan(c(101), long, now); got.Err == nil || !strings.Contains(got.Err.Error(), "would have more than 63 characters") {
		t.Errorf("a long name: %v", got.Err)
	}
}
