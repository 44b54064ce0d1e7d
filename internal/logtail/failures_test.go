package logtail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

func newFailures(open Opener, lines int64) *Failures {
	return &Failures{Open: open, Lines: lines, Format: func(logstream.Stream) logstream.Formatter {
		return &logstream.Text{Complete: true}
	}}
}

func see(t *testing.T, f *Failures, pods ...*corev1.Pod) {
	t.Helper()
	f.See(t.Context(), jobstatus.Change{Job: job("")})
	for _, p := range pods {
		f.See(t.Context(), jobstatus.Change{Pod: p})
	}
}

// at is a pod whose container ended so long after the start.
func at(p *corev1.Pod, ended time.Duration) *corev1.Pod {
	p.Status.ContainerStatuses[0].State.Terminated.FinishedAt = metav1.NewTime(start.Add(ended))
	return p
}

// told is what a report says, a line for each log.
func told(r Report) string {
	var b strings.Builder
	for _, end := range r.Ends {
		fmt.Fprintf(&b, "%s %d %q %v\n", end.Stream.PodName(), end.Stream.Attempt, end.Text, end.Err)
	}
	return b.String()
}

// The ends of what failed, oldest first; what succeeded is left out.
func TestFailuresAreShownOldestFirst(t *testing.T) {
	log := numbered(100, time.Second)
	f := newFailures(newNode(map[string]string{"p/c": log, "q/c": log, "r/c": log}), 2)
	see(t, f, at(pod("q", 0, exited(3), nil), 2*time.Minute), pod("r", 0, exited(0), nil), at(pod("p", 0, exited(1), nil), time.Minute))
	want := "p 1 \"line 98\\nline 99\\n\" <nil>\nq 2 \"line 98\\nline 99\\n\" <nil>\n"
	if got := told(f.Of(t.Context(), "job-uid")); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A container that is restarted, and its pod, are gone with the verdict: its log has been read before.
func TestFailuresOfPodsThatGo(t *testing.T) {
	k := newNode(map[string]string{"p/c/previous": numbered(3, time.Second)})
	f := newFailures(k, 1)
	crashing := pod("p", 0, waiting("CrashLoopBackOff"), terminated(1))
	crashing.Status.Phase = corev1.PodRunning
	see(t, f, crashing)
	f.reading.Wait()
	k.mu.Lock()
	delete(k.logs, "p/c/previous")
	k.mu.Unlock()
	f.See(t.Context(), jobstatus.Change{PodDeleted: crashing})
	want := "p 1 \"line 2\\n\" <nil>\n"
	if got := told(f.Of(t.Context(), "job-uid")); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A pod that ends while its container waits to be started again has no container to tell of: its status stands for none, and
// the last state is the current run's, not the one's before (seen on a cluster).
func TestFailuresOfAPodThatEndedBetweenTwoRuns(t *testing.T) {
	k := newNode(map[string]string{})
	f := newFailures(k, 1)
	var crashing *corev1.Pod
	for run := range int32(3) {
		ended := terminated(7)
		ended.FinishedAt = metav1.NewTime(start.Add(time.Duration(run) * time.Minute))
		crashing = pod("p", run, waiting("CrashLoopBackOff"), ended)
		crashing.Status.Phase = corev1.PodRunning
		k.mu.Lock()
		k.logs["p/c/previous"] = strings.ReplaceAll(numbered(1, time.Second), "line", fmt.Sprint("run ", run+1))
		k.mu.Unlock()
		see(t, f, crashing)
		f.reading.Wait()
	}
	k.mu.Lock()
	delete(k.logs, "p/c/previous")
	k.mu.Unlock()
	gone := crashing.DeepCopy()
	grace := int64(30)
	gone.DeletionTimestamp, gone.DeletionGracePeriodSeconds = &metav1.Time{Time: start.Add(2*time.Minute + 40*time.Second)}, &grace
	gone.Status.Phase = corev1.PodFailed
	gone.Status.ContainerStatuses[0].State = corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown"},
	}
	f.See(t.Context(), jobstatus.Change{Pod: gone})
	want := "p 1 \"run 1 0\\n\" <nil>\np 2 \"run 2 0\\n\" <nil>\np 3 \"run 3 0\\n\" <nil>\n"
	if got := told(f.Of(t.Context(), "job-uid")); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// What was read as the current run and turns out to be the one before is read again: it may have been the next run's.
func TestFailuresOfARunThatWasReplaced(t *testing.T) {
	k := newNode(map[string]string{"p/c": "", "p/c/previous": numbered(3, time.Second)})
	f := newFailures(k, 1)
	first := pod("p", 0, exited(1), nil)
	first.Status.Phase = corev1.PodRunning
	see(t, f, first)
	f.reading.Wait()
	see(t, f, pod("p", 1, running(), terminated(1)))
	want := "p 1 \"line 2\\n\" <nil>\n"
	if got := told(f.Of(t.Context(), "job-uid")); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Pods that were stopped are shown only if nothing failed by itself.
func TestStoppedPodsExplainADeadline(t *testing.T) {
	log := numbered(3, time.Second)
	f := newFailures(newNode(map[string]string{"p/c": log, "q/c": log}), 1)
	see(t, f, deleted(pod("p", 0, running(), nil)))
	r := f.Of(t.Context(), "job-uid")
	if got := told(r); got != "p 1 \"line 2\\n\" <nil>\n" || !r.Ends[0].Stopped() {
		t.Errorf("got\n%s", got)
	}
	see(t, f, pod("q", 0, exited(1), nil))
	if r := f.Of(t.Context(), "job-uid"); len(r.Ends) != 1 || r.Ends[0].Stream.PodName() != "q" || r.Ends[0].Stopped() {
		t.Errorf("got\n%s", told(r))
	}
}

// Ten logs are enough; how many more there were is counted.
func TestFailuresAreFew(t *testing.T) {
	logs := map[string]string{}
	var pods []*corev1.Pod
	for i := range 25 {
		name := fmt.Sprintf("p%02d", i)
		logs[name+"/c"] = numbered(1, time.Second)
		pods = append(pods, at(pod(name, 0, exited(1), nil), time.Duration(i)*time.Second))
	}
	f := newFailures(newNode(logs), 5)
	see(t, f, pods...)
	r := f.Of(t.Context(), "job-uid")
	if r.LeftOut != 15 || len(r.Ends) != 10 || r.Ends[0].Stream.PodName() != "p15" {
		t.Errorf("%d left out\n%s", r.LeftOut, told(r))
	}
}

// A log that cannot be read says why, and the others are shown.
func TestFailuresThatCannotBeRead(t *testing.T) {
	k := newNode(map[string]string{"q/c": numbered(1, time.Second)})
	open := openerFunc(func(ctx context.Context, ns, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
		if pod == "p" {
			return nil, apierrors.NewForbidden(corev1.Resource("pods/log"), pod, errors.New("no"))
		}
		return k.OpenLog(ctx, ns, pod, o)
	})
	f := newFailures(open, 5)
	see(t, f, at(pod("p", 0, exited(1), nil), time.Second), at(pod("q", 0, exited(1), nil), time.Minute))
	r := f.Of(t.Context(), "job-uid")
	if len(r.Ends) != 2 || !apierrors.IsForbidden(r.Ends[0].Err) || string(r.Ends[1].Text) != "line 0\n" {
		t.Errorf("got\n%s", told(r))
	}
}

// Long lines are cut to what fits into memory, at the beginning of a line.
func TestLastBytes(t *testing.T) {
	var b lastBytes
	line := strings.Repeat("x", 999) + "\n"
	for range 1000 {
		if _, err := io.WriteString(&b, line); err != nil {
			t.Fatal(err)
		}
	}
	text, cut := b.text()
	lines := slices.Collect(strings.Lines(string(text)))
	if !cut || len(lines) != maxEnd/1000 || lines[0] != line {
		t.Errorf("%d bytes in %d lines, cut: %v, first %.20q", len(text), len(lines), cut, lines[0])
	}
	b = lastBytes{}
	_, _ = io.WriteString(&b, "short\n")
	if text, cut := b.text(); cut || string(text) != "short\n" {
		t.Errorf("%q %v", text, cut)
	}
}
