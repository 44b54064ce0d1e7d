package describe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

func meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name), CreationTimestamp: metav1.Now()}
}

func described(t *testing.T, denied, line string) (verbtest.Result, []string) {
	t.Helper()
	api := apistub.New()
	defer api.Close()
	one := int32(1)
	for _, name := range []string{"load-a", "load-b"} {
		api.Put(&batchv1.Job{ObjectMeta: meta(name), Spec: batchv1.JobSpec{Completions: &one}, Status: batchv1.JobStatus{Active: 1}})
	}
	api.Put(&batchv1.CronJob{ObjectMeta: meta("nightly"), Spec: batchv1.CronJobSpec{Schedule: "0 3 * * *"}})
	api.Put(&corev1.Pod{ObjectMeta: meta("alone")})
	api.Deny(func(verb, resource string) bool { return verb+" "+resource == denied })
	got := verbtest.Run(t.Context(), t, NewCmd, api, line)
	var asked []string
	for _, r := range api.Requests() {
		asked = append(asked, r.Verb+" "+r.Resource)
	}
	slices.Sort(asked)
	return got, asked
}

// A page is read in one go: nothing is asked for twice, and nothing that it does not show.
func TestRequests(t *testing.T) {
	for line, want := range map[string][]string{
		"job/load-a":            {"get jobs", "list events", "list pods"},
		"load-a":                {"get cronjobs", "get jobs", "list events", "list pods"},
		"cronjob/nightly":       {"get cronjobs", "list events", "list jobs"},
		"job/load-a job/load-b": {"get jobs", "get jobs", "list events", "list events", "list pods", "list pods"},
	} {
		if got, asked := described(t, "", line); !slices.Equal(asked, want) || got.Err != nil {
			t.Errorf("describe %s: %v (%v), want %v", line, asked, got.Err, want)
		}
	}
}

// A prefix costs all names once, and then a page for each that begins with it. What was asked for about the prefix itself is
// dropped as soon as nothing has that name, and may not even have been sent.
func TestRequestsOfAPrefix(t *testing.T) {
	got, asked := described(t, "", "load")
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	times := map[string]int{}
	for _, a := range asked {
		times[a]++
	}
	for what, want := range map[string][2]int{
		"get cronjobs": {1, 1}, "get jobs": {1, 1}, "list cronjobs": {1, 1}, "list jobs": {1, 1}, "list events": {2, 3}, "list pods": {2, 3},
	} {
		if n := times[what]; n < want[0] || n > want[1] {
			t.Errorf("%s: %d times, want %v", what, n, want)
		}
		delete(times, what)
	}
	if len(times) > 0 {
		t.Errorf("asked also %v", times)
	}
}

// P1: what may not be read is named in its place, of a Job that is not done in the head too.
func TestP1(t *testing.T) {
	for _, c := range []struct {
		denied, line string
		says         []string
	}{
		{"list pods", "job/load-a", []string{"no cause was found, but its pods could not be read", "Pods:  <forbidden: cannot list pods>"}},
		{"list events", "job/load-a", []string{"but its events could not be read", "Events:  <forbidden: cannot list events>"}},
		{"list jobs", "cronjob/nightly", []string{"but its runs could not be read", "Runs:        <forbidden: cannot list jobs>"}},
		{"list events", "cronjob/nightly", []string{"but its events could not be read", "Events:  <forbidden: cannot list events>"}},
	} {
		got, _ := described(t, c.denied, c.line)
		for _, want := range c.says {
			if !strings.Contains(strings.Join(strings.Fields(got.Out), " "), strings.Join(strings.Fields(want), " ")) {
				t.Errorf("describe %s without the right to %s: no %q in\n%s", c.line, c.denied, want, got.Out)
			}
		}
		if got.Err != nil {
			t.Error(got.Err)
		}
	}
}

// A name with which none begins is not found, with one that is near.
func TestNotFound(t *testing.T) {
	if got, _ := described(t, "", "job/laod-a"); got.Err == nil || !strings.Contains(got.Err.Error(), "did you mean job/load-a?") {
		t.Errorf("%v", got.Err)
	}
}

// A name that nothing has stands for all that begin with it.
func TestPrefix(t *testing.T) {
	got, _ := described(t, "", "load")
	if got.Err != nil || strings.Count(got.Out, "Name: ") != 2 || strings.Contains(got.Out, "nightly") {
		t.Errorf("%v\n%s", got.Err, got.Out)
	}
}

// Data of one object that was asked for is that object, also where a file names it.
func TestOneObjectStandsAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "one.json")
	if err := os.WriteFile(file, []byte(`{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "load-a"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, alone := range map[string]bool{
		"job/load-a": true, "load-a": true, "nightl": true, "-f " + file: true,
		"load": false, "job/load-a cronjob/nightly": false, "cronjobs --all": false,
	} {
		got, _ := described(t, "", line+" -o json")
		if got.Err != nil || strings.HasPrefix(got.Out, "{\n  \"items\":") == alone {
			t.Errorf("describe %s: %v\n%s", line, got.Err, got.Out)
		}
	}
}

// Data of nothing is data too.
func TestNothing(t *testing.T) {
	for format, want := range map[string]string{"": "", " -o json": "{\n  \"items\": []\n}\n", " -o yaml": "items: []\n"} {
		if got, _ := described(t, "", "-l a=b"+format); got.Err != nil || got.Out != want || got.ErrOut != "no Jobs or CronJobs found in namespace \"default\"\n" {
			t.Errorf("describe -l a=b%s: %v %q %q, want %q", format, got.Err, got.Out, got.ErrOut, want)
		}
	}
}

// D8: an annotation of 5 MB is cut on a page, and data holds it whole.
func TestD8HugeAnnotation(t *testing.T) {
	const size = 5 << 20
	api := apistub.New()
	defer api.Close()
	one := int32(1)
	job := &batchv1.Job{ObjectMeta: meta("huge"), Spec: batchv1.JobSpec{Completions: &one}}
	job.Annotations = map[string]string{"a": strings.Repeat("é", size/2)}
	api.Put(job)
	got := verbtest.Run(t.Context(), t, NewCmd, api, "job/huge")
	if got.Err != nil || len(got.Out) > 10_000 || !strings.Contains(got.Out, "… (5242880 bytes)") {
		t.Errorf("%v, %d bytes", got.Err, len(got.Out))
	}
	if got = verbtest.Run(t.Context(), t, NewCmd, api, "job/huge -o json"); got.Err != nil || len(got.Out) < size {
		t.Errorf("%v, %d bytes", got.Err, len(got.Out))
	}
}
