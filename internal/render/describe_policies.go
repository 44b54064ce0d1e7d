package render

import (
	"fmt"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
)

// policies says the rules of a Job in words, first match first.
func (p *page) policies(spec *batchv1.JobSpec) {
	if policy := spec.PodFailurePolicy; policy != nil {
		for i, rule := range policy.Rules {
			label := "Pod Failure Policy"
			if i > 0 {
				p.block = append(p.block, pair{0, "", fmt.Sprintf("%d. %s", i+1, p.st.Text(failureRule(rule))), Plain})
				continue
			}
			p.put(0, label, "1. "+p.st.Text(failureRule(rule)))
		}
	}
	if policy := spec.SuccessPolicy; policy != nil {
		for i, rule := range policy.Rules {
			text := fmt.Sprintf("%d. %s", i+1, p.st.Text(successRule(rule)))
			if i == 0 {
				p.put(0, "Success Policy", text)
				continue
			}
			p.block = append(p.block, pair{0, "", text, Plain})
		}
	}
	if r := spec.PodReplacementPolicy; r != nil {
		p.put(0, "Pod Replacement Policy", p.st.Text(string(*r))+replacementWords(*r))
	}
}

func replacementWords(r batchv1.PodReplacementPolicy) string {
	switch r {
	case batchv1.TerminatingOrFailed:
		return " (a deleted pod is replaced at once)"
	case batchv1.Failed:
		return " (a deleted pod is replaced when it has ended)"
	}
	return ""
}

func failureRule(r batchv1.PodFailurePolicyRule) string {
	var when string
	switch {
	case r.OnExitCodes != nil:
		who := "any container"
		if r.OnExitCodes.ContainerName != nil {
			who = fmt.Sprintf("container %q", *r.OnExitCodes.ContainerName)
		}
		codes := make([]string, len(r.OnExitCodes.Values))
		for i, c := range r.OnExitCodes.Values {
			codes[i] = fmt.Sprint(c)
		}
		not := ""
		if r.OnExitCodes.Operator == batchv1.PodFailurePolicyOnExitCodesOpNotIn {
			not = "other than "
		}
		when = fmt.Sprintf("%s ends with exit code %s%s", who, not, strings.Join(codes, ", "))
	default:
		conditions := make([]string, len(r.OnPodConditions))
		for i, c := range r.OnPodConditions {
			conditions[i] = fmt.Sprintf("%s=%s", c.Type, c.Status)
		}
		when = "a pod fails with the condition " + strings.Join(conditions, " or ")
	}
	return fmt.Sprintf("%s: when %s, %s", r.Action, when, actionWords(r.Action))
}

func actionWords(a batchv1.PodFailurePolicyAction) string {
	switch a {
	case batchv1.PodFailurePolicyActionFailJob:
		return "the Job fails at once"
	case batchv1.PodFailurePolicyActionFailIndex:
		return "its index fails without another try"
	case batchv1.PodFailurePolicyActionIgnore:
		return "it is replaced and not counted"
	case batchv1.PodFailurePolicyActionCount:
		return "it counts toward the backoff limit"
	}
	return "an action this version does not know"
}

func successRule(r batchv1.SuccessPolicyRule) string {
	switch {
	case r.SucceededIndexes != nil && r.SucceededCount != nil:
		return fmt.Sprintf("success when %d of the indexes %s succeeded", *r.SucceededCount, *r.SucceededIndexes)
	case r.SucceededIndexes != nil:
		return fmt.Sprintf("success when the indexes %s succeeded", *r.SucceededIndexes)
	case r.SucceededCount != nil:
		return fmt.Sprintf("success when %d indexes succeeded", *r.SucceededCount)
	}
	return "an empty rule"
}
