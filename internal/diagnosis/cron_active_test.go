package diagnosis

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/schema"
)

// A CronJob of which a run hangs is not well: what hangs is told, and of several the newest.
func TestCronJobWhoseRunHangs(t *testing.T) {
	c := &batchv1.CronJob{
		ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: "c", CreationTimestamp: metav1.NewTime(now)},
		Spec:       batchv1.CronJobSpec{Schedule: "0 0 * * *"},
	}
	well := Report{Namespace: "n", Name: "c-3", Healthy: true, Summary: "nothing is wrong: 0 of 1 done"}
	hangs := func(name string) Report {
		return Report{Namespace: "n", Name: name, Summary: `image "x" cannot be pulled`, Causes: []Cause{{
			Code: ImagePull, Summary: `image "x" cannot be pulled`, Since: now, Evidence: []Evidence{{Source: "pod p", Text: "ImagePullBackOff"}},
		}}}
	}
	facts := CronFacts{Status: OfCron(c, nil, now), CronJob: c, Active: []Report{well}}
	if r := OfCronJob(facts); !r.Healthy {
		t.Errorf("its run is well: %+v", r)
	}
	facts.Active = []Report{well, hangs("c-2"), hangs("c-1")}
	r := OfCronJob(facts)
	if r.Healthy || r.Summary != `its active run "c-2" is not well: image "x" cannot be pulled` || len(r.Causes) != 1 {
		t.Fatalf("%+v", r)
	}
	text, err := json.Marshal(r)
	if err := errors.Join(err, schema.Check("why.json", text)); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"RunInTrouble", "ImagePullBackOff", "2 active runs are not well", "kubectl jobx why job/c-2 -n n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	checkNext(t, r.Causes[0])
}
