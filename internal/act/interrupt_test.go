package act_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// A deletion that is interrupted begins nothing more and says where it stood.
func TestInterrupted(t *testing.T) {
	var jobs []*batchv1.Job
	for i := range 500 {
		jobs = append(jobs, job(fmt.Sprintf("j%03d", i)))
	}
	s := newServer(t, jobs...)
	ctx, cancel := context.WithCancel(t.Context())
	deletions := 0
	s.before = func(_ http.ResponseWriter, r request) bool {
		if r.verb == http.MethodDelete {
			if deletions++; deletions == 100 {
				cancel()
			}
		}
		return false
	}
	r := s.jobxContext(ctx, t, "", "delete", "--all", "--yes")
	done := strings.Count(r.out, "deleted from")
	want := fmt.Sprintf("interrupted: %d of 500 deleted, 0 failed, %d not touched", done, 500-done)
	if done < 100 || done > 100+32 || !strings.Contains(r.stderr, want) || len(s.jobs) != 500-done {
		t.Errorf("%d deleted, %d left, stderr %q, want %q", done, len(s.jobs), r.stderr, want)
	}
}

// What was only accepted is not called gone, and is named.
func TestInterruptedWhileAllAreHeld(t *testing.T) {
	var jobs []*batchv1.Job
	for i := range 200 {
		jobs = append(jobs, job(fmt.Sprintf("j%03d", i)))
	}
	s := newServer(t, jobs...)
	s.holdDeleted("example.com/hold")
	ctx, cancel := context.WithCancel(t.Context())
	deletions := 0
	s.also(func(r request) {
		if r.verb == http.MethodDelete {
			if deletions++; deletions == 50 {
				cancel()
			}
		}
	})
	r := s.jobxContext(ctx, t, "", "delete", "--all", "--yes", "--cascade=foreground")
	n := strings.Count(r.out, "deletion started in")
	want := fmt.Sprintf("interrupted: %d of 200 deleted (%d still there), 0 failed, %d not touched", n, n, 200-n)
	if n < 50 || !strings.Contains(r.stderr, want) {
		t.Errorf("%d named, stderr %q, want %q", n, r.stderr, want)
	}
}

// A request that the interrupt cut off may have been carried out, and nothing else is said of it.
func TestInterruptedBeforeTheAnswer(t *testing.T) {
	for line, total := range map[string]string{
		"delete x --yes":       "interrupted: 0 of 1 deleted, 1 failed, 0 not touched\n",
		"suspend x":            "",
		"scale x --replicas 3": "",
	} {
		t.Run(line, func(t *testing.T) {
			s := newServer(t, job("x"))
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			s.before = func(_ http.ResponseWriter, r request) bool {
				if r.verb != http.MethodGet {
					cancel()
					<-ended // it gets no answer
				}
				return false
			}
			r := s.jobxContext(ctx, t, "", strings.Fields(line)...)
			close(ended)
			want := `error: job "x" in namespace "ns": the request was cut off before it was answered: it may have been carried out` + "\n" + total
			if r.code == 0 || !strings.Contains(r.stderr, want) {
				t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, want)
			}
		})
	}
}

// Ctrl-C while the objects are waited for says how many are gone and how many are not.
func TestInterruptedWait(t *testing.T) {
	for _, c := range []struct {
		held bool
		want string
	}{
		{true, "interrupted: 0 deleted, 2 still going"},
		{false, "interrupted: 2 deleted, what belonged to them is still going"},
	} {
		s := newServer(t, job("x"), job("y"))
		s.pods = []corev1.Pod{podOf("p", "uid-x")}
		if c.held {
			s.holdDeleted("example.com/hold")
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.also(func(r request) {
			if strings.Contains(r.query, "watch=true") {
				cancel()
			}
		})
		r := s.jobxContext(ctx, t, "", "delete", "x", "y")
		if !strings.Contains(r.stderr, c.want) || r.code == 0 {
			t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, c.want)
		}
	}
}

// One document is one: what was interrupted is told once, and in words that count what failed.
func TestInterruptedWaitIsOneDocument(t *testing.T) {
	s := newServer(t, job("x"), job("y"))
	s.pods = []corev1.Pod{podOf("p", "uid-x")}
	ctx, cancel := context.WithCancel(t.Context())
	s.also(func(r request) {
		if strings.Contains(r.query, "watch=true") {
			cancel()
		}
	})
	r := s.jobxContext(ctx, t, "", "delete", "x", "y", "nosuch", "-o", "json")
	var both struct {
		Deleted, Failed []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(r.out), &both); err != nil || r.code == 0 || len(both.Deleted) != 2 || len(both.Failed) != 1 {
		t.Errorf("exit code %d, %v, stdout %q", r.code, err, r.out)
	}
	if want := "interrupted: 2 deleted, 1 failed, what belonged to them is still going\n"; !strings.Contains(r.stderr, want) || strings.Contains(r.stderr, " of 3") {
		t.Errorf("stderr %q, want %q", r.stderr, want)
	}
}

// The names that nothing has count among those that were asked for.
func TestInterruptedCountsTheMissing(t *testing.T) {
	s := newServer(t, job("x"))
	ctx, cancel := context.WithCancel(t.Context())
	s.also(func(r request) {
		if r.verb == http.MethodDelete {
			cancel()
		}
	})
	r := s.jobxContext(ctx, t, "", "delete", "x", "nosuch")
	if want := "interrupted: 1 of 2 deleted, 1 failed, 0 not touched"; !strings.Contains(r.stderr, want) {
		t.Errorf("exit code %d, stderr %q, want %q", r.code, r.stderr, want)
	}
}

// TestInterruptedChange: Ctrl-C while changes are made begins no more of them, and while they are waited for says how
// many are not there yet.
func TestInterruptedChange(t *testing.T) {
	var names []string
	for i := range 64 {
		names = append(names, fmt.Sprintf("x%02d", i))
	}
	all := func() (jobs []*batchv1.Job) {
		for _, name := range names {
			jobs = append(jobs, job(name))
		}
		return jobs
	}
	for _, verb := range []string{"suspend", "scale --replicas 4"} {
		s := newServer(t, all()...)
		ctx, cancel := context.WithCancel(t.Context())
		s.before = func(_ http.ResponseWriter, r request) bool {
			if r.verb == http.MethodPatch && s.count(http.MethodPatch) == 3 {
				cancel()
			}
			return false
		}
		r := s.jobxContext(ctx, t, "", append(strings.Fields(verb), names...)...)
		done := strings.Count(r.out, "\n")
		if done < 3 || done > 3+32 || done != len(s.asked(http.MethodPatch)) || !strings.Contains(r.stderr, " of 64 were handled, the rest was not touched") {
			t.Errorf("%s: exit code %d, %d of %d requests told, stderr %q", verb, r.code, done, len(s.asked(http.MethodPatch)), r.stderr)
		}
	}
	// So many that one list tells of all of them: the watch after it begins when all but one have settled.
	for _, line := range []string{"suspend --wait --timeout 20s", "scale --replicas 3 --timeout 20s"} {
		jobs := all()
		s := newServer(t, jobs...)
		ctx, cancel := context.WithCancel(t.Context())
		s.before = func(_ http.ResponseWriter, r request) bool {
			if strings.HasSuffix(r.path, "/jobs") {
				for _, j := range jobs[1:] {
					finished(j)
				}
			}
			if strings.Contains(r.query, "watch") {
				cancel()
			}
			return false
		}
		r := s.jobxContext(ctx, t, "", append(strings.Fields(line), names...)...)
		if strings.Count(r.out, "\n") != 64 || !strings.Contains(r.stderr, "interrupted: 1 of 64 had not got there yet, and go on") {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", line, r.code, r.out, r.stderr)
		}
	}
}
