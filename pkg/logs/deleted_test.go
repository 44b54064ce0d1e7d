package logs

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// logsOf runs the verb against objects.
func logsOf(t *testing.T, args string, objects ...apistub.Object) (stdout, stderr string, err error) {
	t.Helper()
	return logsWith(t, "2026-11-23T12:00:00.000000000Z hello\n", args, objects...)
}

// logsWith is logsOf with what each log holds.
func logsWith(t *testing.T, log, args string, objects ...apistub.Object) (stdout, stderr string, err error) {
	t.Helper()
	api := apistub.New()
	defer api.Close()
	api.Logs(log)
	for _, o := range objects {
		api.Put(o)
	}
	client, err := cluster.New(api.Config(), rest.NoWarnings{})
	if err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	f := factory.New(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errOut},
		func(name string) (string, bool) { return "", false }, time.Now).WithClient(client)
	cmd := NewCmd(f, nil)
	f.AddFlags(cmd.Flags())
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(strings.Fields(args))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = cmd.ExecuteContext(ctx)
	return out.String(), errOut.String(), err
}

// A Job whose pods are gone answers at once, with the reason and their names.
func TestL8(t *testing.T) {
	job := func(change func(*batchv1.Job)) *batchv1.Job {
		j := &batchv1.Job{
			ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "default", UID: "u"},
			Spec:       batchv1.JobSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}},
		}
		change(j)
		return j
	}
	failed := func(reason string) func(*batchv1.Job) {
		return func(j *batchv1.Job) {
			j.Status.Failed = 1
			j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: reason}}
		}
	}
	suspended := func(j *batchv1.Job) {
		yes := true
		j.Spec.Suspend = &yes
		j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobSuspended, Status: corev1.ConditionTrue}}
	}
	event := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: "e", Namespace: "default", UID: "e"},
		InvolvedObject: corev1.ObjectReference{UID: "u"}, Reason: "SuccessfulDelete", Message: "Deleted pod: x-abc",
	}
	for name, c := range map[string]struct {
		objects []apistub.Object
		want    []string
	}{
		"backoffLimit": {[]apistub.Object{job(failed("BackoffLimitExceeded")), event}, []string{"backoffLimit", "x-abc"}},
		"deadline":     {[]apistub.Object{job(failed("DeadlineExceeded"))}, []string{"1 pod is gone", "activeDeadlineSeconds"}},
		"suspended":    {[]apistub.Object{job(suspended), event}, []string{"was suspended", "x-abc"}},
		"scaled down":  {[]apistub.Object{job(func(*batchv1.Job) {}), event}, []string{"scaled down", "x-abc"}},
		"none yet":     {[]apistub.Object{job(func(*batchv1.Job) {})}, []string{"no pod has been created yet"}},
		"never":        {[]apistub.Object{job(func(j *batchv1.Job) { suspended(j); j.Status.Conditions = nil })}, []string{"it is suspended"}},
	} {
		t.Run(name, func(t *testing.T) {
			out, _, err := logsOf(t, "job/x", c.objects...)
			if err == nil || out != "" {
				t.Fatalf("%q %v", out, err)
			}
			for _, w := range append(c.want, `job "x" in namespace "default" has no logs`) {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is missing in %q", w, err)
				}
			}
		})
	}
}

// A Job that has ended starts no pod any more, whatever is changed.
func TestNoLogsOfAJobThatEnded(t *testing.T) {
	suspended := func(j *batchv1.Job) { yes := true; j.Spec.Suspend = &yes }
	idle := func(j *batchv1.Job) { zero := int32(0); j.Spec.Parallelism = &zero }
	empty := func(j *batchv1.Job) { zero := int32(0); j.Spec.Completions = &zero }
	refused := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: "e", Namespace: "default", UID: "e"},
		InvolvedObject: corev1.ObjectReference{UID: "u"}, Reason: "FailedCreate", Message: "exceeded quota",
	}
	deadline := "has no logs: it ended without a pod: the Job failed at its activeDeadlineSeconds (DeadlineExceeded)"
	for want, objects := range map[string][]apistub.Object{
		"has no logs: it ended without a pod: it needs none (completions: 0)": {aJob(batchv1.JobComplete, "", empty)},
		deadline:       {aJob(batchv1.JobFailed, "DeadlineExceeded", suspended)},
		deadline + " ": {aJob(batchv1.JobFailed, "DeadlineExceeded", idle)},
		deadline + "\nits pods could not be created: exceeded quota": {aJob(batchv1.JobFailed, "DeadlineExceeded", nil), refused},
		"has no logs: it ended without a pod":                        {aJob(batchv1.JobComplete, "", nil)},
	} {
		for _, args := range []string{"x", "-f x"} {
			if _, _, err := logsOf(t, args, objects...); err == nil || !strings.HasSuffix(err.Error(), strings.TrimSpace(want)) {
				t.Errorf("logs %s: %v, want %q", args, err, want)
			}
		}
	}
}

// Where no pod matches the flags are named that were given, and no others.
func TestNoPodMatches(t *testing.T) {
	job, one := aJob(batchv1.JobComplete, "", nil), aPod("x-1", nil)
	two := aPod("x-2", func(p *corev1.Pod) { p.UID = "p2" })
	for args, want := range map[string]string{
		"x --failed":                        "none of the 2 pods matches\nleave out --failed",
		"x --failed --pod x-1":              "none of the 2 pods matches\nleave out --failed or --pod",
		"-f x --failed --attempt 2 --pod q": "none of the 2 pods matches\nleave out --failed, --attempt or --pod",
	} {
		if _, _, err := logsOf(t, args, job, one, two); err == nil || err.Error() != want {
			t.Errorf("logs %s: %v, want %q", args, err, want)
		}
	}
	if _, _, err := logsOf(t, "x --failed", job, one); err == nil || err.Error() != "pod \"x-1\" does not match\nleave out --failed" {
		t.Error(err)
	}
}

// Nor does one that was deleted while it was followed.
func TestNoLogsOfAJobThatWasDeleted(t *testing.T) {
	d := departedFrom(subject{job: aJob("", "", func(j *batchv1.Job) { yes := true; j.Spec.Suspend = &yes }), gone: true}, nil)
	if d.never != "it was deleted before a pod was created" {
		t.Errorf("%q", d.never)
	}
}

// A namespace that was named and is not there is no place without pods.
func TestNoLogsOfASelector(t *testing.T) {
	for args, want := range map[string]string{
		"-l a=nosuch":             `-l "a=nosuch": no pod matches in namespace "default"`,
		"-l a=nosuch -n nosuchns": `namespace "nosuchns" not found`,
	} {
		for _, follow := range []string{"", "-f "} {
			if _, _, err := logsOf(t, follow+args); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("logs %s%s: %v, want %q", follow, args, err, want)
			}
		}
	}
}

// A Job that was removed when it had finished: its events say what became of it.
func TestL8RemovedJob(t *testing.T) {
	event := func(name, message string, at int64) *corev1.Event {
		return &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name)},
			InvolvedObject: corev1.ObjectReference{Kind: "Job", Name: "x", UID: "u"}, Reason: "Completed", Message: message,
			LastTimestamp: metav1.NewTime(time.Unix(at, 0)),
		}
	}
	for _, args := range []string{"x", "-f job/x"} {
		_, _, err := logsOf(t, args, event("e2", "Job \x1b[2J completed", 2000), event("e1", "older", 1000))
		if err == nil || !strings.Contains(err.Error(), `"x" not found`) || !strings.Contains(err.Error(), `Completed: Job \x1b[2J completed`) || !target.IsNotFound(err) {
			t.Errorf("logs %s: %v", args, err)
		}
		if _, _, err := logsOf(t, args); err == nil || strings.Contains(err.Error(), "there was") {
			t.Errorf("logs %s, no events: %v", args, err)
		}
	}
}
