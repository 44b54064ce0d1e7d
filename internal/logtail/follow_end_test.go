package logtail

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// W12: where the deletion is what brings the verdict, that is the verdict; of another Job it is not.
func TestW12DeletedJobCarriesTheVerdict(t *testing.T) {
	b := newBench(newNode(map[string]string{"p/c": numbered(3, time.Second)}))
	synctest.Test(t, func(t *testing.T) {
		_, end, err := b.Follow(t.Context(), Following{Feed: script(slices.Concat(begin(pod("p", 0, exited(1), nil)), []step{
			{after: 10 * time.Second, change: jobstatus.Change{JobDeleted: job(batchv1.JobFailed)}},
		})...)})
		if err != nil || end.Job == nil || !jobstatus.Finished(end.Job) {
			t.Errorf("%v: %+v", err, end.Job)
		}
	})
}
