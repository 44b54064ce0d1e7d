package simkubelet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// aPod makes a pod whose one container c has this state (JSON), with annotations given as name, value, name, value.
func aPod(t *testing.T, state string, annotations ...string) *pod {
	t.Helper()
	p := &pod{}
	p.Metadata.Name, p.Metadata.Namespace, p.Metadata.UID = "p", "n", "uid"
	p.Metadata.Annotations = map[string]string{}
	for i := 0; i < len(annotations); i += 2 {
		p.Metadata.Annotations[Prefix+annotations[i]] = annotations[i+1]
	}
	var s containerStatus
	if err := json.Unmarshal([]byte(`{"name":"c",`+state+`}`), &s); err != nil {
		t.Fatal(err)
	}
	p.Status.ContainerStatuses = []containerStatus{s}
	return p
}

const (
	running = `"state":{"running":{"startedAt":"2026-01-02T03:04:05Z"}}`
	ended   = `"state":{"terminated":{"exitCode":0,"startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:06Z"}}`
	failed  = `"state":{"terminated":{"exitCode":3,"startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:06Z"}}`
	killed  = `"state":{"terminated":{"exitCode":137,"startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:08Z"}}`
	crashed = `"restartCount":1,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":1,"startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:06Z"}}`
	pulling = `"state":{"waiting":{"reason":"ImagePullBackOff"}}`
)

// read gives what a request without follow gets at a time.
func read(t *testing.T, p *pod, q request, now time.Time) string {
	t.Helper()
	q.namespace, q.pod, q.container = "n", "p", "c"
	r, err := findRun(p, q)
	if err != nil {
		return "error: " + err.Error()
	}
	var out bytes.Buffer
	w := &writer{buf: bufio.NewWriter(&out), flush: func() error { return nil }, stamps: q.stamps, left: q.limit}
	k := &kubelet{now: func() time.Time { return now }}
	if err := k.stream(t.Context(), q, r, w); err != nil && !errors.Is(err, errLimit) {
		t.Fatal(err)
	}
	if err := w.send(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func all() request { return request{tail: -1, limit: -1} }

func TestLogs(t *testing.T) {
	later := start.Add(time.Hour)
	with := func(change func(*request)) request {
		q := all()
		change(&q)
		return q
	}
	cases := []struct {
		name string
		pod  *pod
		q    request
		now  time.Time
		want string
	}{
		{"made up", aPod(t, ended, "log-lines", "4"), all(), later, "starting on p\nstep 1 of 2\nstep 2 of 2\ndone\n"},
		{"a failure says so", aPod(t, failed, "log-lines", "2"), all(), later, "starting on p\nerror: giving up with exit code 3\n"},
		{"literal", aPod(t, ended, "log", "a\n\nb\n"), all(), later, "a\n\nb\n"},
		{"half way", aPod(t, running, "run-for", "4s", "log-lines", "4"), all(), start.Add(1500 * time.Millisecond), "starting on p\nstep 1 of 2\n"},
		{"for ever", aPod(t, running, "run-for", "forever"), all(), start.Add(2 * time.Second), "starting on p\nstep 1\nstep 2\n"},
		{"killed before its end", aPod(t, killed, "run-for", "10s", "log-lines", "10"), all(), later, "starting on p\nstep 1 of 8\nstep 2 of 8\nstep 3 of 8\n"},
		{"killed within a second", aPod(t, killed, "run-for", "forever", "log-every", "3500ms"), all(), later, "starting on p\nstep 1\n"},
		{"tail", aPod(t, ended, "log", "a\nb\nc"), with(func(q *request) { q.tail = 1 }), later, "c\n"},
		{"tail 0", aPod(t, ended, "log", "a\nb\nc"), with(func(q *request) { q.tail = 0 }), later, ""},
		{"since", aPod(t, ended, "log", "a\nb\nc", "run-for", "3s"), with(func(q *request) { q.since = start.Add(time.Second) }), later, "b\nc\n"},
		{"limit", aPod(t, ended, "log", "abc\ndef"), with(func(q *request) { q.limit = 6 }), later, "abc\nde"},
		{"stamps", aPod(t, ended, "log", "a\nb", "run-for", "1s"), with(func(q *request) { q.stamps = true }), later,
			"2026-01-02T03:04:05.000000000Z a\n2026-01-02T03:04:05.500000000Z b\n"},
		{"between two runs", aPod(t, crashed, "log", "a"), all(), later, "a\n"},
		{"previous", aPod(t, crashed, "log", "a"), with(func(q *request) { q.previous = true }), later, "a\n"},
		{"no previous", aPod(t, running), with(func(q *request) { q.previous = true }), later, `error: previous terminated container "c" in pod "p" not found`},
		{"waiting", aPod(t, pulling), all(), later, `error: container "c" in pod "p" is waiting to start: trying and failing to pull image`},
		{"line size", aPod(t, ended, "log-lines", "1", "log-line-bytes", "20"), all(), later, "starting on p xxxxxx\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := read(t, c.pod, c.q, c.now); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestFollowEndsWithTheContainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now().Truncate(time.Second)
		p := aPod(t, running, "run-for", "4s", "log-lines", "4")
		p.Status.ContainerStatuses[0].State.Running.StartedAt = begin
		k := &kubelet{pods: newPods(nil), now: time.Now}
		k.pods.byName[key("n", "p")] = p
		q := request{namespace: "n", pod: "p", container: "c", follow: true, tail: -1, limit: -1}
		r, err := findRun(p, q)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(4500 * time.Millisecond)
			done := aPod(t, ended, "run-for", "4s", "log-lines", "4")
			done.Status.ContainerStatuses[0].State.Terminated.StartedAt = begin
			k.pods.mu.Lock()
			defer k.pods.mu.Unlock()
			k.pods.byName[key("n", "p")] = done
			k.pods.announce()
		}()
		var out bytes.Buffer
		w := &writer{buf: bufio.NewWriter(&out), flush: func() error { return nil }, left: -1}
		if err := k.stream(t.Context(), q, r, w); err != nil {
			t.Fatal(err)
		}
		if got, want := out.String(), "starting on p\nstep 1 of 2\nstep 2 of 2\ndone\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if took := time.Since(begin); took < 4*time.Second || took > 6*time.Second {
			t.Errorf("it ended after %s; the container did after 4.5 s", took)
		}
	})
}

func TestParseRequest(t *testing.T) {
	r := httptest.NewRequest("GET", "/containerLogs/n/p/c?follow=true&tailLines=5&limitBytes=9&timestamps=1&sinceSeconds=60", nil)
	q, err := parseRequest(r, start)
	if err != nil {
		t.Fatal(err)
	}
	if !q.follow || !q.stamps || q.previous || q.tail != 5 || q.limit != 9 || !q.since.Equal(start.Add(-time.Minute)) {
		t.Errorf("got %+v", q)
	}
	for _, bad := range []string{"follow=x", "tailLines=x", "sinceTime=yesterday"} {
		if _, err := parseRequest(httptest.NewRequest("GET", "/?"+bad, nil), start); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestOnlyPodsThatAskAreNumbered(t *testing.T) {
	p := aPod(t, running, "fail-attempts", "2")
	if _, wanted := numbered(p); wanted {
		t.Error("a pod that may restart is numbered")
	}
	p.Spec.RestartPolicy = "Never"
	p.Metadata.Annotations["batch.kubernetes.io/job-completion-index"] = "7"
	if err := json.Unmarshal([]byte(`[{"kind":"Job","uid":"job","controller":true}]`), &p.Metadata.OwnerReferences); err != nil {
		t.Fatal(err)
	}
	if owner, wanted := numbered(p); !wanted || owner != "job/7" {
		t.Errorf("got %q, %v; want job/7", owner, wanted)
	}
	delete(p.Metadata.Annotations, Prefix+"fail-attempts")
	if _, wanted := numbered(p); wanted {
		t.Error("a pod that does not ask is numbered")
	}
}

func TestTheSameRequestGivesTheSameBytes(t *testing.T) {
	p := aPod(t, ended, "log-lines", "100", "log-line-bytes", "80")
	q := all()
	q.stamps = true
	a, b := read(t, p, q, start.Add(time.Hour)), read(t, p, q, start.Add(2*time.Hour))
	if a != b || strings.Count(a, "\n") != 100 {
		t.Errorf("two readings differ, or have %d lines instead of 100", strings.Count(a, "\n"))
	}
}
