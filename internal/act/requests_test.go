package act_test

import (
	"strings"
	"testing"
)

// Requests: scaling takes two, deleting by name two before it waits.
func TestRequests(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"scale", "x", "--replicas", "3"}, 2},
		{[]string{"suspend", "x"}, 2},
		{[]string{"scale", "x", "--replicas", "1"}, 1},
		{[]string{"delete", "x", "--wait=false"}, 2},
		{[]string{"delete", "x"}, 3}, // and one look at its pods
		{[]string{"delete", "x", "--dry-run=client"}, 1},
		{[]string{"delete", "x", "x", "job/x", "--wait=false"}, 3},
	} {
		s := newServer(t, job("x"))
		if r := s.jobx(t, "", c.args...); r.code != 0 || len(s.asked("")) != c.want {
			t.Errorf("%v: exit code %d, %d requests, want %d: %s", c.args, r.code, len(s.asked("")), c.want, r.stderr)
		}
	}
}

// Nothing is changed by --dry-run.
func TestDryRun(t *testing.T) {
	for _, args := range [][]string{
		{"scale", "x", "--replicas", "3", "--dry-run", "client"}, {"scale", "x", "--replicas", "3", "--dry-run", "server"},
		{"suspend", "x", "--dry-run=client"}, {"suspend", "x", "--dry-run=server"},
		{"delete", "x", "--dry-run=client"}, {"delete", "x", "--dry-run=server"}, {"delete", "--all", "--dry-run=server"},
	} {
		s := newServer(t, job("x"))
		r := s.jobx(t, "", args...)
		j := s.jobs["ns/x"]
		if r.code != 0 || j == nil || j.Spec.Suspend != nil || *j.Spec.Parallelism != 1 || !strings.Contains(r.out, "dry run)") {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q, job %v", args, r.code, r.out, r.stderr, j)
		}
	}
}
