package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/apistub"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/faultproxy"
)

// lab is a Job on a scripted API server, a fault proxy before that, and a feed that reads through it, all in one bubble.
type lab struct {
	t     *testing.T
	api   *apistub.Server
	proxy *faultproxy.Proxy
	feed  *recorder
}

// recorder keeps what a feed emits as short words, with the time since the start.
type recorder struct {
	mu     sync.Mutex // over TLS the bubble's waiting is not all that orders a feed and its test
	began  time.Time
	lines  []string
	at     []time.Duration
	cancel context.CancelFunc
	done   chan error
}

func (r *recorder) add(format string, a ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, a...))
	r.at = append(r.at, time.Since(r.began))
}

func (r *recorder) change(c jobstatus.Change) {
	switch {
	case c.Job != nil:
		r.add("job %s %d%s", c.Job.UID, c.Job.Status.Succeeded, verdictOf(c.Job))
	case c.JobDeleted != nil:
		r.add("gone %s %d%s", c.JobDeleted.UID, c.JobDeleted.Status.Succeeded, verdictOf(c.JobDeleted))
	case c.Pod != nil:
		r.add("pod %s %s", c.Pod.Name, c.Pod.Status.Phase)
	case c.PodDeleted != nil:
		r.add("pod gone %s", c.PodDeleted.Name)
	case c.Event != nil:
		r.add("event %s %s", c.Event.InvolvedObject.Name, c.Event.Reason)
	case c.Unavailable != nil:
		r.add("unavailable %s %q", c.Unavailable.Part, c.Unavailable.Why)
	case c.Synced:
		r.add("synced")
	}
}

func verdictOf(job *batchv1.Job) string {
	for _, c := range job.Status.Conditions {
		if c.Status == corev1.ConditionTrue {
			return " " + string(c.Type)
		}
	}
	return ""
}

// since returns what was emitted after the first n lines.
func (r *recorder) since(n int) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines[min(n, len(r.lines)):])
}

// count is how many lines there are.
func (r *recorder) count() int { return len(r.since(0)) }

const ns, name = "n", "x"

func aJob(uid string, succeeded int32, conditions ...batchv1.JobConditionType) *batchv1.Job {
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name, UID: types.UID(uid)},
		Spec: batchv1.JobSpec{Selector: &metav1.LabelSelector{
			MatchLabels: map[string]string{batchv1.ControllerUidLabel: uid},
		}},
		Status: batchv1.JobStatus{Succeeded: succeeded, Active: 1},
	}
	for _, c := range conditions {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{Type: c, Status: corev1.ConditionTrue})
	}
	return job
}

func aPod(uid, pod string, phase corev1.PodPhase) *corev1.Pod {
	yes := true
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: ns, Name: pod, UID: types.UID(pod + "-uid"), Labels: map[string]string{batchv1.ControllerUidLabel: uid},
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: name, UID: types.UID(uid), Controller: &yes}},
		},
		Status: corev1.PodStatus{Phase: phase},
	}
}

func anEvent(event, kind, about, uid, reason string) *corev1.Event {
	return &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: ns, Name: event, UID: types.UID(event)},
		InvolvedObject: corev1.ObjectReference{Kind: kind, Name: about, UID: types.UID(uid)}, Reason: reason,
		Type: corev1.EventTypeWarning,
	}
}

var everything = FollowOptions{Pods: true, Events: true}

// inLab runs a test in a bubble with a Job of UID u that is being followed.
func inLab(t *testing.T, o FollowOptions, prepare func(*lab), test func(*lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &lab{t: t, api: apistub.New()}
		defer l.api.Close()
		proxy, err := faultproxy.New(l.api.Config(), faultproxy.Options{Link: &apistub.Pipe{}, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		l.proxy = proxy
		defer func() { _ = proxy.Close() }()
		l.api.Put(aJob("u", 0))
		if prepare != nil {
			prepare(l)
		}
		l.follow(Ref{Namespace: ns, Name: name}, o)
		defer func() { l.feed.stop() }()
		l.wait(100 * time.Millisecond)
		test(l)
	})
}

// follow starts a feed of a Job through the proxy.
func (l *lab) follow(ref Ref, o FollowOptions) {
	l.t.Helper()
	l.start(func(ctx context.Context, client *Client, r *recorder) error {
		o.Notice = func(text string) { r.add("notice %s", text) }
		return client.Follow(ctx, ref, o, r.change)
	})
}

// start starts a feed through the proxy.
func (l *lab) start(follow func(context.Context, *Client, *recorder) error) {
	l.t.Helper()
	client, err := New(l.proxy.Config(), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(l.t.Context())
	r := &recorder{began: time.Now(), cancel: cancel, done: make(chan error, 1)}
	l.feed = r
	go func() { r.done <- follow(ctx, client, r) }()
}

// stop ends the feed and waits for it.
func (r *recorder) stop() {
	r.cancel()
	if r.done != nil {
		<-r.done
		r.done = nil
	}
}

// wait lets time pass until nothing happens any more.
func (l *lab) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (l *lab) rules(rules ...faultproxy.Rule) {
	l.t.Helper()
	if err := l.proxy.Set(rules...); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) expect(after int, want ...string) {
	l.t.Helper()
	if got := l.feed.since(after); !slices.Equal(got, want) {
		l.t.Errorf("emitted\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func (l *lab) expectError(check func(error) bool) {
	l.t.Helper()
	select {
	case err := <-l.feed.done:
		l.feed.done = nil
		if !check(err) {
			l.t.Errorf("Follow returned %v", err)
		}
	default:
		l.t.Errorf("Follow goes on; it emitted %q", l.feed.lines)
	}
}

func TestFollowTellsTheJobItsPodsAndEvents(t *testing.T) {
	prepare := func(l *lab) {
		l.api.Put(aPod("u", "x-a", corev1.PodRunning))
		l.api.Put(aPod("other", "y-a", corev1.PodRunning))
		orphan := aPod("u", "x-orphan", corev1.PodRunning)
		orphan.OwnerReferences = nil
		l.api.Put(orphan)
		l.api.Put(anEvent("e1", "Job", "x", "u", "SuccessfulCreate"))
		l.api.Put(anEvent("e2", "Job", "x", "older", "SuccessfulCreate"))
	}
	inLab(t, everything, prepare, func(l *lab) {
		slices.Sort(l.feed.lines[1:])
		l.expect(0, "job u 0", "event x SuccessfulCreate", "pod x-a Running", "synced")
		l.api.Put(aJob("u", 1))
		synctest.Wait()
		l.api.Put(aPod("u", "x-a", corev1.PodSucceeded))
		synctest.Wait()
		l.api.Put(anEvent("e3", "Pod", "x-b", "x-b-uid", "FailedMount"))
		synctest.Wait()
		l.api.Put(aPod("u", "x-b", corev1.PodPending))
		synctest.Wait()
		l.api.Delete(aPod("u", "x-a", ""))
		synctest.Wait()
		l.expect(4, "job u 1", "pod x-a Succeeded", "pod x-b Pending", "event x-b FailedMount", "pod gone x-a")
		// two watches of events, one of the Job, one of the pods: each a watch-list that goes on
		if got := len(l.api.Requests()); got != 4 {
			t.Errorf("%d requests: %v", got, l.api.Requests())
		}
	})
}

func TestFollowEndsWithTheContext(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.feed.cancel()
		synctest.Wait()
		l.expectError(func(err error) bool { return errors.Is(err, context.Canceled) })
	})
}

func TestFollowWithoutSuchAJob(t *testing.T) {
	inLab(t, everything, func(l *lab) { l.api.Delete(aJob("u", 0)) }, func(l *lab) {
		l.expectError(apierrors.IsNotFound)
	})
}

func TestFollowOfAUIDThatIsGone(t *testing.T) {
	inLab(t, everything, nil, func(l *lab) {
		l.feed.stop()
		l.follow(Ref{Namespace: ns, Name: name, UID: "older"}, everything)
		l.wait(100 * time.Millisecond)
		l.expect(0, "gone older 0", "job u 0", "synced")
	})
}
