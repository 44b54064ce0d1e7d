package scale

import (
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apitypes "k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

// job has parallelism 3, completions 10 and 3 active pods unless it is changed.
func job(change ...func(*batchv1.Job)) target.Item {
	j := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "ns", UID: "u", ResourceVersion: "5"},
		Spec:       batchv1.JobSpec{Parallelism: ptr(int32(3)), Completions: ptr(int32(10))},
		Status:     batchv1.JobStatus{Active: 3},
	}
	for _, c := range change {
		c(j)
	}
	return target.Item{Object: target.Object{Job: j}}
}

func indexedJob(completed string) func(*batchv1.Job) {
	return func(j *batchv1.Job) {
		j.Spec.CompletionMode = ptr(batchv1.IndexedCompletion)
		j.Status.CompletedIndexes = completed
	}
}

func failedIndexes(text string) func(*batchv1.Job) {
	return func(j *batchv1.Job) { j.Status.FailedIndexes = &text }
}

// pace is five completions in fifty minutes.
func pace(j *batchv1.Job) {
	j.Status.Succeeded = 5
	j.Status.StartTime = &metav1.Time{Time: now.Add(-50 * time.Minute)}
}

func with(kind batchv1.JobConditionType) func(*batchv1.Job) {
	return func(j *batchv1.Job) {
		j.Status.Conditions = []batchv1.JobCondition{{Type: kind, Status: corev1.ConditionTrue}}
	}
}

func workQueue(succeeded int32) func(*batchv1.Job) {
	return func(j *batchv1.Job) { j.Spec.Completions, j.Status.Succeeded = nil, succeeded }
}

func TestPlan(t *testing.T) {
	p := func(n int32) Request { return Request{Parallelism: &n} }
	c := func(n int32) Request { return Request{Completions: &n} }
	both := func(par, comp int32) Request { return Request{Parallelism: &par, Completions: &comp} }
	for name, tc := range map[string]struct {
		item      target.Item
		request   Request
		par, comp *int32 // of the edit
		notes     string // a part of the notes
		without   string // no part of them; empty: any
		ask, err  string // a part; empty: none
	}{
		"up":          {item: job(), request: p(5), par: ptr(int32(5)), notes: "3 -> 5: 2 more pods will be started"},
		"down":        {item: job(), request: p(1), par: ptr(int32(1)), notes: "3 -> 1: 2 of 3 active pods will be deleted, and not counted as failed"},
		"to zero":     {item: job(), request: p(0), par: ptr(int32(0)), notes: "the Job is paused"},
		"same":        {item: job(), request: p(3), notes: "3 already: nothing to do"},
		"defaulted":   {item: job(func(j *batchv1.Job) { j.Spec.Parallelism = nil }), request: p(1), notes: "1 already"},
		"beyond left": {item: job(func(j *batchv1.Job) { j.Status.Succeeded = 8 }), request: p(6), par: ptr(int32(6)), notes: "2 completions left, so no more"},
		"uncounted": {item: job(func(j *batchv1.Job) {
			j.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{Succeeded: []apitypes.UID{"a"}}
		}), request: p(10), par: ptr(int32(10)), notes: "9 completions left"},
		"suspended":    {item: job(func(j *batchv1.Job) { j.Spec.Suspend = ptr(true); j.Status.Active = 0 }), request: p(5), par: ptr(int32(5)), notes: "from the next resume on"},
		"queue":        {item: job(workQueue(0)), request: p(5), par: ptr(int32(5)), notes: "2 more pods"},
		"queue done":   {item: job(workQueue(1)), request: p(5), err: "work queue and a worker has succeeded"},
		"complete":     {item: job(with(batchv1.JobComplete)), request: p(5), err: "it is Complete: a finished Job ignores"},
		"failed":       {item: job(with(batchv1.JobFailed)), request: p(5), err: "it is Failed"},
		"decided":      {item: job(with(batchv1.JobFailureTarget)), request: p(5), err: "outcome is decided (FailureTarget)"},
		"succeeding":   {item: job(with(batchv1.JobSuccessCriteriaMet)), request: p(5), err: "decided"},
		"deleted":      {item: job(func(j *batchv1.Job) { j.DeletionTimestamp = &metav1.Time{Time: now} }), request: p(5), err: "being deleted"},
		"kueue":        {item: job(func(j *batchv1.Job) { j.Labels = map[string]string{"kueue.x-k8s.io/queue-name": "q"} }), request: p(5), err: `it is managed by Kueue (queue "q")`},
		"managed":      {item: job(func(j *batchv1.Job) { j.Spec.ManagedBy = ptr("example.com/c") }), request: p(5), err: `managed by "example.com/c"`},
		"managed here": {item: job(func(j *batchv1.Job) { j.Spec.ManagedBy = ptr(batchv1.JobControllerName) }), request: p(5), par: ptr(int32(5))},

		"completions, fixed":    {item: job(), request: c(5), err: "NonIndexed Job is immutable (it is 10)"},
		"completions, the same": {item: job(), request: c(10), notes: "completions are 10 already: nothing to do"},
		"completions, queue":    {item: job(workQueue(0)), request: c(5), err: "no number of completions"},
		"completions, indexed":  {item: job(indexedJob("")), request: c(20), par: ptr(int32(20)), comp: ptr(int32(20)), notes: "completions 10 -> 20, and parallelism with it"},
		"completions, indexed, the same": {item: job(indexedJob("")), request: c(10), par: ptr(int32(10)),
			notes: "completions are 10 already; --completions sets the parallelism to the same number\nparallelism 3 -> 10: 7 more pods will be started"},
		"completions, indexed, both the same": {item: job(indexedJob(""), func(j *batchv1.Job) { *j.Spec.Parallelism = 10 }), request: c(10),
			notes: "completions are 10 already: nothing to do"},
		"completions, to parallel":   {item: job(indexedJob("")), request: c(3), comp: ptr(int32(3)), notes: "completions 10 -> 3"},
		"both, equal":                {item: job(indexedJob("")), request: both(20, 20), par: ptr(int32(20)), comp: ptr(int32(20))},
		"both, unequal":              {item: job(indexedJob("")), request: both(4, 20), err: "only together with its parallelism, and to the same number"},
		"both, completions as it is": {item: job(indexedJob("")), request: both(4, 10), par: ptr(int32(4))},
		"drops done indexes":         {item: job(indexedJob("0-2,7")), request: c(5), par: ptr(int32(5)), comp: ptr(int32(5)), ask: "completed indexes 7 are beyond"},
		"drops none":                 {item: job(indexedJob("0-2")), request: c(5), par: ptr(int32(5)), comp: ptr(int32(5)), notes: "2 completions left"},
		"pods beyond the end, others come": {item: job(indexedJob("0-2,4-7"), func(j *batchv1.Job) { j.Status.Active = 2 }),
			request: c(9), par: ptr(int32(9)), comp: ptr(int32(9)), notes: "pods of index 9 and above, if any run, will be deleted, and others take the place of those"},
		"pods beyond the end, fewer come": {item: job(indexedJob("0-2,4-7")),
			request: c(9), par: ptr(int32(9)), comp: ptr(int32(9)), notes: "at least 1 of 3 active pods will be deleted, and not counted as failed: those of index 9 and above, if any run, and others if they are still too many"},
		"pods beyond the end, none runs": {item: job(indexedJob("2,3"), failedIndexes("1"), func(j *batchv1.Job) {
			*j.Spec.Parallelism, *j.Spec.Completions, j.Status.Active = 4, 4, 1
		}), request: c(1), par: ptr(int32(1)), comp: ptr(int32(1)), notes: "4 -> 1: pods of index 1 and above, if any run, will be deleted",
			ask: "completed indexes 2,3 are beyond"},
		"completes at once":   {item: job(indexedJob("0-2")), request: c(3), comp: ptr(int32(3)), notes: "\n3 of 3 active pods will be deleted", ask: "nothing is left to be done: it becomes Complete at once"},
		"no completions":      {item: job(indexedJob("")), request: c(0), par: ptr(int32(0)), comp: ptr(int32(0)), notes: "3 -> 0", ask: "becomes Complete at once", without: "paused"},
		"drops and completes": {item: job(indexedJob("0-2,7")), request: c(3), comp: ptr(int32(3)), ask: "indexes 7 are beyond the new end: their success is forgotten; nothing is left to be done"},
		"fails at once":       {item: job(indexedJob("0"), failedIndexes("1,2,8")), request: c(3), comp: ptr(int32(3)), ask: "nothing but failed indexes (1,2) is left: it becomes Failed at once"},
		"failed, some left":   {item: job(indexedJob("0"), failedIndexes("1,2,8")), request: c(5), par: ptr(int32(5)), comp: ptr(int32(5)), notes: "2 completions left, so no more"},
		"failed, more at once": {item: job(indexedJob("0-4"), failedIndexes("5-7"), func(j *batchv1.Job) { j.Status.Active = 2 }),
			request: p(9), par: ptr(int32(9)), notes: "3 -> 9: no pod is started or deleted for it\n2 completions left, so no more"},

		"current holds":    {item: job(), request: Request{Parallelism: ptr(int32(5)), Current: ptr(int32(3))}, par: ptr(int32(5))},
		"current does not": {item: job(), request: Request{Parallelism: ptr(int32(5)), Current: ptr(int32(4))}, err: "expected parallelism to be 4, was 3"},
		"version holds":    {item: job(), request: Request{Parallelism: ptr(int32(5)), ResourceVersion: "5"}, par: ptr(int32(5))},
		"version does not": {item: job(), request: Request{Parallelism: ptr(int32(5)), ResourceVersion: "4"}, err: "expected 4, was 5"},
		"eta": {item: job(pace),
			request: p(5), par: ptr(int32(5)), notes: "5 completions left take about 30m (50m before)"},
		"eta, more workers than work": {item: job(pace, func(j *batchv1.Job) { *j.Spec.Parallelism = 8 }),
			request: p(5), par: ptr(int32(5)), notes: "5 completions left take about 80m (80m before)"},
		"eta, fewer completions": {item: job(pace, indexedJob("0-4")),
			request: c(8), par: ptr(int32(8)), comp: ptr(int32(8)), notes: "3 completions left take about 30m (50m before)"},
		"eta, of one": {item: job(pace, func(j *batchv1.Job) { j.Status.Succeeded, *j.Spec.Completions = 9, 10 }),
			request: p(5), par: ptr(int32(5)), notes: "1 completion left takes about "},
		"eta, resumed": {item: job(pace, with(batchv1.JobSuspended), func(j *batchv1.Job) { j.Status.Conditions[0].Status = corev1.ConditionFalse }),
			request: p(5), par: ptr(int32(5)), notes: "3 -> 5", without: "pace"},
	} {
		t.Run(name, func(t *testing.T) {
			got := plan(tc.request, tc.item, now)
			if tc.err != "" || got.Err != nil {
				if got.Err == nil || tc.err == "" || !strings.Contains(got.Err.Error(), tc.err) || !got.Edit.Empty() {
					t.Fatalf("error %v, edit %+v: want %q", got.Err, got.Edit, tc.err)
				}
				return
			}
			if !same(got.Edit.Parallelism, tc.par) || !same(got.Edit.Completions, tc.comp) {
				t.Errorf("parallelism %v, completions %v", got.Edit.Parallelism, got.Edit.Completions)
			}
			if notes := strings.Join(got.Notes, "\n"); notes == "" || !strings.Contains(notes, tc.notes) {
				t.Errorf("notes %q lack %q", notes, tc.notes)
			}
			if notes := strings.Join(got.Notes, "\n"); tc.without != "" && strings.Contains(notes, tc.without) {
				t.Errorf("notes %q hold %q", notes, tc.without)
			}
			if !strings.Contains(got.Ask, tc.ask) || (tc.ask == "") != (got.Ask == "") {
				t.Errorf("question %q, want %q", got.Ask, tc.ask)
			}
		})
	}
}

func same(a, b *int32) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

func TestPlanCronJob(t *testing.T) {
	p := func(n int32) Request { return Request{Parallelism: &n} }
	for name, c := range map[string]struct {
		spec    batchv1.JobSpec // of the template
		running int
		request Request
		patch   string // of the template's spec; empty: nothing
		notes   []string
		without string
	}{
		"both": {running: 1, request: Request{Parallelism: ptr(int32(4)), Completions: ptr(int32(9))}, patch: `"parallelism":4,"completions":9`,
			notes: []string{"next runs 1 -> 4", "none -> 9", "1 Job running now: not touched"}, without: "work queue"},
		"the same": {request: p(1), notes: []string{"nothing to do"}},
		// The template has no defaults, so a parallelism alone would make work queues of the runs.
		"neither named": {request: p(4), patch: `"parallelism":4,"completions":1`,
			notes: []string{"next runs 1 -> 4", "completions 1 is written too", "work queue", "a run has 1 completion, so no more than that"}},
		"neither named, to none": {request: p(0), patch: `"parallelism":0,"completions":1`, notes: []string{"completions 1 is written too"}, without: "no more"},
		"a work queue": {spec: batchv1.JobSpec{Parallelism: ptr(int32(2))}, request: p(4), patch: `"parallelism":4`,
			notes: []string{"next runs 2 -> 4"}, without: "completion"},
		"completions named": {spec: batchv1.JobSpec{Completions: ptr(int32(2))}, request: p(4), patch: `"parallelism":4`,
			notes: []string{"next runs 1 -> 4", "a run has 2 completions, so no more than that"}, without: "written"},
		"fewer completions": {spec: batchv1.JobSpec{Parallelism: ptr(int32(4)), Completions: ptr(int32(4))}, request: Request{Completions: ptr(int32(3))},
			patch: `"completions":3`, notes: []string{"next runs 4 -> 3", "a run has 3 completions"}},
	} {
		t.Run(name, func(t *testing.T) {
			cronJob := &batchv1.CronJob{}
			cronJob.Spec.JobTemplate.Spec, cronJob.Status.Active = c.spec, make([]corev1.ObjectReference, c.running)
			item := target.Item{Object: target.Object{CronJob: cronJob}}
			got := plan(c.request, item, now)
			text := strings.Join(got.Notes, "\n")
			for _, want := range c.notes {
				if !strings.Contains(text, want) {
					t.Errorf("notes %q lack %q", text, want)
				}
			}
			if c.without != "" && strings.Contains(text, c.without) {
				t.Errorf("notes %q hold %q", text, c.without)
			}
			if c.patch == "" {
				if !got.Edit.Empty() {
					t.Errorf("edit %+v", got.Edit)
				}
				return
			}
			want := `{"metadata":{"uid":"","resourceVersion":""},"spec":{"jobTemplate":{"spec":{` + c.patch + `}}}}`
			if raw, err := got.Edit.Patch(item); err != nil || string(raw) != want {
				t.Errorf("patch %s, %v: want %s", raw, err, want)
			}
		})
	}
}
