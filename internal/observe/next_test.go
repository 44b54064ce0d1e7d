package observe

import (
	"strings"
	"testing"
	"testing/synctest"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// A CronJob may go, or be made anew, between the look that found it and the first list.
func TestNextRunOfACronJobThatIsNotThere(t *testing.T) {
	cronJob := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "c", UID: "c"}}
	twin := cronJob.DeepCopy()
	twin.UID = "twin"
	for _, there := range []*batchv1.CronJob{nil, twin} {
		withCluster(t, func(t *testing.T, api *apistub.Server, client *cluster.Client) {
			if there != nil {
				api.Put(there)
			}
			run, err := NextRun(t.Context(), client, cronJob, func(string) {}, func(*batchv1.CronJob) {})
			if run != nil || exit.Of(err, exit.OK) != exit.JobGone {
				t.Errorf("there is %v: %v %v", there, run, err)
			}
		})
	}
}

func TestP1NextRunWhereJobsMayNotBeRead(t *testing.T) {
	cronJob := &batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "c", UID: "c"}}
	withCluster(t, func(t *testing.T, api *apistub.Server, client *cluster.Client) {
		api.Put(cronJob)
		api.Deny(func(_, resource string) bool { return resource == "jobs" })
		run, err := NextRun(t.Context(), client, cronJob, func(string) {}, func(*batchv1.CronJob) {})
		if run != nil || exit.Of(err, exit.OK) != exit.Failure || !strings.Contains(err.Error(), "forbidden: cannot list jobs") {
			t.Errorf("%v %v", run, err)
		}
	})
}

// withCluster runs a test with an API server of its own.
func withCluster(t *testing.T, test func(t *testing.T, api *apistub.Server, client *cluster.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		api := apistub.New()
		defer api.Close()
		client, err := cluster.New(api.Config(), nil)
		if err != nil {
			t.Fatal(err)
		}
		test(t, api, client)
	})
}
