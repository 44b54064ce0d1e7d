package pods

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

func ptr[T any](v T) *T { return &v }

func aJob(name string, owner *batchv1.CronJob) *batchv1.Job {
	j := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name + "-uid"), CreationTimestamp: metav1.Now()},
		Spec: batchv1.JobSpec{
			Parallelism: ptr(int32(1)), Completions: ptr(int32(1)),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: name + "-uid"}},
		},
		Status: batchv1.JobStatus{StartTime: ptr(metav1.Now()), Active: 1},
	}
	if owner != nil {
		j.OwnerReferences = []metav1.OwnerReference{{Kind: "CronJob", Name: owner.Name, UID: owner.UID, Controller: ptr(true)}}
	}
	return j
}

// aPod is a pod of a Job that was created n seconds after it.
func aPod(job *batchv1.Job, name string, n int, phase corev1.PodPhase) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "default", UID: types.UID(name),
			CreationTimestamp: metav1.NewTime(job.CreationTimestamp.Add(time.Duration(n) * time.Second)),
			Labels:            map[string]string{batchv1.JobNameLabel: job.Name, batchv1.ControllerUidLabel: string(job.UID)},
			OwnerReferences:   []metav1.OwnerReference{{Kind: "Job", Name: job.Name, UID: job.UID, Controller: ptr(true)}},
		},
		Status: corev1.PodStatus{Phase: phase},
	}
}

func aCronJob(name string) *batchv1.CronJob {
	return &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name + "-uid")},
		Spec:       batchv1.CronJobSpec{Schedule: "0 3 * * *"},
	}
}

func asked(api *apistub.Server) []string {
	var all []string
	for _, r := range api.Requests() {
		all = append(all, r.Verb+" "+r.Resource)
	}
	slices.Sort(all)
	return all
}

// --orphans with a name: pods of an earlier Job, or of runs of the CronJob that are gone; and no list is read twice.
func TestOrphansOfAName(t *testing.T) {
	nightly := aCronJob("nightly")
	run, job := aJob("nightly-29000001", nightly), aJob("work", nil)
	gone, other, by, before := aJob("nightly-29000000", nil), aJob("nightly-b-29000000", nil), aJob("nightly-by-hand", nil), aJob("work", nil)
	before.UID = "before"
	for line, c := range map[string]struct {
		want     []string
		requests []string
	}{
		"cronjob/nightly --orphans":      {[]string{"of-gone"}, []string{"get cronjobs", "list jobs", "list pods"}},
		"job/work --orphans":             {[]string{"of-before"}, []string{"get jobs", "list pods"}},
		"cronjob/nightly":                {[]string{"of-run"}, []string{"get cronjobs", "list jobs", "list pods"}},
		"job/work":                       {[]string{"of-work"}, []string{"get jobs", "list pods"}},
		"work":                           {[]string{"of-work"}, []string{"get cronjobs", "get jobs", "list pods"}},
		"job/nightly-29000000 --orphans": {[]string{"of-gone"}, []string{"get jobs", "list pods"}},
		"nightly-29000000 --orphans":     {[]string{"of-gone"}, []string{"get cronjobs", "get jobs", "list pods"}},
		"cronjob/nightly-b --orphans":    {[]string{"of-other"}, []string{"get cronjobs", "list jobs", "list pods"}},
		"nightly-b --orphans":            {[]string{"of-other"}, []string{"get cronjobs", "get jobs", "list jobs", "list pods", "list pods"}},
		"job/nightly-b --orphans":        {nil, []string{"get jobs", "list pods"}},
		"--orphans":                      {[]string{"of-gone", "of-other", "of-hand", "of-before"}, []string{"list jobs", "list pods"}},
	} {
		api := apistub.New()
		for _, o := range []apistub.Object{
			nightly, run, job, aPod(run, "of-run", 0, corev1.PodRunning), aPod(job, "of-work", 0, corev1.PodRunning),
			aPod(gone, "of-gone", 0, corev1.PodSucceeded), aPod(other, "of-other", 0, corev1.PodSucceeded),
			aPod(by, "of-hand", 0, corev1.PodSucceeded), aPod(before, "of-before", 0, corev1.PodFailed),
		} {
			api.Put(o)
		}
		got := verbtest.Run(t.Context(), t, NewCmd, api, line+" -o name")
		names := strings.Fields(strings.ReplaceAll(got.Out, "pod/", ""))
		slices.Sort(names)
		slices.Sort(c.want)
		if !slices.Equal(names, c.want) || !slices.Equal(asked(api), c.requests) || got.Err != nil {
			t.Errorf("pods %s: %v by %v (%v), want %v by %v", line, names, asked(api), got.Err, c.want, c.requests)
		}
		api.Close()
	}
}

// The pods of a Job that is gone are read to their end, however soon it is known that it is gone.
func TestManyOrphansOfAJobThatIsGone(t *testing.T) {
	const n = 1200 // more than a page
	api := apistub.New()
	defer api.Close()
	for i := range n {
		api.Put(aPod(aJob("work", nil), fmt.Sprintf("left-%d", i), 0, corev1.PodSucceeded))
	}
	for _, line := range []string{"job/work", "work"} {
		got := verbtest.Run(t.Context(), t, NewCmd, api, line+" --orphans -o name")
		if got.Err != nil || strings.Count(got.Out, "\n") != n {
			t.Errorf("pods %s --orphans: %d of %d pods (%v)", line, strings.Count(got.Out, "\n"), n, got.Err)
		}
	}
}

// A namespace that is not there holds no orphans, and that is an error of its own.
func TestOrphansInANamespaceThatIsNotThere(t *testing.T) {
	api := apistub.New()
	defer api.Close()
	for _, line := range []string{"--orphans", "work --orphans", "job/work --orphans", "cronjob/nightly --orphans"} {
		got := verbtest.Run(t.Context(), t, NewCmd, api, line+" -n typo")
		if got.Err == nil || !strings.Contains(got.Err.Error(), `namespace "typo" not found`) || got.ErrOut != "" {
			t.Errorf("pods %s: %v, %q", line, got.Err, got.ErrOut)
		}
	}
}

// No selector names more runs than a URL may be long.
func TestRunsByTheHundred(t *testing.T) {
	api := apistub.New()
	defer api.Close()
	nightly := aCronJob("nightly")
	api.Put(nightly)
	for i := range 250 {
		run := aJob(fmt.Sprintf("nightly-%d", 29000000+i), nightly)
		api.Put(run)
		api.Put(aPod(run, fmt.Sprintf("pod-%d", i), 0, corev1.PodSucceeded))
	}
	got := verbtest.Run(t.Context(), t, NewCmd, api, "cronjob/nightly -o name")
	if got.Err != nil || strings.Count(got.Out, "\n") != 250 {
		t.Errorf("%d of 250 pods (%v)", strings.Count(got.Out, "\n"), got.Err)
	}
	for _, r := range api.Requests() {
		if n := strings.Count(r.Query, "nightly-"); n > 100 {
			t.Errorf("a selector of %d names", n)
		}
	}
}

// watched follows what a line asks for; then happens when all there was has been printed.
func watched(t *testing.T, line string, before []apistub.Object, then ...apistub.Object) (out verbtest.Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		api := apistub.New()
		defer api.Close()
		for _, o := range before {
			api.Put(o)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			for _, o := range then {
				time.Sleep(2 * time.Second)
				api.Put(o)
			}
			time.Sleep(2 * time.Second)
			cancel()
		}()
		out = verbtest.Run(ctx, t, NewCmd, api, line)
	})
	return out
}

// Which attempt is the last, and which index was tried more than once, is a matter of all pods, not of those that changed.
func TestFiltersOfAWatch(t *testing.T) {
	job := aJob("work", nil)
	first, second := aPod(job, "first", 0, corev1.PodFailed), aPod(job, "second", 9, corev1.PodPending)
	changed := aPod(job, "first", 0, corev1.PodFailed)
	changed.Spec.NodeName = "n"
	for line, want := range map[string]string{
		"job/work -w --attempt last --no-headers": `^second +2 +Pending .*\n$`,
		"job/work -w --attempt 1 --no-headers":    `^first +1 .*\nfirst +1 .*\n$`,
		"job/work -w --failed --no-headers":       `^first +1 .*\nfirst +1 .*\n$`,
	} {
		got := watched(t, line, []apistub.Object{job, first, second}, changed)
		if !regexp.MustCompile(want).MatchString(got.Out) {
			t.Errorf("%s: no %s in\n%s", line, want, got.Out)
		}
	}
}

// What leaves what was asked for is printed once more, if it looks different, and what comes back is printed again.
func TestWatchOfWhatLeaves(t *testing.T) {
	job := aJob("work", nil)
	first := func(phase corev1.PodPhase) *corev1.Pod { return aPod(job, "first", 0, phase) }
	for line, want := range map[string]string{
		"job/work -w --running --no-headers":      `^first +1 +Running .*\nfirst +1 +Pending .*\nfirst +1 +Running .*\nfirst +1 +Failed .*\n$`,
		"job/work -w --attempt last --no-headers": `^first +1 +Running .*\nfirst +1 +Pending .*\nfirst +1 +Running .*\nfirst +1 +Failed .*\nsecond +2 +Pending .*\n$`,
	} {
		got := watched(t, line, []apistub.Object{job, first(corev1.PodRunning)}, first(corev1.PodPending), first(corev1.PodRunning),
			first(corev1.PodFailed), aPod(job, "second", 9, corev1.PodPending))
		if !regexp.MustCompile(want).MatchString(got.Out) {
			t.Errorf("%s: no %s in\n%s", line, want, got.Out)
		}
	}
}

// A CronJob is followed with all its runs, and those that come.
func TestWatchOfACronJob(t *testing.T) {
	nightly := aCronJob("nightly")
	run, later, other := aJob("nightly-1", nightly), aJob("nightly-2", nightly), aJob("other", nil)
	got := watched(t, "cronjob/nightly -w",
		[]apistub.Object{nightly, run, other, aPod(run, "a", 0, corev1.PodRunning), aPod(other, "x", 0, corev1.PodRunning)},
		later, aPod(later, "b", 0, corev1.PodPending), aPod(run, "a", 0, corev1.PodSucceeded), aPod(later, "b", 0, corev1.PodRunning))
	for _, want := range []string{
		`(?m)^NAME +JOB +ATTEMPT +STATUS`, `(?m)^a +nightly-1 +1 +Running`, `(?m)^b +nightly-2 +1 +Pending`,
		`(?m)^a +nightly-1 +1 +(Succeeded|Completed)`, `(?m)^b +nightly-2 +1 +Running`,
	} {
		if !regexp.MustCompile(want).MatchString(got.Out) {
			t.Errorf("no %s in\n%s%s", want, got.Out, got.ErrOut)
		}
	}
	if strings.Contains(got.Out, "x ") {
		t.Errorf("%s", got.Out)
	}
}

// Pods that are no attempts at one thing, or of which nobody knows what they are attempts at, cannot be chosen by attempt.
func TestAttemptsOfWhat(t *testing.T) {
	many := int32(3)
	parallel := aJob("parallel", nil)
	parallel.Spec.Parallelism, parallel.Spec.Completions = &many, &many
	alone := aJob("alone", nil)
	api := apistub.New()
	defer api.Close()
	for _, o := range []apistub.Object{
		parallel, aPod(parallel, "a", 0, corev1.PodFailed), aPod(parallel, "b", 1, corev1.PodRunning), alone, aPod(alone, "c", 0, corev1.PodRunning),
	} {
		api.Put(o)
	}
	for line, want := range map[string]string{
		"job/parallel --attempt last":                    "runs several pods without an index",
		"job/parallel --attempts":                        "runs several pods without an index",
		"job/parallel -w --attempt 1":                    "runs several pods without an index",
		"-l batch.kubernetes.io/job-name --attempt last": "which attempt a pod is only its Job tells",
		"-l batch.kubernetes.io/job-name --attempts":     "which attempt a pod is only its Job tells",
	} {
		got := verbtest.Run(t.Context(), t, NewCmd, api, line)
		if got.Err == nil || !strings.Contains(got.Err.Error(), want) || got.Out != "" {
			t.Errorf("%s: %v\n%s", line, got.Err, got.Out)
		}
	}
	if got := verbtest.Run(t.Context(), t, NewCmd, api, "job/alone --failed -o csv"); got.Err != nil || !strings.HasPrefix(got.Out, "NAME,") {
		t.Errorf("no header: %v\n%s%s", got.Err, got.Out, got.ErrOut)
	}
	// One that was tried once is not among those that were tried again.
	if got := verbtest.Run(t.Context(), t, NewCmd, api, "job/alone --attempts"); got.Err != nil || got.Out != "" || !strings.Contains(got.ErrOut, "the only pod is not asked for") {
		t.Errorf("%v\n%s%s", got.Err, got.Out, got.ErrOut)
	}
}
