package target_test

import (
	"slices"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cluster"
	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
)

// A name that no Job has is told, also to whoever may read Jobs alone; it is not taken for gone, since a CronJob may have it.
func TestNameThatMayBeOfAKindOutOfReach(t *testing.T) {
	api := apistub.New()
	defer api.Close()
	api.Put(&batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "nightly"}})
	client, err := cluster.New(api.Config(), rest.NoWarnings{})
	if err != nil {
		t.Fatal(err)
	}
	const noCronJobs = "; whether a cronjob has the name cannot be read: cronjobs is forbidden: cannot get"
	for _, c := range []struct {
		name, namespace string
		denied          []string
		want            string // the error; empty: it is found
		missing         bool
	}{
		{"nightly", "default", []string{"cronjobs"}, "", false},
		{"a", "default", []string{"cronjobs"}, `job "a" not found in namespace "default"` + noCronJobs, false},
		{"nightli", "default", []string{"cronjobs"}, `job "nightli" not found in namespace "default" (did you mean job/nightly?)` + noCronJobs, false},
		{"a", "default", []string{"jobs"},
			`cronjob "a" not found in namespace "default"; whether a job has the name cannot be read: jobs is forbidden: cannot get`, false},
		{"a", "default", []string{"jobs", "cronjobs"}, "jobs is forbidden: cannot get", false},
		{"a", "typo", []string{"cronjobs"}, "namespace \"typo\" not found\nkubectl get namespaces lists those there are", true},
	} {
		api.Deny(func(_, resource string) bool { return slices.Contains(c.denied, resource) })
		r := target.Resolver{Client: client, Namespace: c.namespace, Explicit: c.namespace != "default", Bare: []target.Kind{target.Job, target.CronJob}}
		_, err := r.Resolve(t.Context(), target.Ref{Name: c.name})
		switch {
		case c.want == "" || err == nil:
			if c.want != "" || err != nil {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
		case err.Error() != c.want || target.IsNotFound(err) != c.missing || apierrors.IsForbidden(err) == c.missing:
			t.Errorf("%s: %q, not found %v, want %q", c.name, err, target.IsNotFound(err), c.want)
		}
	}
}
