//go:build e2e && !windows

package e2e

import (
	"bytes"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

const sleepers = `
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {parallelism: 1, suspend: true, template: {metadata: {annotations: {jobx.dev/run-for: forever}}, spec: {restartPolicy: Never, containers: [{name: c, image: "busybox:1.36"}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: b}
spec: {parallelism: 1, suspend: true, template: {metadata: {annotations: {jobx.dev/run-for: forever}}, spec: {restartPolicy: Never, containers: [{name: c, image: "busybox:1.36"}]}}}
`

// faulty is a namespace with two suspended Jobs, and a proxy on the way to it.
type faulty struct {
	*lab
	namespace, folder string
	proxy             *faultproxy.Proxy
	env               []string
}

func newFaulty(t *testing.T) *faulty {
	t.Helper()
	env := namespaceWith(t, sleepers)
	f := &faulty{lab: newLab(t), folder: t.TempDir()}
	f.namespace = f.namespaceOf(t, env)
	f.proxy, f.env = f.throughProxy(t, env, 0)
	return f
}

// ran is what a command line gave.
type ran struct {
	code        int
	out, stderr string
}

// jobx runs a command line through the proxy.
func (f *faulty) jobx(t *testing.T, rules []faultproxy.Rule, args ...string) ran {
	t.Helper()
	if err := f.proxy.Set(rules...); err != nil {
		t.Fatal(err)
	}
	f.proxy.Forget()
	command := exec.CommandContext(t.Context(), "kubectl-jobx", args...)
	command.Env = f.env
	var out, stderr bytes.Buffer
	command.Stdout, command.Stderr = &out, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{command.ProcessState.ExitCode(), out.String(), stderr.String()}
}

func (f *faulty) job(t *testing.T, name string) *batchv1.Job {
	t.Helper()
	j, err := f.client.BatchV1().Jobs(f.namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// sent is how many requests of a verb passed.
func (f *faulty) sent(verb string) int {
	return f.proxy.Counts()[faultproxy.Key{Verb: verb, Resource: "jobs"}].Requests
}

// TestActThroughFaults: what a real server, or what is in front of it, answers to a change is told as it is; a 409 and a
// 429 that pass are outlasted, everything else is an error with exit code 1, and only what was changed is called changed.
func TestActThroughFaults(t *testing.T) {
	f := newFaulty(t)
	f.create(t, "c", f.job(t, "a").Spec)
	on := func(verb string, times int, fault faultproxy.Fault) []faultproxy.Rule {
		return []faultproxy.Rule{{Verbs: []string{verb}, Resources: []string{"jobs"}, Times: times, Fault: fault}}
	}
	conflict := faultproxy.Fault{Status: http.StatusConflict, Message: "the object has been modified"}
	busy := faultproxy.Fault{Status: http.StatusTooManyRequests, RetryAfter: 1}
	for _, c := range []struct {
		name  string
		rules []faultproxy.Rule
		args  []string
		code  int
		want  string // in stderr
		sent  int    // of the verb that the rule is about
	}{
		{"scale, 409 twice", on("patch", 2, conflict), []string{"scale", "a", "--replicas", "2"}, 0, "1 -> 2", 3},
		{"scale, 409 for ever", on("patch", 0, conflict), []string{"scale", "a", "--replicas", "3"}, 1, "somebody else keeps changing", 6},
		{"scale, 409 and a version", on("patch", 1, conflict), []string{"scale", "a", "--replicas", "3", "--resource-version", "RV"}, 1, "has been modified", 1},
		{"scale, 422", on("patch", 0, faultproxy.Fault{Status: 422, Message: "spec.parallelism: denied by a policy"}),
			[]string{"scale", "a", "--replicas", "3"}, 1, "denied by a policy", 1},
		{"scale, 429 once", on("patch", 1, busy), []string{"scale", "a", "--replicas", "4"}, 0, "", 2},
		{"scale, 500", on("patch", 0, faultproxy.Fault{Status: 500}), []string{"scale", "a", "--replicas", "5"}, 1, "", 1},
		{"scale, 403", on("patch", 0, faultproxy.Fault{Status: 403}), []string{"scale", "a", "--replicas", "5"}, 1, "", 1},
		{"suspend, 409 twice", on("patch", 2, conflict), []string{"resume", "b"}, 0, "", 3},
		{"suspend, 409 for ever", on("patch", 0, conflict), []string{"suspend", "b"}, 1, "somebody else keeps changing", 6},
		{"suspend, 422", on("patch", 0, faultproxy.Fault{Status: 422, Message: "denied by a policy"}), []string{"suspend", "b"}, 1, "denied by a policy", 1},
		{"suspend, 429 once", on("patch", 1, busy), []string{"suspend", "b"}, 0, "", 2},
		{"suspend, 500", on("patch", 0, faultproxy.Fault{Status: 500}), []string{"resume", "b"}, 1, "", 1},
		{"delete, 409", on("delete", 0, conflict), []string{"delete", "a"}, 1, "the object has been modified", 1},
		{"delete, 422", on("delete", 0, faultproxy.Fault{Status: 422, Message: "denied by a policy"}), []string{"delete", "a"}, 1, "denied by a policy", 1},
		{"delete, 500", on("delete", 0, faultproxy.Fault{Status: 500}), []string{"delete", "a"}, 1, "", 1},
		{"delete, 500 for one of two", []faultproxy.Rule{{Verbs: []string{"delete"}, Path: "/jobs/a", Fault: faultproxy.Fault{Status: 500}}},
			[]string{"delete", "a", "b", "--dry-run=server"}, 1, "1 of 2 deleted, 1 failed (server dry run)", 2},
		{"delete, the look afterwards fails for a while", []faultproxy.Rule{
			{Verbs: []string{"list"}, Resources: []string{"pods"}, Times: 3, Fault: faultproxy.Fault{Status: 500}},
			{Verbs: []string{"delete"}, Times: 1, Fault: busy},
		}, []string{"delete", "b"}, 0, "", 2},
		{"scale, the answer is lost", on("patch", 1, faultproxy.Fault{LoseReply: true}), []string{"scale", "a", "--replicas", "6", "--current-replicas", "4"}, 0, "", 1},
		{"delete, the look afterwards needs new credentials", []faultproxy.Rule{
			{Verbs: []string{"list"}, Resources: []string{"pods"}, Times: 1, Fault: faultproxy.Fault{Status: 401}},
		}, []string{"delete", "c"}, 0, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, a := range c.args {
				if a == "RV" {
					c.args[i] = f.job(t, "a").ResourceVersion
				}
			}
			verb := "patch"
			if c.args[0] == "delete" {
				verb = "delete"
			}
			r := f.jobx(t, c.rules, c.args...)
			sent := f.sent(verb)
			// The controller writes to the Job as well: a change that succeeds may have met a conflict of its making besides.
			more := c.code == 0 && sent > c.sent && sent <= 6
			if r.code != c.code || !strings.Contains(r.stderr, c.want) || sent != c.sent && !more {
				t.Errorf("exit code %d, %d requests of %s, stdout %q, stderr %q: want %d, %d and %q",
					r.code, sent, verb, r.out, r.stderr, c.code, c.sent, c.want)
			}
			if strings.Contains(r.stderr, "cannot be seen") {
				t.Errorf("the look afterwards was given up: %s", r.stderr)
			}
			if told := r.out != ""; told != (c.code == 0 || strings.Contains(c.want, "1 of 2")) {
				t.Errorf("stdout %q with exit code %d", r.out, c.code)
			}
			if strings.Count(r.stderr, "\n") > 10 {
				t.Errorf("stderr:\n%s", r.stderr)
			}
		})
	}
	if is := *f.job(t, "a").Spec.Parallelism; is != 6 {
		t.Errorf("parallelism %d, want 6: that of the last change that was told", is)
	}
	r := f.jobx(t, on("delete", 1, faultproxy.Fault{LoseReply: true}), "delete", "a")
	if r.code != 0 || !strings.Contains(r.out, `job.batch "a" deleted`) || f.sent("delete") != 2 {
		t.Errorf("the answer to a deletion is lost: exit code %d, %d requests, stdout %q, stderr %q", r.code, f.sent("delete"), r.out, r.stderr)
	}
}

// TestD1RecreatedBetweenReadAndDelete: another Job takes the name while the DELETE is on its way to a real server. The
// proxy holds the DELETE for longer than that takes.
func TestD1RecreatedBetweenReadAndDelete(t *testing.T) {
	for _, args := range [][]string{{"delete", "a"}, {"delete", "--all", "--yes"}, {"delete", "a", "--cascade=foreground", "--force"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			f := newFaulty(t)
			before := f.job(t, "a").UID
			hold := faultproxy.Rule{
				Verbs: []string{"delete"}, Path: "/jobs/a", Fault: faultproxy.Fault{Delay: metav1.Duration{Duration: 5 * time.Second}},
			}
			done := make(chan ran, 1)
			go func() { done <- f.jobx(t, []faultproxy.Rule{hold}, args...) }()
			for deadline := time.Now().Add(patience); f.sent("delete") == 0; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("nothing was deleted")
				}
			}
			f.recreate(t, "a")
			r := <-done
			if r.code != 1 || !strings.Contains(r.stderr, "another object has taken the name") {
				t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
			}
			if after := f.job(t, "a"); after.UID == before || after.DeletionTimestamp != nil {
				t.Errorf("Job %s before, now %s, deleted at %v", before, after.UID, after.DeletionTimestamp)
			}
		})
	}
}

// create creates a Job of a spec that another has, or had.
func (f *faulty) create(t *testing.T, name string, spec batchv1.JobSpec) {
	t.Helper()
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: *spec.DeepCopy()}
	j.Spec.Selector, j.Spec.Template.Labels = nil, nil
	if _, err := f.client.BatchV1().Jobs(f.namespace).Create(t.Context(), j, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// recreate deletes a Job without jobx, and creates it anew.
func (f *faulty) recreate(t *testing.T, name string) {
	t.Helper()
	jobs := f.client.BatchV1().Jobs(f.namespace)
	old := f.job(t, name)
	background := metav1.DeletePropagationBackground
	if err := jobs.Delete(t.Context(), name, metav1.DeleteOptions{PropagationPolicy: &background}); err != nil {
		t.Fatal(err)
	}
	f.create(t, name, old.Spec)
}
