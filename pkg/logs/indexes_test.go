package logs

import (
	"bytes"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

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

func TestLastIndex(t *testing.T) {
	for _, c := range []struct {
		job   *batchv1.Job
		asked logstream.Indexes
		want  int32
	}{
		{aJob("", "", nil), nil, 0},
		{aJob("", "", indexedOf(0)), nil, 0},
		{aJob("", "", indexedOf(12)), nil, 11},
		{aJob("", "", indexedOf(12)), logstream.Indexes{{3, 5}, {1, 1}}, 5},
		{aJob("", "", indexedOf(12)), logstream.Indexes{{5, 999}}, 11},
		{aJob("", "", indexedOf(12)), logstream.Indexes{{1, 1}, {99, 99}}, 1},
	} {
		if got := lastIndex(c.job, c.asked); got != c.want {
			t.Errorf("%v of %v completions: %d, want %d", c.asked, c.job.Spec.Completions, got, c.want)
		}
	}
}

// The first lines of a Job that is followed are indented as those of its last index will be.
func TestFollowLeavesRoomForTheLastIndex(t *testing.T) {
	ninth := aPod("x-9", func(p *corev1.Pod) { p.Annotations = map[string]string{batchv1.JobCompletionIndexAnnotation: "9"} })
	for args, want := range map[string]string{"-f x --prefix": "[index 9]   hello\n", "-f x --prefix --index 9": "[index 9] hello\n"} {
		if out, _, err := logsOf(t, args, aJob(batchv1.JobComplete, "", indexedOf(120)), ninth); err != nil || out != want {
			t.Errorf("logs %s: %v, %q, want %q", args, err, out, want)
		}
	}
}
