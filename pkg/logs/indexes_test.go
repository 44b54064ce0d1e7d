package logs

import (
	"bytes"
	"testing"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// indexedOf makes a Job an Indexed one with so many completions.
func indexedOf(n int32) func(*batchv1.Job) {
	return func(j *batchv1.Job) {
		mode := batchv1.IndexedCompletion
		j.Spec.CompletionMode, j.Spec.Completions, j.Spec.Parallelism = &mode, &n, &n
	}
}

// Indexes that a Job does not have are refused and not waited for, whether it has pods or not, and whether it has ended or not.
func TestIndexesThatAreNotThere(t *testing.T) {
	plain := aJob("", "", nil)
	for _, c := range []struct {
		args    string
		objects []apistub.Object
		want    string
	}{
		{"-f x --index 3", []apistub.Object{plain}, `--index: job "x" is not Indexed: it has no indexes`},
		{"-f x --index 3", []apistub.Object{plain, aPod("x-1", nil)}, `--index: job "x" is not Indexed: it has no indexes`},
		{"x --index 3", []apistub.Object{plain, aPod("x-1", nil)}, `--index: job "x" is not Indexed: it has no indexes`},
		{"x --index 3 --pod-running-timeout 1h", []apistub.Object{plain}, `--index: job "x" is not Indexed: it has no indexes`},
		{"x --index 12-20,99", []apistub.Object{aJob("", "", indexedOf(12))}, `--index: job "x" has the indexes 0-11`},
		{"-f x --index 12", []apistub.Object{aJob(batchv1.JobComplete, "", indexedOf(12))}, `--index: job "x" has the indexes 0-11`},
		{"x --index 0", []apistub.Object{aJob(batchv1.JobComplete, "", indexedOf(0))}, `--index: job "x" has no indexes: its completions are 0`},
		{"x --index 11-20", []apistub.Object{aJob("", "", indexedOf(12))}, "job \"x\" in namespace \"default\" has no logs: no pod has been created yet\nlogs -f waits for it"},
	} {
		if out, _, err := logsOf(t, c.args, c.objects...); err == nil || err.Error() != c.want || out != "" {
			t.Errorf("logs %s: %v, want %q", c.args, err, c.want)
		}
	}
}

// An index that an unfinished Job may be given yet is waited for, but not without a word.
func TestIndexesThatMayCome(t *testing.T) {
	for index, want := range map[int32]string{
		11: "",
		12: "note: --index: job \"x\" has the indexes 0-11: others come only if its completions are raised\n",
	} {
		var said bytes.Buffer
		c := &command{notes: &notes{w: &said}}
		c.o.Select.Indexes = logstream.Indexes{{index, index}}
		if err := c.checkIndexes(aJob("", "", indexedOf(12))); err != nil || said.String() != want {
			t.Errorf("index %d: %v, it said %q", index, err, said.String())
		}
	}
}
