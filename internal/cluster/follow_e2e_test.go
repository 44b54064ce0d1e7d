//go:build e2e

package cluster

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// realConfig leads to the cluster that the environment names. Without one the tests fail: they did not pass.
func realConfig(t *testing.T) *rest.Config {
	t.Helper()
	path := os.Getenv("JOBX_E2E_KUBECONFIG")
	if path == "" {
		t.Fatal("JOBX_E2E_KUBECONFIG is not set: run make e2e, or name the kubeconfig of a cluster to test against")
	}
	return configFrom(t, path)
}

func configFrom(t *testing.T, path string) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	return config
}

// newNamespace makes a namespace that is removed with the test.
func newNamespace(t *testing.T, client kubernetes.Interface) string {
	t.Helper()
	space, err := client.CoreV1().Namespaces().Create(t.Context(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "feed-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.CoreV1().Namespaces().Delete(context.WithoutCancel(t.Context()), space.Name, metav1.DeleteOptions{})
	})
	return space.Name
}

// runs makes a Job whose simulated pods run for the time given.
func runs(t *testing.T, client kubernetes.Interface, namespace string, completions, parallelism int32, runFor string) *batchv1.Job {
	t.Helper()
	mode := batchv1.IndexedCompletion
	job, err := client.BatchV1().Jobs(namespace).Create(t.Context(), &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "x"},
		Spec: batchv1.JobSpec{
			Completions: &completions, Parallelism: &parallelism, CompletionMode: &mode,
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"jobx.dev/run-for": runFor}},
				Spec: corev1.PodSpec{
					RestartPolicy: corev1.RestartPolicyNever,
					Containers:    []corev1.Container{{Name: "c", Image: "example.com/worker:1"}},
				},
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// tally counts what a feed tells of one Job.
type tally struct {
	mu        sync.Mutex
	changes   int
	job       *batchv1.Job
	succeeded map[types.UID]struct{}
	backwards []string
	notices   []string
	done      chan error
}

func (y *tally) change(c jobstatus.Change) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.changes++
	switch {
	case c.Job != nil:
		if y.job != nil && c.Job.Status.Succeeded < y.job.Status.Succeeded {
			y.backwards = append(y.backwards, fmt.Sprintf("%d after %d", c.Job.Status.Succeeded, y.job.Status.Succeeded))
		}
		y.job = c.Job
	case c.Pod != nil && c.Pod.Status.Phase == corev1.PodSucceeded:
		y.succeeded[c.Pod.UID] = struct{}{}
	}
}

func (y *tally) has(is func(*tally) bool) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return is(y)
}

func (y *tally) await(t *testing.T, limit time.Duration, what string, is func(*tally) bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !y.has(is); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// startFollowing follows the Job x of a namespace until the test ends.
func startFollowing(t *testing.T, config *rest.Config, namespace string) *tally {
	t.Helper()
	client, err := New(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	y := &tally{succeeded: map[types.UID]struct{}{}, done: make(chan error, 1)}
	o := FollowOptions{Pods: true, Events: true, Notice: func(text string) {
		y.mu.Lock()
		defer y.mu.Unlock()
		y.notices = append(y.notices, text)
	}}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { y.done <- client.Follow(ctx, Ref{Namespace: namespace, Name: "x"}, o, y.change) }()
	t.Cleanup(func() {
		cancel()
		<-y.done
	})
	return y
}

func TestE2E200CompletionsThroughEveryFault(t *testing.T) {
	config := realConfig(t)
	client := kubernetes.NewForConfigOrDie(config)
	namespace := newNamespace(t, client)
	proxy, err := faultproxy.New(config, faultproxy.Options{TLS: true, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	tenth := func(nth int, f faultproxy.Fault) faultproxy.Rule {
		return faultproxy.Rule{Nth: nth, Every: 30, Fault: f}
	}
	err = proxy.Set(
		tenth(10, faultproxy.Fault{Status: http.StatusGone}),
		tenth(20, faultproxy.Fault{Status: http.StatusTooManyRequests, RetryAfter: 1}),
		tenth(30, faultproxy.Fault{Status: http.StatusInternalServerError}),
		faultproxy.Rule{Verbs: []string{"watch"}, Fault: faultproxy.Fault{AfterEvents: 3, End: faultproxy.Clean}},
	)
	if err != nil {
		t.Fatal(err)
	}
	const completions = 200
	runs(t, client, namespace, completions, 40, "1s")
	y := startFollowing(t, proxy.Config(), namespace)
	y.await(t, 4*time.Minute, "Complete", func(y *tally) bool { return y.job != nil && jobstatus.Finished(y.job) })
	y.await(t, 5*time.Second, "all pods seen to succeed", func(y *tally) bool { return len(y.succeeded) >= completions })

	y.mu.Lock()
	defer y.mu.Unlock()
	if y.job.Status.Succeeded != completions || len(y.succeeded) != completions || verdictOfReal(y.job) != batchv1.JobComplete {
		t.Errorf("the Job counts %d, the feed %d pods, the verdict is %s",
			y.job.Status.Succeeded, len(y.succeeded), verdictOfReal(y.job))
	}
	if len(y.backwards) > 0 {
		t.Errorf("counts went back: %v", y.backwards)
	}
	// A watch is cut after 3 events, and one in ten requests is refused and asked again. What is read anew after a 410
	// costs a list and a watch. So: a request for every third event, a third more for refusals, and a start.
	total := faultproxy.Total(proxy.Counts())
	bound := y.changes/3*4/3 + 150
	t.Logf("%d changes, %d requests (bound %d), %d faults, notices %q", y.changes, total.Requests, bound, total.Faults, y.notices)
	if total.Requests > bound {
		t.Errorf("%d requests for %d changes, want at most %d: %v", total.Requests, y.changes, bound, proxy.Counts())
	}
}

func verdictOfReal(job *batchv1.Job) batchv1.JobConditionType {
	for _, c := range job.Status.Conditions {
		if c.Status == corev1.ConditionTrue && (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) {
			return c.Type
		}
	}
	return ""
}

// launcher runs the throwaway cluster's own command.
func launcher(t *testing.T, args ...string) string {
	t.Helper()
	directory, err := filepath.Abs("../../hack/cluster")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(context.WithoutCancel(t.Context()), "go", append([]string{"-C", directory, "run", "."}, args...)...)
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out, said.String())
	}
	return strings.TrimSpace(string(out))
}

func TestE2EW3_FreshWithinASecondAfterTheServerIsReady(t *testing.T) {
	// A cluster of its own: others must not lose theirs.
	const name = "e2e-restart"
	launcher(t, "up", "--name", name)
	t.Cleanup(func() { launcher(t, "down", "--name", name) })
	config := configFrom(t, launcher(t, "kubeconfig", "--name", name))
	client := kubernetes.NewForConfigOrDie(config)
	namespace := newNamespace(t, client)
	runs(t, client, namespace, 2, 2, "forever")
	for _, signal := range []string{"KILL", "TERM"} {
		t.Run(signal, func(t *testing.T) {
			y := startFollowing(t, config, namespace)
			y.await(t, 20*time.Second, "two pods", func(y *tally) bool { return y.job != nil && y.job.Status.Active == 2 })
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				launcher(t, "restart", "apiserver", "--name", name, "--signal", signal, "--down-for", "5s")
			}()
			ready := awaitReady(t, config)
			mark := markJob(t, client, namespace, signal)
			y.await(t, 10*time.Second, "the mark", func(y *tally) bool { return y.job.ResourceVersion == mark })
			took := time.Since(ready)
			<-ended
			y.mu.Lock()
			defer y.mu.Unlock()
			t.Logf("fresh %v after ready; notices %q", took, y.notices)
			if took > time.Second {
				t.Errorf("fresh %v after ready", took)
			}
			if len(y.notices) != 2 || !strings.HasPrefix(y.notices[0], "reconnecting: ") || y.notices[1] != "reconnected" {
				t.Errorf("notices %q", y.notices)
			}
		})
	}
}

// awaitReady waits until the server has been away and is ready again, and returns when that was.
func awaitReady(t *testing.T, config *rest.Config) time.Time {
	t.Helper()
	away := false
	// A server that is asked to end takes a minute for it, and longer on a busy machine.
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		fresh := rest.CopyConfig(config)
		fresh.Timeout = time.Second
		client, err := kubernetes.NewForConfig(fresh)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Discovery().RESTClient().Get().AbsPath("/readyz").MaxRetries(0).DoRaw(t.Context())
		switch {
		case err != nil:
			away = true
		case away:
			return time.Now()
		}
	}
	t.Fatalf("the server was not away and ready again within five minutes (it was away: %t)", away)
	return time.Time{}
}

// markJob changes the Job and returns the resourceVersion of that change.
func markJob(t *testing.T, client kubernetes.Interface, namespace, value string) string {
	t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{"mark":%q}}}`, value)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		job, err := client.BatchV1().Jobs(namespace).Patch(t.Context(), "x", types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		if err == nil {
			return job.ResourceVersion
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
