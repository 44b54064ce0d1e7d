package act

import (
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
)

// killedCodes are those with which containers end that are killed: by SIGTERM, and by SIGKILL after their time to end.
var killedCodes = []int32{143, 137}

// KillFails says that a Job may be failed by the end of pods that the controller deletes; empty: it is not. They are not
// counted, but its podFailurePolicy is asked about every pod that has ended and is still there, for whatever reason it
// ended (getFailJobMessage in pkg/controller/job/job_controller.go).
func KillFails(job *batchv1.Job) string {
	var codes []int32
	for _, code := range killedCodes {
		if failsJob(job.Spec.PodFailurePolicy, code) {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return ""
	}
	text := fmt.Sprintf("exit code %d", codes[0])
	if len(codes) > 1 {
		text = fmt.Sprintf("exit codes %d and %d", codes[0], codes[1])
	}
	return fmt.Sprintf("its podFailurePolicy fails the Job for %s, with which killed containers end: "+
		"it becomes Failed for good if the controller sees such a pod before that is gone", text)
}

// failsJob says whether the policy fails the Job when a container, perhaps a certain one, ends with the code. The first
// rule that fits decides.
func failsJob(policy *batchv1.PodFailurePolicy, code int32) bool {
	if policy == nil {
		return false
	}
	for _, rule := range policy.Rules {
		exits := rule.OnExitCodes
		if exits == nil || slices.Contains(exits.Values, code) != (exits.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn) {
			continue
		}
		switch {
		case rule.Action == batchv1.PodFailurePolicyActionFailJob:
			return true
		case exits.ContainerName == nil:
			return false
		}
	}
	return false
}
