package delete

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// TestJobsThatAreWaitedFor: a run that the collector leaves, because somebody took it from the CronJob or owns it as well,
// is told of and not waited for, whenever it was seen to be the CronJob's.
func TestJobsThatAreWaitedFor(t *testing.T) {
	owners := func(kinds ...string) []metav1.OwnerReference {
		var all []metav1.OwnerReference
		for _, kind := range kinds {
			all = append(all, metav1.OwnerReference{Kind: kind, Name: "o", UID: types.UID(kind), Controller: new(kind == "CronJob")})
		}
		return all
	}
	going := &metav1.Time{Time: time.Now()}
	for name, c := range map[string]struct {
		job    batchv1.Job
		ours   bool
		strays string
	}{
		"the CronJob's":            {batchv1.Job{ObjectMeta: metav1.ObjectMeta{UID: "new", OwnerReferences: owners("CronJob")}}, true, ""},
		"another's":                {batchv1.Job{ObjectMeta: metav1.ObjectMeta{UID: "new"}}, false, ""},
		"read before":              {batchv1.Job{ObjectMeta: metav1.ObjectMeta{UID: "run", OwnerReferences: owners("CronJob", "ConfigMap")}}, true, ""},
		"read before, taken":       {batchv1.Job{ObjectMeta: metav1.ObjectMeta{UID: "run", OwnerReferences: owners("ConfigMap")}}, false, "job/x"},
		"read before, taken, goes": {batchv1.Job{ObjectMeta: metav1.ObjectMeta{UID: "run", DeletionTimestamp: going}}, true, ""},
		"active, taken":            {batchv1.Job{ObjectMeta: metav1.ObjectMeta{UID: "active"}}, false, "job/x"},
		"deleted itself":           {batchv1.Job{ObjectMeta: metav1.ObjectMeta{UID: "direct"}}, true, ""},
	} {
		w := &waiter{
			cronJobs: map[types.UID]bool{"CronJob": true}, jobs: map[types.UID]bool{"run": true, "direct": true},
			direct: map[types.UID]bool{"direct": true}, active: map[types.UID]bool{"active": true}, strays: map[string]bool{},
		}
		c.job.Name = "x"
		for range 2 { // a second look finds the same
			if got := w.isOurs(&c.job); got != c.ours || strings.Join(slices.Collect(maps.Keys(w.strays)), " ") != c.strays {
				t.Errorf("%s: ours %v, left %v, want %v and %q", name, got, w.strays, c.ours, c.strays)
			}
		}
	}
	// The reference goes while it is waited for.
	w := &waiter{cronJobs: map[types.UID]bool{"CronJob": true}, jobs: map[types.UID]bool{}, strays: map[string]bool{}}
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "x", UID: "new", OwnerReferences: owners("CronJob", "ConfigMap")}}
	before := w.isOurs(j)
	j.OwnerReferences = j.OwnerReferences[1:]
	if after := w.isOurs(j); !before || after || !w.strays["job/x"] {
		t.Errorf("ours %v, then %v, left %v", before, after, w.strays)
	}
}
