package logs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-jobx/kubectl-jobx/internal/exit"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
)

func streamOf(pod, container string, index, attempt int32) logstream.Stream {
	s := logstream.Stream{Object: &corev1.Pod{}, Index: index, Attempt: attempt}
	s.Object.Name, s.Container, s.Pod = pod, container, types.UID(pod)
	return s
}

// saved runs one log through a saver: two lines, and then the end, which may have come too early.
func saved(t *testing.T, v *saver, s logstream.Stream, whole bool) {
	t.Helper()
	f := v.formatter(s, &logstream.Text{})
	if got := string(f.Append(nil, logstream.Line{Text: []byte("one\n")})); got != "one\n" {
		t.Errorf("handed on: %q", got)
	}
	f.Append(nil, logstream.Line{Text: []byte("two\n")})
	f.(*saving).Done(whole)
}

func opened(t *testing.T, folder string, force bool) *saver {
	t.Helper()
	v, err := openSaver(Options{Save: folder, Force: force})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func closed(v *saver) error { return errors.Join(v.close()...) }

func content(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, text string, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func entries(t *testing.T, folder string) string {
	t.Helper()
	list, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name()
	}
	return strings.Join(names, " ")
}

func TestSaveNamesAFileWhenItIsWhole(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	v := opened(t, folder, false)
	saved(t, v, streamOf("p", "main", 7, 2), true)
	saved(t, v, streamOf("pod-x", "main", -1, 1), true)
	saved(t, v, streamOf("p", "main", 8, 1), false)
	if err := closed(v); err != nil {
		t.Fatal(err)
	}
	if got, want := entries(t, folder), "7-2-main.log 8-1-main.log.partial pod-x-1-main.log"; got != want {
		t.Errorf("files %q, want %q", got, want)
	}
	if got := content(t, folder, "7-2-main.log"); got != "one\ntwo\n" {
		t.Errorf("saved %q", got)
	}
}

func TestSaveNeverOverwritesWithoutForce(t *testing.T) {
	folder := t.TempDir()
	s := streamOf("p", "main", 0, 1)
	v := opened(t, folder, false)
	if err := v.check([]logstream.Stream{s}); err != nil {
		t.Fatal(err)
	}
	write(t, "older", folder, "0-1-main.log") // after the check: somebody else was faster
	saved(t, v, s, true)
	if err := closed(v); err == nil || !strings.Contains(err.Error(), "0-1-main.log exists\n--force overwrites it") {
		t.Errorf("error %v", err)
	}
	if got := content(t, folder, "0-1-main.log"); got != "older" {
		t.Errorf("the file holds %q", got)
	}
	again := opened(t, folder, false)
	if err := again.check([]logstream.Stream{s}); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("error %v", err)
	}
	forced := opened(t, folder, true)
	if err := forced.check([]logstream.Stream{s}); err != nil {
		t.Error(err)
	}
	saved(t, forced, s, true)
	if err := closed(forced); err != nil {
		t.Error(err)
	}
	if got := content(t, folder, "0-1-main.log"); got != "one\ntwo\n" {
		t.Errorf("the file holds %q", got)
	}
}

// TestSaveStaysInItsFolder: names come from the cluster, and links may lie in the folder.
func TestSaveStaysInItsFolder(t *testing.T) {
	for _, s := range []logstream.Stream{
		streamOf("../escape", "c", -1, 1), streamOf("p", "../../c", 0, 1), streamOf("/etc/cron.d/x", "c", -1, 1), streamOf("..", "c", -1, 1),
		streamOf(".hidden", "c", -1, 1), streamOf("p", "c\x1b[2J", 0, 1), streamOf("p", "c\nd", 0, 1), streamOf(`a\b`, "c", -1, 1),
		streamOf("p", "c\x00", 0, 1), streamOf("ｐ", "c", -1, 1), streamOf("con:x", "c", -1, 1),
	} {
		outer := t.TempDir()
		v := opened(t, filepath.Join(outer, "logs"), true)
		err := v.check([]logstream.Stream{s})
		if err == nil || !strings.Contains(err.Error(), "is not a name for a file") || strings.ContainsAny(err.Error(), "\x1b\n\x00") {
			t.Errorf("%q, %q: error %q", s.PodName(), s.Container, err)
		}
		saved(t, v, s, true)
		if closed(v) == nil {
			t.Errorf("%q, %q: no error at the end", s.PodName(), s.Container)
		}
		if got := entries(t, outer) + ": " + entries(t, filepath.Join(outer, "logs")); got != "logs: " {
			t.Errorf("%q, %q: there is %q", s.PodName(), s.Container, got)
		}
	}
}

func TestSaveFollowsNoLinks(t *testing.T) {
	s := streamOf("p", "main", 0, 1)
	for _, name := range []string{"0-1-main.log", "0-1-main.log.partial"} {
		outer, folder := t.TempDir(), t.TempDir()
		write(t, "precious", outer, "file")
		if err := os.Symlink(filepath.Join(outer, "file"), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
		v := opened(t, folder, true)
		saved(t, v, s, true)
		if err := closed(v); err != nil {
			t.Errorf("%s is a link: %v", name, err)
		}
		if got := content(t, outer, "file"); got != "precious" {
			t.Errorf("%s is a link: what it leads to holds %q", name, got)
		}
		if got := content(t, folder, "0-1-main.log"); got != "one\ntwo\n" {
			t.Errorf("%s is a link: saved %q", name, got)
		}
	}
}

// A log that could not be read at all, of a container that has not started, leaves nothing that the next run is refused for.
func TestSaveLeavesNoEmptyFile(t *testing.T) {
	folder := t.TempDir()
	pending := aPod("x-1", func(p *corev1.Pod) {
		p.Status.Phase = corev1.PodPending
		p.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}
	})
	for range 2 {
		_, said, err := logsOf(t, "x --save "+folder, aJob("", "", nil), pending)
		if got := entries(t, folder); got != "" || err == nil || !strings.Contains(said, "has not started: ImagePullBackOff") {
			t.Errorf("files %q, error %v, it said %q", got, err, said)
		}
	}
	// one that is empty is whole
	v := opened(t, folder, false)
	v.formatter(streamOf("p", "main", 0, 1), &logstream.Text{}).(*saving).Done(true)
	if err := closed(v); err != nil || entries(t, folder) != "0-1-main.log" {
		t.Errorf("files %q, error %v", entries(t, folder), err)
	}
}

func TestSaveRefusesTwoLogsOfOneName(t *testing.T) {
	v := opened(t, t.TempDir(), false)
	err := v.check([]logstream.Stream{streamOf("a", "c", 0, 1), streamOf("b", "c", 0, 1)})
	if err == nil || !strings.Contains(err.Error(), "two logs would be called 0-1-c.log") {
		t.Errorf("error %v", err)
	}
}

// What was broken off is not thrown away by the next run, and no name is given twice in one, not even with --force.
func TestSaveKeepsWhatWasBrokenOff(t *testing.T) {
	folder := t.TempDir()
	s := streamOf("p", "main", 0, 1)
	v := opened(t, folder, false)
	saved(t, v, s, false)
	write(t, "half", folder, "0-1-main.log.partial")
	again := opened(t, folder, false)
	if err := again.check([]logstream.Stream{s}); err == nil || !strings.Contains(err.Error(), "0-1-main.log.partial exists\n--force overwrites it") {
		t.Errorf("error %v", err)
	}
	saved(t, again, s, true)
	if err := closed(again); err == nil || content(t, folder, "0-1-main.log.partial") != "half" {
		t.Errorf("error %v, files %q", err, entries(t, folder))
	}
	forced := opened(t, folder, true)
	saved(t, forced, s, true)
	saved(t, forced, streamOf("q", "main", 0, 1), true)
	if err := closed(forced); err == nil || !strings.Contains(err.Error(), "two logs would be called 0-1-main.log") {
		t.Errorf("error %v", err)
	}
	if got := entries(t, folder); got != "0-1-main.log" {
		t.Errorf("files %q", got)
	}
}

// What could not be saved is told however the reading ended, and is a failure where that says nothing else.
func TestSaveTellsWhatFailed(t *testing.T) {
	for name, c := range map[string]struct {
		reading error
		want    exit.Code
	}{
		"all was read":            {nil, exit.Failure},
		"the Job failed":          {exit.Silent(exit.JobFailed), exit.JobFailed},
		"a log could not be read": {exit.Silent(exit.Failure), exit.Failure},
		"interrupted":             {context.Canceled, exit.Interrupted},
		"the reader has left":     {&logtail.WriteError{Err: syscall.EPIPE}, exit.Failure},
		"nor could it be printed": {&logtail.WriteError{Err: syscall.ENOSPC}, exit.Failure},
	} {
		folder := t.TempDir()
		write(t, "older", folder, "0-1-main.log.partial")
		write(t, "older", folder, "1-1-main.log.partial")
		var said bytes.Buffer
		cmd := &command{saver: opened(t, folder, false), notes: &notes{w: &said}}
		saved(t, cmd.saver, streamOf("p", "main", 0, 1), true)
		saved(t, cmd.saver, streamOf("q", "main", 1, 1), true)
		signalled := exit.OK
		if errors.Is(c.reading, context.Canceled) {
			signalled = exit.Interrupted
		}
		if got := exit.Of(cmd.saved(c.reading), signalled); got != c.want {
			t.Errorf("%s: exit code %d, want %d", name, got, c.want)
		}
		if strings.Count(said.String(), "error: --save ") != 2 || !strings.Contains(said.String(), "1-1-main.log.partial exists\n") {
			t.Errorf("%s: it said %q", name, said.String())
		}
	}
}
