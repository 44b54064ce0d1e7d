package act_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/act"
	"github.com/kubectl-jobx/kubectl-jobx/internal/cli"
)

// elastic is an Indexed Job of ten that run at once.
func elastic(j *batchv1.Job) {
	j.Spec.CompletionMode, j.Spec.Completions, j.Spec.Parallelism = new(batchv1.IndexedCompletion), new(int32(10)), new(int32(10))
	j.Status.Active = 10
}

// changeOnce changes a Job while the first patch of it is on its way, as its controller may.
func (s *server) changeOnce(change func(*batchv1.Job)) {
	changed := map[string]bool{}
	s.also(func(r request) {
		if _, name, _ := strings.Cut(r.path, "/jobs/"); r.verb == http.MethodPatch && !changed[name] {
			changed[name] = true
			j := s.jobs["ns/"+name]
			j.ResourceVersion = "8"
			change(j)
		}
	})
}

// D6: what will be done to an object that changed meanwhile is said before it is done, as far as it was not said before.
func TestD6WhatChangedIsSaidFirst(t *testing.T) {
	started := func(j *batchv1.Job) { j.Status.Active = 5 }
	done := func(j *batchv1.Job) { j.Status.Active, j.Status.CompletedIndexes, j.Status.Succeeded = 5, "5-9", 5 }
	const killed, dropped = "5 active pods will be killed", "completed indexes 5-9 are beyond the new end: their success is forgotten"
	for line, c := range map[string]struct {
		change func(*batchv1.Job)
		code   int
		want   string // behind the name, before the second patch; empty: nothing
	}{
		"suspend x":                                     {started, 0, killed},
		"suspend x --dry-run=server":                    {started, 0, killed},
		"suspend x ":                                    {func(j *batchv1.Job) { j.Annotations = map[string]string{"a": "b"} }, 0, ""},
		"scale y --completions 4 --yes":                 {done, 0, dropped},
		"scale y --completions 4 --dry-run=server":      {done, 0, dropped},
		"scale y --completions 4 -o name":               {done, 1, dropped},
		"scale y --replicas 4":                          {started, 0, "parallelism 10 -> 4: 1 of 5 active pods will be deleted"},
		"scale x --replicas 4 --resource-version 7":     {started, 1, ""},
		"scale y --replicas 4 --current-replicas 10 -y": {func(j *batchv1.Job) { *j.Spec.Parallelism = 4 }, 1, ""},
		"scale y --replicas 4 -o name":                  {func(j *batchv1.Job) { *j.Spec.Parallelism = 4 }, 0, "parallelism is 4 already: nothing to do"},
	} {
		s := newServer(t, job("x"), job("y", elastic))
		s.changeOnce(c.change)
		var out bytes.Buffer
		errOut := &guarded{}
		before := ""
		s.also(func(r request) {
			if r.verb == http.MethodPatch && s.count(http.MethodPatch) == 2 {
				before = errOut.text()
			}
		})
		code := s.run(t.Context(), t, cli.Process{In: strings.NewReader(""), Out: &out, Err: errOut}, strings.Fields(line)...)
		text := errOut.text()
		if len(s.asked(http.MethodPatch)) < 2 {
			before = text
		}
		name := strings.Fields(line)[1]
		if want := fmt.Sprintf("job %q: it changed meanwhile: %s", name, c.want); code == 0 && c.want != "" && !strings.Contains(before, want) {
			t.Errorf("%s: before the second patch %q lacks %q", line, before, want)
		}
		if code != c.code || !strings.Contains(text, c.want) || c.want == "" && strings.Contains(text, "it changed meanwhile") {
			t.Errorf("%s: exit code %d, stderr %q, want %d and %q", line, code, text, c.code, c.want)
		}
	}
}

// What somebody else has done meanwhile is not called done: there was nothing to do.
func TestWhatSomebodyElseDidIsNotClaimed(t *testing.T) {
	for line, c := range map[string]struct {
		change func(*batchv1.Job)
		out    string
		notes  string // the end of them
	}{
		"scale y --replicas 4":         {func(j *batchv1.Job) { *j.Spec.Parallelism = 4 }, "", "it changed meanwhile: parallelism is 4 already: nothing to do\n"},
		"scale y --replicas 4 -o name": {func(j *batchv1.Job) { *j.Spec.Parallelism = 4 }, "job.batch/y\n", "nothing to do\n"},
		"suspend y":                    {suspended, "", "it changed meanwhile: it is suspended already: nothing to do\n"},
		"suspend y nosuch":             {suspended, "", "0 of 2 suspended, 1 unchanged, 1 failed\n"},
	} {
		s := newServer(t, job("y", elastic))
		s.changeOnce(c.change)
		if r := s.jobx(t, "", strings.Fields(line)...); r.out != c.out || !strings.HasSuffix(r.stderr, c.notes) {
			t.Errorf("%s: stdout %q, stderr %q, want %q and %q", line, r.out, r.stderr, c.out, c.notes)
		}
	}
}

// guarded is a buffer that several goroutines may use.
type guarded struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends.
func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.Write(p)
}

func (g *guarded) text() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.String()
}

// D6: what more is lost by a change of the meantime is asked about where somebody can answer, each by itself.
func TestD6WhatMoreIsLostIsAsked(t *testing.T) {
	for answers, c := range map[string]struct{ code, small int }{
		"y\ny\n": {0, 2}, "y\nn\n": {1, 1}, "n\nn\n": {1, 0},
	} {
		s := newServer(t, job("x", elastic), job("y", elastic))
		s.changeOnce(func(j *batchv1.Job) { j.Status.CompletedIndexes, j.Status.Succeeded = "9", 1 })
		code, text := s.onTerminal(t, answers, "scale", "x", "y", "--completions", "5")
		small := 0
		for _, j := range s.jobs {
			if *j.Spec.Completions == 5 {
				small++
			}
		}
		if code != c.code || small != c.small || strings.Count(text, "it changed meanwhile: completed indexes 9 are beyond the new end: their success is forgotten. Go on? [y/N]") != 2 {
			t.Errorf("%q: exit code %d, %d changed: %s", answers, code, small, text)
		}
	}
}

// Of many that changed meanwhile the first are told.
func TestManyChangeMeanwhile(t *testing.T) {
	s := manyJobs(t, 30)
	s.changeOnce(func(j *batchv1.Job) { j.Status.Active = 5 })
	r := s.jobx(t, "", "suspend", "--all")
	if r.code != 0 || strings.Count(r.stderr, "it changed meanwhile: 5 active pods") != 10 || !strings.Contains(r.stderr, "\n20 more were changed meanwhile\n") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// A Job that ends while something else is waited for is told of; it can never be suspended any more.
func TestEndedWhileWaiting(t *testing.T) {
	for line, c := range map[string]struct {
		code int
		want string
	}{
		"suspend x --wait":                   {1, `error: job "x" in namespace "ns": suspended, but it is Failed (PodFailurePolicy) meanwhile, which is for good` + "\n"},
		"suspend x z --wait":                 {1, "2 of 2 suspended, 2 not settled\n"},
		"suspend s --wait":                   {1, `error: job "s" in namespace "ns": it is Failed (PodFailurePolicy) meanwhile, which is for good` + "\n"},
		"resume s --wait":                    {0, `job "s": it is Failed (PodFailurePolicy) meanwhile` + "\n"},
		"scale x --replicas 3 --timeout 20s": {0, `job "x": it is Failed (PodFailurePolicy) meanwhile` + "\n"},
	} {
		s := newServer(t, job("x"), job("z"), job("s", suspended, func(j *batchv1.Job) { j.Status.Active = 1 }))
		s.also(func(r request) {
			if strings.HasSuffix(r.path, "/jobs") {
				for _, j := range s.jobs {
					j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: "PodFailurePolicy"}}
				}
			}
		})
		if r := s.jobx(t, "", strings.Fields(line)...); r.code != c.code || !strings.HasSuffix(r.stderr, c.want) {
			t.Errorf("%s: exit code %d, stderr %q, want %d and %q", line, r.code, r.stderr, c.code, c.want)
		}
	}
}

// Answers that are lost for good leave it open what was done, and a change that is pinned to a version is looked up as well.
func TestAnswersLostForGood(t *testing.T) {
	for _, c := range []struct {
		line  string
		lost  int // answers to changes; all that come after it get through
		reads int // reads that are answered; 0: all
		carry bool
		code  int
		want  string
	}{
		{"delete x", 2, 0, false, 1, `error: job "x" in namespace "ns": the API server has not answered: it may have been carried out (EOF)`},
		{"suspend x", 2, 0, false, 1, "it may have been carried out (EOF)"},
		{"suspend x", 2, 1, false, 1, "it may have been carried out (EOF)"},
		{"scale x --replicas 3 --resource-version 7", 2, 0, false, 1, "it may have been carried out (EOF)"},
		{"scale x --replicas 3 --resource-version 7", 1, 0, false, 0, ""},
		{"scale x --replicas 3 --resource-version 7", 1, 0, true, 0, ""},
		{"scale x --replicas 3 --dry-run=server", 2, 0, false, 1, "EOF"},
		{"delete x --dry-run=server", 2, 0, false, 1, "EOF"},
	} {
		s := newServer(t, job("x"))
		changes, reads := 0, 0
		s.before = func(w http.ResponseWriter, r request) bool {
			if r.verb == http.MethodGet {
				if reads++; c.reads == 0 || reads <= c.reads {
					return false
				}
				status(w, 500, "InternalError", "out of order")
				return true
			}
			if changes++; changes > c.lost {
				return false
			}
			if c.carry {
				s.one(httptest.NewRecorder(), r, "ns/x")
				s.jobs["ns/x"].ResourceVersion = "8"
			}
			panic(http.ErrAbortHandler)
		}
		r := s.jobx(t, "", strings.Fields(c.line)...)
		open := strings.Contains(r.stderr, "may have been carried out")
		if r.code != c.code || !strings.Contains(r.stderr, c.want) || open != strings.Contains(c.want, "may have been") {
			t.Errorf("%s: exit code %d, stderr %q, want %d and %q", c.line, r.code, r.stderr, c.code, c.want)
		}
	}
	refused := &url.Error{Op: "Patch", URL: "https://server/x", Err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
	if err := act.Unanswered(refused, act.Really); !errors.Is(err, refused) {
		t.Errorf("a request that was not even sent: %v", err)
	}
	late := &url.Error{Op: "Patch", URL: "https://server/x", Err: io.ErrUnexpectedEOF}
	if err := act.Unanswered(late, act.Really); !strings.Contains(err.Error(), "may have been carried out (unexpected EOF)") {
		t.Error(err)
	}
}
