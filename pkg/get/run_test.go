package get

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

func ptr[T any](v T) *T { return &v }

// aJob is a running Job of one pod; edit changes it.
func aJob(name string, edit ...func(*batchv1.Job)) *batchv1.Job {
	start := metav1.NewTime(time.Now().Add(-time.Minute))
	j := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name + "-uid"), CreationTimestamp: start},
		Spec: batchv1.JobSpec{
			Parallelism: ptr(int32(1)), Completions: ptr(int32(1)),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.JobNameLabel: name}},
		},
		Status: batchv1.JobStatus{StartTime: &start, Active: 1, Ready: ptr(int32(1))},
	}
	for _, e := range edit {
		e(j)
	}
	return j
}

func complete(j *batchv1.Job) {
	j.Status.Active, j.Status.Succeeded, j.Status.Ready = 0, 1, nil
	j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()}}
}

func suspended(j *batchv1.Job) { j.Spec.Suspend, j.Status = ptr(true), batchv1.JobStatus{} }

func notReady(j *batchv1.Job) { j.Status.Ready = ptr(int32(0)) }

func ownedBy(c *batchv1.CronJob) func(*batchv1.Job) {
	return func(j *batchv1.Job) {
		j.OwnerReferences = []metav1.OwnerReference{{Kind: "CronJob", Name: c.Name, UID: c.UID, Controller: ptr(true)}}
	}
}

func aCronJob(name string) *batchv1.CronJob {
	return &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name + "-uid"), CreationTimestamp: metav1.Now()},
		Spec:       batchv1.CronJobSpec{Schedule: "0 3 * * *", TimeZone: ptr("Etc/UTC")},
	}
}

// aPod is a pod of a Job that has a node and waits.
func aPod(job *batchv1.Job, name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: job.Namespace, UID: types.UID(name + "-uid"), CreationTimestamp: job.CreationTimestamp,
			Labels:          map[string]string{batchv1.JobNameLabel: job.Name},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: job.Name, UID: job.UID, Controller: ptr(true)}},
		},
		Spec: corev1.PodSpec{NodeName: "n"}, Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
}

func unschedulable(p *corev1.Pod) *corev1.Pod {
	p.Spec.NodeName = ""
	p.Status.Conditions = []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "Insufficient cpu",
	}}
	return p
}

func anEvent(about apistub.Object, kind, reason, message string) *corev1.Event {
	e := &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: about.GetName() + "." + reason, Namespace: "default", UID: types.UID(about.GetName() + reason)},
		InvolvedObject: corev1.ObjectReference{Kind: kind, Name: about.GetName(), UID: about.GetUID()},
		Type:           corev1.EventTypeWarning, Reason: reason, Message: message, FirstTimestamp: metav1.Now(), LastTimestamp: metav1.Now(),
	}
	if strings.HasPrefix(reason, "Successful") {
		e.Type = corev1.EventTypeNormal
	}
	return e
}

func server(t *testing.T, objects ...apistub.Object) *apistub.Server {
	t.Helper()
	api := apistub.New()
	t.Cleanup(api.Close)
	for _, o := range objects {
		api.Put(o)
	}
	return api
}

func get(t *testing.T, api *apistub.Server, line string) verbtest.Result {
	t.Helper()
	return verbtest.Run(t.Context(), t, NewCmd, api, line)
}

// asked are the requests, e.g. "list jobs".
func asked(api *apistub.Server) []string {
	var all []string
	for _, r := range api.Requests() {
		all = append(all, r.Verb+" "+r.Resource)
	}
	slices.Sort(all)
	return all
}

// However many Jobs are stuck, --status finds all of them, and a list says of all why.
func TestEveryStuckJobIsFound(t *testing.T) {
	var objects []apistub.Object
	for i := range 40 {
		job := aJob(fmt.Sprintf("stuck-%02d", i), notReady)
		objects = append(objects, job, unschedulable(aPod(job, job.Name+"-pod")))
	}
	api := server(t, append(objects, aJob("well"))...)
	got := get(t, api, "jobs --status stuck --no-headers")
	if n := strings.Count(got.Out, "Insufficient cpu"); n != 40 || strings.Contains(got.Out, "well") || got.Err != nil || got.ErrOut != "" {
		t.Errorf("%d of 40, %v\n%s%s", n, got.Err, got.Out, got.ErrOut)
	}
	if got = get(t, api, "jobs --no-headers"); strings.Count(got.Out, "Insufficient cpu") != 40 {
		t.Errorf("%s%s", got.Out, got.ErrOut)
	}
}

// Events tell of what no status does: a volume that cannot be mounted, and pods that are refused beside others that run.
func TestWhatOnlyEventsTell(t *testing.T) {
	volume := aJob("volume", notReady)
	pod := aPod(volume, "volume-pod")
	partly := aJob("partly", func(j *batchv1.Job) { j.Spec.Parallelism, j.Spec.Completions = ptr(int32(3)), ptr(int32(3)) })
	refused := anEvent(partly, "Job", "FailedCreate", `pods "x" is forbidden: exceeded quota: small`)
	mended := aJob("mended", func(j *batchv1.Job) { j.Spec.Parallelism, j.Spec.Completions = ptr(int32(3)), ptr(int32(3)) })
	before := anEvent(mended, "Job", "FailedCreate", "no")
	before.LastTimestamp = metav1.NewTime(time.Now().Add(-time.Minute))
	api := server(t, volume, pod, anEvent(pod, "Pod", "FailedMount", `configmap "x" not found`), partly, refused,
		mended, before, anEvent(mended, "Job", "SuccessfulCreate", "created"))
	got := get(t, api, "jobs --status stuck,blocked --no-headers")
	for _, want := range []string{"volume ", `configmap "x" not found`, "partly ", "over quota: small"} {
		if !strings.Contains(got.Out, want) {
			t.Errorf("no %s in\n%s%s", want, got.Out, got.ErrOut)
		}
	}
	if strings.Contains(got.Out, "mended") || got.ErrOut != "" || got.Err != nil {
		t.Errorf("%s%s%v", got.Out, got.ErrOut, got.Err)
	}
}

// P1: what may not be read is named on stderr, and the rest is shown.
func TestP1(t *testing.T) {
	nightly := aCronJob("nightly")
	stuck := aJob("stuck", notReady)
	for denied, c := range map[string]struct{ line, out, errOut string }{
		"list cronjobs": {"", "stuck ", "warning: CronJobs are not shown: forbidden: cannot list cronjobs\n"},
		"list jobs":     {"cronjobs", "nightly ", "warning: the runs of CronJobs are not shown: forbidden: cannot list jobs\n"},
		"list pods":     {"jobs", "stuck ", "warning: STATUS and REASON may miss something: forbidden: cannot list pods\n"},
		"list events":   {"", "nightly ", "warning: STATUS and REASON may miss something: forbidden: cannot list events\n"},
	} {
		api := server(t, nightly, stuck, aJob("run", complete, ownedBy(nightly)))
		api.Deny(func(verb, resource string) bool { return verb+" "+resource == denied })
		got := get(t, api, strings.TrimSpace("--no-headers "+c.line))
		if !strings.Contains(got.Out, c.out) || got.ErrOut != c.errOut || got.Err != nil {
			t.Errorf("without the right to %s: %v\n%s%s", denied, got.Err, got.Out, got.ErrOut)
		}
	}
}

// D5: an empty list of a namespace that is not there is an error, whatever the format, and costs nothing where it is not empty.
func TestD5(t *testing.T) {
	for _, format := range []string{"", "-o json", "-o yaml", "-o name", "-o status-json", "-o custom-columns=N:.metadata.name"} {
		api := server(t)
		// So is a name that is not there: an empty list would be an answer.
		if got := get(t, api, strings.TrimSpace("job/nosuch "+format)); got.Err == nil || !strings.Contains(got.Err.Error(), "not found") || got.Out != "" {
			t.Errorf("%s: %v\n%s", format, got.Err, got.Out)
		}
		if got := get(t, api, strings.TrimSpace("-n nosuch "+format)); got.Err == nil || !strings.Contains(got.Err.Error(), `namespace "nosuch" not found`) || got.Out != "" {
			t.Errorf("%s: %v\n%s", format, got.Err, got.Out)
		}
		api.Put(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "nosuch"}})
		if got := get(t, api, strings.TrimSpace("-n nosuch "+format)); got.Err != nil {
			t.Errorf("%s: %v", format, got.Err)
		}
	}
	api := server(t, aJob("x"))
	if got := get(t, api, "-n default"); got.Err != nil || slices.Contains(asked(api), "get namespaces") {
		t.Errorf("%v %v", got.Err, asked(api))
	}
}

// A tree shows the runs of the CronJobs that were asked for, however they were.
func TestTreeOfCronJobs(t *testing.T) {
	nightly := aCronJob("nightly")
	nightly.Labels = map[string]string{"a": "b"}
	api := server(t, nightly, aJob("run", complete, ownedBy(nightly)), aJob("alone", complete), aCronJob("other"))
	for line, alone := range map[string]bool{
		"cronjob/nightly --tree": false, "cronjobs --tree": false, "--tree -l a=b": false, "--tree": true,
	} {
		got := get(t, api, line)
		if !strings.Contains(got.Out, "└─ job/run ") || strings.Contains(got.Out, "alone") != alone || got.Err != nil {
			t.Errorf("%s: %v\n%s%s", line, got.Err, got.Out, got.ErrOut)
		}
	}
}

// What chooses Jobs chooses runs in a tree, and no run stands without its CronJob.
func TestTreeOfChosenRuns(t *testing.T) {
	monthOld := func(o metav1.Object) { o.SetCreationTimestamp(metav1.NewTime(time.Now().Add(-30 * 24 * time.Hour))) }
	old := func(j *batchv1.Job) { monthOld(j) }
	labelled := func(j *batchv1.Job) { j.Labels = map[string]string{"a": "b"} }
	nightly, other := aCronJob("nightly"), aCronJob("other")
	monthOld(nightly)
	api := server(t, nightly, other, aJob("done", complete, ownedBy(nightly), labelled), aJob("old", complete, old, ownedBy(nightly)),
		aJob("held", suspended, ownedBy(other)), aJob("alone", complete))
	for line, want := range map[string]string{
		"--tree":                                       "cronjob/nightly job/done job/old cronjob/other job/held job/alone",
		"--tree --owner cronjob/nightly":               "cronjob/nightly job/done job/old",
		"--tree --owner cronjob/nightly -l a=b":        "cronjob/nightly job/done",
		"--tree --owner cronjob/nightly --newer 1h":    "cronjob/nightly job/done",
		"--tree --status suspended":                    "cronjob/other job/held",
		"--tree --status complete":                     "cronjob/nightly job/done job/old job/alone",
		"--tree --newer 1h":                            "cronjob/nightly job/done cronjob/other job/held job/alone",
		"--tree --older 7d":                            "cronjob/nightly job/old",
		"cronjobs --tree --status complete":            "cronjob/nightly job/done job/old",
		"cronjobs --tree --owner cronjob/other":        "cronjob/other job/held",
		"nightly other --tree --newer 1h":              "cronjob/nightly job/done cronjob/other job/held",
		"--tree --status failed":                       "",
		"--tree --owner cronjob/other --status failed": "",
	} {
		got := get(t, api, line+" --no-headers")
		names := strings.Join(regexp.MustCompile(`(cronjob|job)/\w+`).FindAllString(got.Out, -1), " ")
		if names != want || got.Err != nil || (want == "") != strings.Contains(got.ErrOut, "is asked for") {
			t.Errorf("%s: %q, want %q (%v)\n%s%s", line, names, want, got.Err, got.Out, got.ErrOut)
		}
	}
}

// One file holds one table, whatever was named.
func TestCSVOfTwoKinds(t *testing.T) {
	api := server(t, aCronJob("nightly"), aJob("x", complete))
	if got := get(t, api, "x nightly -o csv"); got.Err == nil || got.Out != "" {
		t.Errorf("%v\n%s", got.Err, got.Out)
	}
	for _, line := range []string{"x -o csv", "nightly -o csv", "--status complete -o csv"} {
		if got := get(t, api, line); got.Err != nil || strings.Count(got.Out, "\n") != 2 {
			t.Errorf("%s: %v\n%s", line, got.Err, got.Out)
		}
	}
}

// What is not shown is not read.
func TestRequests(t *testing.T) {
	nightly := aCronJob("nightly")
	stuck := aJob("stuck", notReady)
	pod := unschedulable(aPod(stuck, "p"))
	look := []string{"list events", "list events", "list pods"}
	for line, want := range map[string][]string{
		"--no-headers":                           append([]string{"list cronjobs", "list jobs"}, look...),
		"jobs":                                   append([]string{"list jobs"}, look...),
		"jobs -A":                                append([]string{"list jobs"}, look...),
		"job/stuck":                              append([]string{"get jobs"}, look...),
		"jobs -o name":                           {"list jobs"},
		"jobs -o json":                           {"list jobs"},
		"jobs --status complete":                 {"list jobs"},
		"jobs --status stuck -o name":            append([]string{"list jobs"}, look...),
		"jobs --older 1h":                        {"list jobs"},
		"jobs --status unfinished -o name":       {"list jobs"},
		"jobs --status unfinished":               append([]string{"list jobs"}, look...),
		"jobs --status unfinished,stuck -o name": append([]string{"list jobs"}, look...),
		"--field-selector status.successful=0 -o name": {"list jobs"},
		"--field-selector metadata.name!=x -o name":    {"list cronjobs", "list jobs"},
		"--tree --owner cj/nightly --status complete":  {"get cronjobs", "list jobs"},
		"cronjobs":                      {"list cronjobs", "list jobs"},
		"cronjobs -o name":              {"list cronjobs"},
		"cronjobs -o json":              {"list cronjobs"},
		"cronjob/nightly cronjob/other": {"get cronjobs", "get cronjobs", "list jobs"},
	} {
		api := server(t, nightly, aCronJob("other"), stuck, pod, aJob("run", complete, ownedBy(nightly)))
		got := get(t, api, line)
		slices.Sort(want)
		if !slices.Equal(asked(api), want) || got.Err != nil {
			t.Errorf("%s: %v, want %v (%v)", line, asked(api), want, got.Err)
		}
	}
}

// D9, T2: each of several failures is worded as it is alone, and no name from the cluster makes a line of its own.
func TestSeveralFailures(t *testing.T) {
	api := server(t, aJob("there"), aJob("mine\nerror: all is well"))
	got := get(t, api, "job/there job/minee job/gone --no-headers")
	var several target.Failures
	if !errors.As(got.Err, &several) || len(several) != 2 || !strings.HasPrefix(got.Out, "there ") {
		t.Errorf("%v\n%s", got.Err, got.Out)
	}
	if got := get(t, api, "job/minee"); got.Err == nil || strings.Contains(got.Err.Error(), "all is well") {
		t.Errorf("%v", got.Err)
	}
}
