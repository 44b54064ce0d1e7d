package logs

import (
	"errors"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// aJob is a Job that has ended with a condition, unless that is "".
func aJob(condition batchv1.JobConditionType, reason string, change func(*batchv1.Job)) *batchv1.Job {
	j := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "default", UID: "u"},
		Spec: batchv1.JobSpec{
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}},
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}}},
		},
	}
	if condition != "" {
		j.Status.Conditions = []batchv1.JobCondition{{Type: condition, Status: corev1.ConditionTrue, Reason: reason}}
	}
	if change != nil {
		change(j)
	}
	return j
}

// aPod is a pod of that Job that has ended well.
func aPod(name string, change func(*corev1.Pod)) *corev1.Pod {
	yes := true
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "default", UID: "p", Labels: map[string]string{"a": "b"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: "x", UID: "u", Controller: &yes}},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}},
		Status: corev1.PodStatus{Phase: corev1.PodSucceeded, ContainerStatuses: []corev1.ContainerStatus{{
			Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ContainerID: "x", StartedAt: metav1.NewTime(time.Unix(1000, 0))}},
		}}},
	}
	if change != nil {
		change(p)
	}
	return p
}

// L8: -f of a Job whose pods are gone says so, why, and fails, as without -f.
func TestL8FollowAfterTheEnd(t *testing.T) {
	gone := func(j *batchv1.Job) { j.Status.Failed = 2 }
	event := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: "e", Namespace: "default", UID: "e"},
		InvolvedObject: corev1.ObjectReference{UID: "u"}, Reason: "SuccessfulDelete", Message: "Deleted pod: x-abc",
	}
	for name, c := range map[string]struct {
		args    string
		objects []apistub.Object
		want    []string
	}{
		"its pods are gone":      {"-f job/x", []apistub.Object{aJob(batchv1.JobFailed, "DeadlineExceeded", gone), event}, []string{`job "x" in namespace "default" has no logs any more`, "2 pods are gone", "x-abc", "activeDeadlineSeconds"}},
		"a selector that has no": {"-f -l a=nosuch", []apistub.Object{aPod("x-1", nil)}, []string{`-l "a=nosuch": no pod matches`}},
		"a pod that is not its":  {"-f job/x --pod nosuch", []apistub.Object{aJob(batchv1.JobComplete, "", nil), aPod("x-1", nil)}, []string{`pod "x-1" does not match` + "\nleave out --pod"}},
		"no such index":          {"-f job/x --index 99", []apistub.Object{aJob(batchv1.JobComplete, "", indexedOf(12)), aPod("x-1", nil)}, []string{`--index: job "x" has the indexes 0-11`}},
		"no such container":      {"-f job/x -c nosuch", []apistub.Object{aJob("", "", nil), aPod("x-1", nil)}, []string{"-c nosuch: there is no such container", "it has c"}},
		"nor with a selector":    {"-f -l a=b -c nosuch", []apistub.Object{aPod("x-1", nil)}, []string{"-c nosuch: there is no such container"}},
	} {
		t.Run(name, func(t *testing.T) {
			out, _, err := logsOf(t, c.args, c.objects...)
			if err == nil || out != "" || exit.Of(err, exit.OK) != exit.Failure {
				t.Fatalf("%q %v", out, err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is missing in %q", w, err)
				}
			}
		})
	}
}

// --exit-status needs a Job, whatever the name turns out to be: that is said before anything is read.
func TestExitStatusOfABarePod(t *testing.T) {
	out, _, err := logsOf(t, "-f --exit-status x-1", aPod("x-1", nil))
	if !errors.Is(err, errNoJob) || out != "" {
		t.Errorf("%v, output %q", err, out)
	}
}

// T1: the name of a run is the server's word.
func TestT1NameOfARun(t *testing.T) {
	yes := true
	cronJob := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Name: "n", Namespace: "default", UID: "cj"}}
	run := aJob(batchv1.JobComplete, "", func(j *batchv1.Job) {
		j.Name = "x\x1b]0;owned\a"
		j.OwnerReferences = []metav1.OwnerReference{{Kind: "CronJob", Name: "n", UID: "cj", Controller: &yes}}
	})
	if _, said, _ := logsOf(t, "-f cronjob/n", cronJob, run, aPod("x-1", nil)); strings.ContainsAny(said, "\x1b\a") || !strings.Contains(said, "following job/x") {
		t.Errorf("it said %q", said)
	}
}

// --strict: attempts and pods whose logs are lost for certain are told and make the exit code 1, with -f and without.
func TestStrictCountsWhatIsGone(t *testing.T) {
	restarted := func(p *corev1.Pod) {
		s := &p.Status.ContainerStatuses[0]
		s.RestartCount = 4
		s.LastTerminationState.Terminated = s.State.Terminated
	}
	more := func(j *batchv1.Job) { j.Status.Succeeded, j.Status.Failed = 1, 2 }
	generation := func(n int64) func(*batchv1.Job) {
		return func(j *batchv1.Job) { j.Generation, j.Status.Succeeded = n, 1 }
	}
	deletion := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: "e", Namespace: "default", UID: "e"},
		InvolvedObject: corev1.ObjectReference{UID: "u"}, Reason: "SuccessfulDelete", Message: "Deleted pod: x-2",
	}
	for name, c := range map[string]struct {
		args    string
		objects []apistub.Object
		says    string
		code    exit.Code
	}{
		"attempts":                       {"x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", nil), aPod("x-1", restarted)}, "no log of attempts before 4", exit.Failure},
		"attempts, followed":             {"-f x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", nil), aPod("x-1", restarted)}, "no log of attempts before 4", exit.Failure},
		"attempts, not strictly":         {"x", []apistub.Object{aJob(batchv1.JobComplete, "", nil), aPod("x-1", restarted)}, "no log of attempts before 4", exit.OK},
		"the last attempt":               {"x --strict --attempt last", []apistub.Object{aJob(batchv1.JobComplete, "", nil), aPod("x-1", restarted)}, "", exit.OK},
		"pods":                           {"x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", more), aPod("x-1", nil)}, "2 pods are gone", exit.Failure},
		"pods, followed":                 {"-f x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", more), aPod("x-1", nil)}, "2 pods are gone", exit.Failure},
		"pods, not strictly":             {"-f x", []apistub.Object{aJob(batchv1.JobComplete, "", more), aPod("x-1", nil)}, "2 pods are gone", exit.OK},
		"pods that may not be wanted":    {"x --strict --pod x-1", []apistub.Object{aJob(batchv1.JobComplete, "", more), aPod("x-1", nil)}, "2 pods are gone", exit.OK},
		"a Job that was scaled down":     {"x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", generation(2)), aPod("x-1", nil), deletion}, "1 pod is gone, and its log: the Job was suspended or scaled down", exit.Failure},
		"and followed":                   {"-f x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", generation(2)), aPod("x-1", nil), deletion}, "1 pod is gone", exit.Failure},
		"and nothing is gone":            {"x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", generation(2)), aPod("x-1", nil)}, "", exit.OK},
		"one that was not is not asked":  {"x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", generation(1)), aPod("x-1", nil), deletion}, "", exit.OK},
		"nothing is gone":                {"x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", func(j *batchv1.Job) { j.Status.Succeeded = 1 }), aPod("x-1", nil)}, "", exit.OK},
		"nothing is gone, also followed": {"-f x --strict", []apistub.Object{aJob(batchv1.JobComplete, "", func(j *batchv1.Job) { j.Status.Succeeded = 1 }), aPod("x-1", nil)}, "", exit.OK},
	} {
		t.Run(name, func(t *testing.T) {
			out, said, err := logsOf(t, c.args, c.objects...)
			if code := exit.Of(err, exit.OK); code != c.code || !strings.Contains(said, c.says) || c.says == "" && said != "" {
				t.Errorf("exit code %d, %v; it said %q", code, err, said)
			}
			if !strings.Contains(out, "hello") {
				t.Errorf("output %q", out)
			}
			var coded *exit.Error
			if err != nil && !errors.As(err, &coded) {
				t.Errorf("%v", err)
			}
		})
	}
}
