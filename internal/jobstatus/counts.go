package jobstatus

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// counts are the Job's numbers of pods with those that the controller is about to count.
func (v *view) counts() Counts {
	status := &v.job.Status
	c := Counts{
		Active: status.Active, Ready: or(status.Ready, 0), Terminating: or(status.Terminating, 0),
		Succeeded: status.Succeeded, Failed: status.Failed,
	}
	if u := status.UncountedTerminatedPods; u != nil {
		c.Succeeded += int32(len(u.Succeeded))
		c.Failed += int32(len(u.Failed))
	}
	// With backoffLimitPerIndex a failed pod is counted only when its successor is there (canRemoveFinalizer in
	// pkg/controller/job/job_controller.go), which the back-off can put off for minutes.
	if v.job.Spec.BackoffLimitPerIndex != nil && v.job.Spec.PodFailurePolicy == nil && verdict(v.job) == nil {
		c.Failed = max(c.Failed, int32(len(v.failed)))
	}
	return c
}

// indexes sorts the completion indexes by what became of them.
func (v *view) indexes() *Indexes {
	if !indexed(v.job) {
		return nil
	}
	total, _ := completionsOf(v.job)
	ix := &Indexes{
		Total: total, MaxFailed: v.job.Spec.MaxFailedIndexes, PerIndex: v.job.Spec.BackoffLimitPerIndex,
		Completed: v.memo.completed.read(v.job.Status.CompletedIndexes, total),
		Failed:    v.memo.failed.read(or(v.job.Status.FailedIndexes, ""), total),
	}
	if verdict(v.job) != nil {
		ix.Failed = ix.Failed.Subtract(ix.Completed)
		return ix
	}
	succeeded, running, pending, retrying := v.livePodIndexes(total)
	ix.Completed = ix.Completed.Union(succeeded)
	ix.Failed = ix.Failed.Subtract(ix.Completed)
	ended := ix.Completed.Union(ix.Failed)
	ix.Retrying = retrying.Subtract(ended)
	taken := ended.Union(ix.Retrying)
	ix.Running = running.Subtract(taken)
	ix.Pending = pending.Subtract(taken).Subtract(ix.Running)
	return ix
}

// livePodIndexes collects indexes from the pods. A success counts while the controller has not counted it (tracked);
// what it has counted is in the Job's status, unless it dropped the index when the Job was made smaller.
func (v *view) livePodIndexes(total int32) (succeeded, running, pending, retrying IndexSet) {
	for _, r := range v.rows {
		i := r.shown.Index
		if i < 0 || i >= total {
			continue
		}
		switch {
		case r.succeeded():
			if r.tracked && !r.departed {
				succeeded = succeeded.append(i)
			}
			continue
		case r.failed(false) || (r.active() && r.failures > 0):
			retrying = retrying.append(i)
		}
		switch {
		case r.departed:
		case r.shown.Phase == PodRunning:
			running = running.append(i)
		case r.shown.Phase == PodPending, r.shown.Phase == PodStuck:
			pending = pending.append(i)
		}
	}
	return succeeded, running, pending, retrying
}

// append adds an index that is not below the set's last, in place.
func (s IndexSet) append(i int32) IndexSet {
	n := len(s)
	switch {
	case n > 0 && i <= s[n-1].Last:
		return s
	case n > 0 && i == s[n-1].Last+1:
		s[n-1].Last = i
		return s
	default:
		return append(s, IndexRange{i, i})
	}
}

// progress is how far the Job has come, in the unit that decides its success.
func (v *view) progress(c Counts, ix *Indexes) Progress {
	total, fixed := completionsOf(v.job)
	switch {
	case !fixed:
		return v.drained(c)
	case ix != nil && v.job.Spec.SuccessPolicy != nil:
		if p, ok := nearestRule(v.job.Spec.SuccessPolicy, ix); ok {
			return p
		}
		return Progress{Done: ix.Completed.Len(), Total: total, Unit: Completions}
	case ix != nil:
		return Progress{Done: ix.Completed.Len(), Total: total, Unit: Completions}
	default:
		return Progress{Done: min(c.Succeeded, total), Total: total, Unit: Completions}
	}
}

// drained is the progress of a work queue. Nothing is shut down at its first success: the controller creates no more
// pods and waits for those that run, so the work left is the workers that have not come to their end (manageJob and
// syncJob in pkg/controller/job/job_controller.go).
func (v *view) drained(c Counts) Progress {
	p := Progress{Unit: Workers}
	if c.Succeeded == 0 {
		// With a single worker the total is known from the start; else it is how many run at the first success.
		if parallelismOf(v.job) == 1 {
			p.Total = 1
		}
		return p
	}
	p.Done = c.Succeeded
	for _, r := range v.failed {
		if !v.firstSuccess.IsZero() && r.ended().After(v.firstSuccess) {
			p.Done++
		}
	}
	p.Total = p.Done + c.Active
	return p
}

// nearestRule is the progress toward the rule of the success policy that lacks the fewest indexes and can still be met;
// of two that lack as many, the one of which more is done.
// It mirrors matchSuccessPolicy in pkg/controller/job/success_policy.go.
func nearestRule(policy *batchv1.SuccessPolicy, ix *Indexes) (Progress, bool) {
	best, found := Progress{}, false
	for i := range policy.Rules {
		rule := &policy.Rules[i]
		wanted := IndexSet{{0, ix.Total - 1}}
		if rule.SucceededIndexes != nil {
			wanted = ParseIndexes(*rule.SucceededIndexes, ix.Total)
		}
		if ix.Total <= 0 || len(wanted) == 0 || (rule.SucceededIndexes == nil && rule.SucceededCount == nil) {
			continue
		}
		target := min(wanted.Len(), or(rule.SucceededCount, wanted.Len()))
		if wanted.Subtract(ix.Failed).Len() < target {
			continue // too many of its indexes have failed for good
		}
		p := Progress{Done: min(target, wanted.Intersect(ix.Completed).Len()), Total: target, Unit: Criteria}
		if lacks, least := p.Total-p.Done, best.Total-best.Done; !found || lacks < least || (lacks == least && p.Done > best.Done) {
			best, found = p, true
		}
	}
	return best, found
}

// retriesUsed is how much of backoffLimit is spent. With restartPolicy OnFailure the restarts of the pods' containers
// count too (pastBackoffLimitOnFailure in job_controller.go); a failure beyond the limit had no retry.
func (v *view) retriesUsed(c Counts, limit int32) int32 {
	used := c.Failed
	if v.job.Spec.Template.Spec.RestartPolicy == corev1.RestartPolicyOnFailure {
		used = max(used, v.restarts)
		if f := condition(v.job, batchv1.JobFailed); f != nil && f.Reason == batchv1.JobReasonBackoffLimitExceeded {
			used = limit // the controller has deleted the pods that knew
		}
	}
	return min(used, limit)
}
