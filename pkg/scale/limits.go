package scale

import (
	"fmt"
	"math"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// The sizes that the API server takes (validateJobSpec in pkg/apis/batch/validation/validation.go).
const (
	mostPods      = 100_000 // parallelism of an Indexed Job
	manyIndexes   = 100_000 // completions above which backoffLimitPerIndex has the limits of many
	mostPodsOf    = 10_000  // parallelism with so many
	mostFailedOf  = 10_000  // maxFailedIndexes with so many
	mostNameBytes = 63      // of a pod's host name, which ends in its index
)

// refused says why the API server would not take this size, or nil.
func (s size) refused(job *batchv1.Job) error {
	e := act.Edit{Parallelism: &s.parallelism, Completions: s.completions}
	after := e.On(target.Item{Object: target.Object{Job: job}}).Job
	if err := beyondLimits(&after.Spec); err != nil || s.completions == nil {
		return err
	}
	return nameTooLong(job, *s.completions)
}

// beyondLimits says why the API server would refuse a Job's size, or nil: before something is asked about that cannot be
// done, and in fewer words. s is the spec with the new size.
func beyondLimits(s *batchv1.JobSpec) error {
	parallelism := act.Parallelism(s)
	if need := gangOf(s); need > parallelism {
		return fmt.Errorf("parallelism %d: its scheduling wants at least %d pods at once (schedulingPolicy.gang.minCount)\nlower that first, or give %d or more",
			parallelism, need, need)
	}
	if !act.Indexed(s) || s.Completions == nil {
		return nil
	}
	completions, failed := *s.Completions, s.MaxFailedIndexes
	many := s.BackoffLimitPerIndex != nil && completions > manyIndexes
	switch {
	case parallelism > mostPods:
		return fmt.Errorf("parallelism %d: that of an Indexed Job is %d at most", parallelism, mostPods)
	case failed != nil && *failed > completions:
		return fmt.Errorf("completions %d: spec.maxFailedIndexes is %d, and cannot be more\nlower that first, or give %d or more", completions, *failed, *failed)
	case many && parallelism > mostPodsOf:
		return fmt.Errorf("parallelism %d: with backoffLimitPerIndex and more than %d completions it is %d at most", parallelism, manyIndexes, mostPodsOf)
	case many && (failed == nil || *failed > mostFailedOf):
		return fmt.Errorf("completions %d: with backoffLimitPerIndex more than %d need spec.maxFailedIndexes, of %d at most", completions, manyIndexes, mostFailedOf)
	default:
		return unreachable(s.SuccessPolicy, completions)
	}
}

// gangOf is how many pods must be able to run at once; 0: it does not say.
func gangOf(s *batchv1.JobSpec) int32 {
	if s.Scheduling == nil || s.Scheduling.SchedulingPolicy == nil || s.Scheduling.SchedulingPolicy.Gang == nil ||
		s.Scheduling.SchedulingPolicy.Gang.MinCount == nil {
		return 0
	}
	return *s.Scheduling.SchedulingPolicy.Gang.MinCount
}

// unreachable says that a success policy asks for more than so many indexes, or nil.
func unreachable(policy *batchv1.SuccessPolicy, completions int32) error {
	if policy == nil {
		return nil
	}
	for i, rule := range policy.Rules {
		if rule.SucceededIndexes != nil {
			wanted := jobstatus.ParseIndexes(*rule.SucceededIndexes, math.MaxInt32)
			if gone := wanted.Subtract(wanted.Truncate(completions)); gone.Len() > 0 {
				return fmt.Errorf("completions %d: rule %d of its successPolicy wants the success of indexes %s, and the policy cannot be changed",
					completions, i, act.Cut(gone.String(), 60))
			}
		}
		if n := rule.SucceededCount; n != nil && *n > completions {
			return fmt.Errorf("completions %d: rule %d of its successPolicy wants %d successes, and the policy cannot be changed", completions, i, *n)
		}
	}
	return nil
}

// nameTooLong says that pods could not be named after a Job's last index, or nil (validateNameAllowsCompletions).
func nameTooLong(job *batchv1.Job, completions int32) error {
	host := fmt.Sprintf("%s-%d", job.Name, completions-1)
	if completions == 0 || len(host) <= mostNameBytes {
		return nil
	}
	return fmt.Errorf("completions %d: the host name of the last pod, %s, would have more than %d characters", completions, host, mostNameBytes)
}
