package logs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term"
)

// L6: every new reason for which a container has not started is told, and each once, however often it is looked.
func TestL6EachReasonOnce(t *testing.T) {
	began := time.Unix(1000, 0)
	now := began
	var said bytes.Buffer
	s := &status{notes: &notes{w: &said}, now: func() time.Time { return now }, began: began, told: map[string]bool{}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", CreationTimestamp: metav1.NewTime(began)}}
	for _, reason := range []string{"ContainerCreating", "ErrImagePull", "ImagePullBackOff", "ErrImagePull", "ImagePullBackOff"} {
		for range 30 {
			now = now.Add(time.Second)
			w := logstream.Stream{Key: logstream.Key{Container: "c"}, Object: pod, Phase: logstream.Waiting, Reason: reason}
			if err := s.look(logtail.Situation{Waiting: []logstream.Stream{w}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines:\n%s", len(lines), said.String())
	}
	for i, want := range []string{"ContainerCreating", "ErrImagePull", "ImagePullBackOff"} {
		if !strings.HasSuffix(lines[i], "pod p, container c: "+want) {
			t.Errorf("line %d: %q, want %s", i, lines[i], want)
		}
	}
}

// What a narrow terminal cuts off the board is not for what is waited.
func TestBoardBeginsWithTheReason(t *testing.T) {
	began := time.Unix(1000, 0)
	var screen bytes.Buffer
	s := &status{
		board: &board{live: term.NewLive(&screen, &term.Terminal{})}, now: func() time.Time { return began.Add(117 * time.Second) },
		began: began, told: map[string]bool{},
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pend-rbms6", CreationTimestamp: metav1.NewTime(began)}}
	w := logstream.Stream{Key: logstream.Key{Container: "c"}, Object: pod, Phase: logstream.Waiting, Reason: "ImagePullBackOff", Message: "back off"}
	if err := s.look(logtail.Situation{Waiting: []logstream.Stream{w, w, w}}); err != nil {
		t.Fatal(err)
	}
	if want := "waiting 1m57s: ImagePullBackOff: pod pend-rbms6, container c, and 2 more"; !strings.Contains(screen.String(), want) {
		t.Errorf("%q, want %q", screen.String(), want)
	}
}

// TestRetryIsTold: while the controller waits before the next attempt it is said when that is, once, and not while anything
// is read.
func TestRetryIsTold(t *testing.T) {
	began := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	now := began.Add(5 * time.Second)
	var said bytes.Buffer
	s := &status{notes: &notes{w: &said}, now: func() time.Time { return now }, began: began, told: map[string]bool{}}
	yes, limit := true, int32(6)
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "j", UID: "u"}, Spec: batchv1.JobSpec{BackoffLimit: &limit}}
	job.Status.Failed = 2
	var pods []*corev1.Pod
	for i := range 2 {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("p%d", i), UID: types.UID(fmt.Sprintf("p%d", i)), CreationTimestamp: metav1.NewTime(began),
			OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "j", UID: "u", Controller: &yes}},
		}, Status: corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{
			Name: "c", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, FinishedAt: metav1.NewTime(began)}},
		}}}}
		pods = append(pods, p)
	}
	for _, reading := range []int{1, 0, 0} {
		if err := s.look(logtail.Situation{Job: job, Pods: pods, Synced: true, Reading: reading}); err != nil {
			t.Fatal(err)
		}
		if reading > 0 && said.Len() > 0 {
			t.Errorf("said while a log is read: %s", said.String())
		}
	}
	if want := "waiting until 12:00:20Z: attempt 3 of 7 is next\n"; said.String() != want {
		t.Errorf("%q, want %q", said.String(), want)
	}
}

// A line that is not at its end leaves no place for the board on the terminal, and is none of its business in a pipe.
func TestBoardIsForTheTerminal(t *testing.T) {
	for _, tty := range []bool{true, false} {
		var out, screen bytes.Buffer
		c := &command{out: &out, tty: tty, notes: &notes{w: &screen}}
		c.show(&board{live: term.NewLive(&screen, &term.Terminal{})})
		_, _ = io.WriteString(c.out, "half a line") // into memory
		c.board.show("waiting 3s")
		if shown := strings.Contains(screen.String(), "waiting 3s"); shown == tty || out.String() != "half a line" {
			t.Errorf("a terminal: %v, the board is shown: %v, output %q", tty, shown, out.String())
		}
		c.notes.say("a note")
		if got := screen.String(); !strings.HasSuffix(got, "a note\n") {
			t.Errorf("a terminal: %v, %q", tty, got)
		}
	}
}

// What a pipe's reader prints may stand on the terminal that the board would be on.
func TestBoardNeedsAPlace(t *testing.T) {
	screen, none := &term.Terminal{IsTTY: true, Live: true}, &term.Terminal{}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	pipe := &bytes.Buffer{}
	for _, c := range []struct {
		out               io.Writer
		terminal, waiting *term.Terminal
		want              bool
	}{
		{pipe, screen, screen, true},
		{file, none, screen, true},
		{pipe, none, screen, false},
		{pipe, screen, &term.Terminal{IsTTY: true}, false},
		{pipe, screen, none, false},
		{file, none, none, false},
	} {
		if got := hasPlace(c.out, c.terminal, c.waiting); got != c.want {
			t.Errorf("%T, %+v, %+v: %v", c.out, c.terminal, c.waiting, got)
		}
	}
}
