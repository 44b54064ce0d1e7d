package wait

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/observe"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/verbtest"
)

func TestResultOfATimeout(t *testing.T) {
	ended := observe.Job{Status: jobstatus.Status{Name: "a", Namespace: "n"}, End: &observe.End{}}
	running := observe.Job{Status: jobstatus.Status{Name: "b", Namespace: "n"}}
	suspended := observe.Job{Status: jobstatus.Status{Name: "c", Namespace: "n", State: jobstatus.Suspended}}
	going := observe.Job{Status: jobstatus.Status{Name: "d", Namespace: "n", State: jobstatus.Terminating}}
	for want, jobs := range map[string][]observe.Job{
		"timed out after 1m0s: job \"b\" in namespace \"n\" goes on\n":                                                                           {ended, running},
		"timed out after 1m0s: job \"c\" in namespace \"n\" is suspended\ntimed out after 1m0s: job \"d\" in namespace \"n\" is being deleted\n": {suspended, going},
		"timed out after 1m0s: the Jobs could not be read\n":                                                                                     nil,
	} {
		var notes strings.Builder
		o := Options{Timeout: time.Minute}
		if code := exit.Of(o.result(t.Context(), jobs, observe.ErrTimeout, &notes, target.Resolver{}), exit.OK); code != exit.Timeout || notes.String() != want {
			t.Errorf("%d: %q, want %q", code, notes.String(), want)
		}
	}
}

// What is told about a target that is not there is of use as it stands: a command that wait itself does not have is named whole.
func TestNothingToWaitFor(t *testing.T) {
	for line, want := range map[string]string{
		"cronjob/c":     "cronjob \"c\" in namespace \"default\" has no run\nkubectl jobx watch cronjob/c -n default --next waits for the next one",
		"--all -n typo": "namespace \"typo\" not found\nkubectl get namespaces lists those there are",
		"--all":         `no Jobs in namespace "default"`,
	} {
		synctest.Test(t, func(t *testing.T) {
			api := apistub.New()
			defer api.Close()
			api.Put(&batchv1.CronJob{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "c", UID: "c-uid"}})
			got := verbtest.Run(t.Context(), t, NewCmd, api, line)
			if exit.Of(got.Err, exit.OK) != exit.Failure || got.Err.Error() != want {
				t.Errorf("%s: %v, want %q", line, got.Err, want)
			}
		})
	}
}
