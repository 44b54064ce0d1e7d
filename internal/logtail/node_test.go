package logtail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const stampLayout = "2006-01-02T15:04:05.000000000Z07:00"

// start is when the logs of the tests begin.
var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// numbered is a log of n lines, so far apart.
func numbered(n int, apart time.Duration) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s line %d\n", start.Add(time.Duration(i)*apart).Format(stampLayout), i)
	}
	return b.String()
}

// plainly is a log as jobx should show it.
func plainly(log string) string {
	var b strings.Builder
	for line := range strings.Lines(log) {
		_, text, _ := strings.Cut(line, " ")
		b.WriteString(text)
	}
	return b.String()
}

// node serves logs as a kubelet does. answer, if set, decides what the n-th request (from 0) for a log gets.
type node struct {
	mu       sync.Mutex
	logs     map[string]string // by pod and container, and "/previous"
	requests map[string]int
	open     int
	mostOpen int
	answer   func(n int, o *corev1.PodLogOptions, body string) (io.ReadCloser, error)
}

func newNode(logs map[string]string) *node {
	return &node{logs: logs, requests: map[string]int{}}
}

// OpenLog implements Opener.
func (k *node) OpenLog(_ context.Context, _, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	key := pod + "/" + o.Container
	if o.Previous {
		key += "/previous"
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	log, ok := k.logs[key]
	if !ok {
		return nil, notFound(pod)
	}
	if !o.Timestamps {
		return nil, errors.New("no timestamps were asked for")
	}
	n := k.requests[key]
	k.requests[key]++
	body := cut(log, o)
	k.open++
	k.mostOpen = max(k.mostOpen, k.open)
	var r io.ReadCloser
	var err error
	if k.answer != nil {
		r, err = k.answer(n, o, body)
	} else {
		r = io.NopCloser(strings.NewReader(body))
	}
	if err != nil {
		k.open--
		return nil, err
	}
	return &counted{r, func() { k.mu.Lock(); k.open--; k.mu.Unlock() }}, nil
}

type counted struct {
	io.ReadCloser
	closed func()
}

func (c *counted) Close() error { c.closed(); return c.ReadCloser.Close() }

// cut applies sinceTime (whole seconds) and tailLines, which counts pieces of 16 KiB.
func cut(log string, o *corev1.PodLogOptions) string {
	if o.SinceTime != nil {
		since := o.SinceTime.Truncate(time.Second)
		for log != "" {
			line, rest, _ := strings.Cut(log, "\n")
			stamp, _, _ := strings.Cut(line, " ")
			if at, err := time.Parse(time.RFC3339Nano, stamp); err != nil || !at.Before(since) {
				break
			}
			log = rest
		}
	}
	if o.TailLines != nil {
		log = lastPieces(log, int(*o.TailLines))
	}
	return log
}

func lastPieces(log string, n int) string {
	const size = 16 << 10
	type piece struct {
		stamp, text string
		whole       bool
	}
	var pieces []piece
	for line := range strings.Lines(log) {
		stamp, text, _ := strings.Cut(line, " ")
		for first := true; text != ""; first = false {
			k := min(size, len(text))
			pieces = append(pieces, piece{stamp, text[:k], first})
			text = text[k:]
		}
	}
	pieces = pieces[max(0, len(pieces)-n):]
	var b strings.Builder
	for i, p := range pieces {
		if i == 0 || p.whole {
			b.WriteString(p.stamp + " ")
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// broken is a body that gives some text and then an error; nil: a clean end.
func broken(text string, err error) io.ReadCloser {
	if err == nil {
		err = io.EOF
	}
	return io.NopCloser(io.MultiReader(strings.NewReader(text), failing{err}))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// pod is a pod of one container c with a state.
func pod(name string, restarts int32, state corev1.ContainerState, last *corev1.ContainerStateTerminated) *corev1.Pod {
	yes := true
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "ns", UID: types.UID(name + "-uid"), CreationTimestamp: metav1.NewTime(start),
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "j", UID: "job-uid", Controller: &yes}},
		},
		Spec:   corev1.PodSpec{Containers: []corev1.Container{{Name: "c"}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: "c", RestartCount: restarts, State: state, LastTerminationState: corev1.ContainerState{Terminated: last},
	}}
	switch {
	case state.Waiting != nil:
		p.Status.Phase = corev1.PodPending
	case state.Terminated != nil && state.Terminated.ExitCode == 0:
		p.Status.Phase = corev1.PodSucceeded
	case state.Terminated != nil:
		p.Status.Phase = corev1.PodFailed
	}
	return p
}

func running() corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(start)}}
}

func terminated(code int32) *corev1.ContainerStateTerminated {
	return &corev1.ContainerStateTerminated{ExitCode: code, ContainerID: "x", StartedAt: metav1.NewTime(start), FinishedAt: metav1.NewTime(start.Add(time.Minute))}
}

func exited(code int32) corev1.ContainerState {
	return corev1.ContainerState{Terminated: terminated(code)}
}

func waiting(reason string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}
}

// job is a Job with a condition, or none.
func job(condition batchv1.JobConditionType) *batchv1.Job {
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "j", Namespace: "ns", UID: "job-uid"}}
	if condition != "" {
		j.Status.Conditions = []batchv1.JobCondition{{Type: condition, Status: corev1.ConditionTrue}}
	}
	return j
}

// step is a thing that a scripted feed tells after some time.
type step struct {
	after  time.Duration
	change jobstatus.Change
}

// script is a feed that tells steps and then nothing more.
func script(steps ...step) Feed {
	return func(ctx context.Context, emit func(jobstatus.Change)) error {
		for _, s := range steps {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(s.after):
			}
			emit(s.change)
		}
		<-ctx.Done()
		return nil
	}
}

// begin is what a feed tells first.
func begin(pods ...*corev1.Pod) []step {
	steps := []step{{change: jobstatus.Change{Job: job("")}}}
	for _, p := range pods {
		steps = append(steps, step{change: jobstatus.Change{Pod: p}})
	}
	return append(steps, step{change: jobstatus.Change{Synced: true}})
}

// finish is what it tells last.
func finish(after time.Duration, pods ...*corev1.Pod) []step {
	var steps []step
	for i, p := range pods {
		s := step{change: jobstatus.Change{Pod: p}}
		if i == 0 {
			s.after = after
		}
		steps = append(steps, s)
	}
	return append(steps, step{change: jobstatus.Change{Job: job(batchv1.JobComplete)}})
}

// bench is an engine and what came out of it.
type bench struct {
	*Engine
	out   bytes.Buffer
	notes []Note
}

func newBench(k Opener) *bench {
	b := &bench{}
	b.Engine = &Engine{
		Open: k, Out: &b.out, Requests: 50, Read: Reading{Tail: -1}, Complete: true, Now: time.Now,
		Tell:   func(n Note) { b.notes = append(b.notes, n) },
		Format: func(logstream.Stream) logstream.Formatter { return &logstream.Text{} },
	}
	return b
}

// named puts a stream's pod and attempt in front of its lines.
func (b *bench) named() *bench {
	b.Format = func(s logstream.Stream) logstream.Formatter {
		return &logstream.Text{Complete: true, Prefix: func(dst []byte) []byte {
			return fmt.Appendf(dst, "[%s %d] ", s.PodName(), s.Attempt)
		}}
	}
	return b
}

func (b *bench) kinds() []NoteKind {
	var kinds []NoteKind
	for _, n := range b.notes {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

func plan(pods ...*corev1.Pod) []logstream.Stream {
	return logstream.Planner{}.Plan(pods).Streams
}
