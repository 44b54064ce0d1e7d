package act_test

import (
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
)

// TestKillFails: a policy that fails the Job for the exit code of a killed container may do so when pods are deleted on
// purpose, and that is said before, instead of that it does no harm.
func TestKillFails(t *testing.T) {
	rule := func(action batchv1.PodFailurePolicyAction, op batchv1.PodFailurePolicyOnExitCodesOperator, container string, values ...int32) batchv1.PodFailurePolicyRule {
		r := batchv1.PodFailurePolicyRule{Action: action, OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Operator: op, Values: values}}
		if container != "" {
			r.OnExitCodes.ContainerName = &container
		}
		return r
	}
	const in, notIn = batchv1.PodFailurePolicyOnExitCodesOpIn, batchv1.PodFailurePolicyOnExitCodesOpNotIn
	const fail, ignore = batchv1.PodFailurePolicyActionFailJob, batchv1.PodFailurePolicyActionIgnore
	disruption := batchv1.PodFailurePolicyRule{Action: fail, OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: "DisruptionTarget"}}}
	for name, c := range map[string]struct {
		rules []batchv1.PodFailurePolicyRule
		want  string // the codes; empty: it does not
	}{
		"a bug's code":             {[]batchv1.PodFailurePolicyRule{rule(fail, in, "", 42)}, ""},
		"memory":                   {[]batchv1.PodFailurePolicyRule{rule(fail, in, "", 137)}, "exit code 137,"},
		"all but some":             {[]batchv1.PodFailurePolicyRule{rule(fail, notIn, "", 0, 42)}, "exit codes 143 and 137,"},
		"all but one of them":      {[]batchv1.PodFailurePolicyRule{rule(fail, notIn, "", 143)}, "exit code 137,"},
		"ignored before":           {[]batchv1.PodFailurePolicyRule{rule(ignore, in, "", 137, 143), rule(fail, notIn, "", 42)}, ""},
		"of one ignored before":    {[]batchv1.PodFailurePolicyRule{rule(ignore, in, "a", 137, 143), rule(fail, notIn, "", 42)}, "exit codes 143 and 137,"},
		"of one container":         {[]batchv1.PodFailurePolicyRule{rule(fail, in, "a", 143)}, "exit code 143,"},
		"counted":                  {[]batchv1.PodFailurePolicyRule{rule(batchv1.PodFailurePolicyActionCount, in, "", 143)}, ""},
		"conditions":               {[]batchv1.PodFailurePolicyRule{disruption}, ""},
		"conditions, and a memory": {[]batchv1.PodFailurePolicyRule{disruption, rule(fail, in, "", 137)}, "exit code 137,"},
	} {
		change := func(j *batchv1.Job) {
			j.Spec.PodFailurePolicy = &batchv1.PodFailurePolicy{Rules: c.rules}
			j.Spec.Completions, j.Spec.Parallelism, j.Status.Active = new(int32(9)), new(int32(3)), 3
		}
		j := job("x", change)
		if got := act.KillFails(j); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for line, harmless := range map[string]string{
			"suspend x --dry-run=client":            "that does not count as a failure",
			"scale x --replicas 1 --dry-run=client": "and not counted as failed",
		} {
			r := newServer(t, job("x", change)).jobx(t, "", strings.Fields(line)...)
			if strings.Contains(r.stderr, "it becomes Failed for good") != (c.want != "") || strings.Contains(r.stderr, harmless) != (c.want == "") {
				t.Errorf("%s: %s: stderr %q", name, line, r.stderr)
			}
		}
		for _, line := range []string{"scale x --replicas 5 --dry-run=client", "delete x --dry-run=client"} {
			if r := newServer(t, job("x", change)).jobx(t, "", strings.Fields(line)...); strings.Contains(r.stderr, "podFailurePolicy") {
				t.Errorf("%s: %s: stderr %q", name, line, r.stderr)
			}
		}
	}
}
