package get

import (
	"bytes"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/factory"
	"github.com/kubectl-jobx/kubectl-jobx/internal/render"
)

// The garbage collector may take a CronJob's run before, or after, the watch tells that the CronJob is gone. Either way that
// is told, once, of a suspended one too, and a namesake that comes later is another.
func TestWatchTellsOnceThatACronJobIsGone(t *testing.T) {
	suspended, controller := true, true
	cron := &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "nightly", UID: "c"},
		Spec:       batchv1.CronJobSpec{Schedule: "0 3 * * *", Suspend: &suspended},
	}
	namesake := cron.DeepCopy()
	namesake.UID = "d"
	run := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "by-hand", UID: "j", OwnerReferences: []metav1.OwnerReference{
		{APIVersion: "batch/v1", Kind: "CronJob", Name: "nightly", UID: "c", Controller: &controller},
	}}}
	gone, collected := cluster.CronChange{CronJob: cron, Deleted: true}, cluster.CronChange{Job: run, Deleted: true}
	for name, c := range map[string]struct {
		changes []cluster.CronChange
		want    []string // a part of each row
	}{
		"its run goes first": {[]cluster.CronChange{collected, gone}, []string{" > ", " - ", "it has been deleted"}},
		"its run goes later": {[]cluster.CronChange{gone, collected}, []string{" > ", "it has been deleted"}},
		"a namesake":         {[]cluster.CronChange{gone, collected, {CronJob: namesake}}, []string{" > ", "it has been deleted", "suspended"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			f := factory.New(genericiooptions.IOStreams{Out: &out}, func(string) (string, bool) { return "", false }, time.Now)
			w := &cronWatch{
				watcher: &watcher{f: f, o: Options{Output: factory.NewOutput()}},
				crons:   map[types.UID]*followedCron{}, runs: map[types.UID]map[types.UID]*batchv1.Job{},
			}
			w.table = render.Growing{NoHeaders: true}
			for _, change := range append([]cluster.CronChange{{CronJob: cron}, {Job: run}, {Synced: true}}, c.changes...) {
				if err := w.take(t.Context(), change); err != nil {
					t.Fatal(err)
				}
			}
			rows := strings.Split(strings.TrimSpace(out.String()), "\n")
			if len(rows) != len(c.want) {
				t.Fatalf("%d rows, want %d:\n%s", len(rows), len(c.want), out.String())
			}
			for i, want := range c.want {
				if !strings.Contains(rows[i], want) {
					t.Errorf("row %d is %q, want %q in it", i, rows[i], want)
				}
			}
		})
	}
}
