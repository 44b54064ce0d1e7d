package jobstatus

import (
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// failureAction is what the Job's failure policy says of a failed pod, empty where no rule matches: the failure counts
// then. It mirrors matchPodFailurePolicy in pkg/controller/job/pod_failure_policy.go; the first rule that matches decides.
func failureAction(policy *batchv1.PodFailurePolicy, pod *corev1.Pod) batchv1.PodFailurePolicyAction {
	if policy == nil {
		return ""
	}
	for i := range policy.Rules {
		rule := &policy.Rules[i]
		switch {
		case rule.OnExitCodes != nil:
			if exitMatches(rule.OnExitCodes, pod.Status.ContainerStatuses) || exitMatches(rule.OnExitCodes, pod.Status.InitContainerStatuses) {
				return rule.Action
			}
		case conditionMatches(rule.OnPodConditions, pod):
			return rule.Action
		}
	}
	return ""
}

func exitMatches(wanted *batchv1.PodFailurePolicyOnExitCodesRequirement, list []corev1.ContainerStatus) bool {
	return slices.ContainsFunc(list, func(c corev1.ContainerStatus) bool {
		end := c.State.Terminated
		if end == nil || end.ExitCode == 0 || (wanted.ContainerName != nil && *wanted.ContainerName != c.Name) {
			return false
		}
		return slices.Contains(wanted.Values, end.ExitCode) == (wanted.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn)
	})
}

func conditionMatches(patterns []batchv1.PodFailurePolicyOnPodConditionsPattern, pod *corev1.Pod) bool {
	return slices.ContainsFunc(patterns, func(p batchv1.PodFailurePolicyOnPodConditionsPattern) bool {
		return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == p.Type && c.Status == p.Status
		})
	})
}
