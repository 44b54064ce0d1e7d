package act_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func finished(j *batchv1.Job) {
	j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}
}

func suspended(j *batchv1.Job) {
	j.Spec.Suspend = new(true)
	j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobSuspended, Status: corev1.ConditionTrue}}
}

// TestWaits: the exit code and the words of a wait that does not end well are those of the worst target, whatever the verb
// is; what was changed counts as changed.
func TestWaits(t *testing.T) {
	active := func(n int32) func(*batchv1.Job) {
		return func(j *batchv1.Job) { j.Status.Active = n }
	}
	busy := func(j *batchv1.Job) { active(1)(j); j.Status.Terminating = new(int32(1)) }
	ten := func(j *batchv1.Job) { j.Spec.Completions = new(int32(10)) }
	nothing := func(j *batchv1.Job) { suspended(j); j.Spec.Parallelism = new(int32(0)) }
	for name, c := range map[string]struct {
		jobs  []*batchv1.Job
		gone  string // this Job is deleted before the wait looks at it
		line  string
		code  int
		want  []string // in stderr
		lines int      // on stdout
	}{
		"scale, late": {[]*batchv1.Job{job("a", ten)}, "", "scale a --replicas 3 --timeout 300ms", 124,
			[]string{`job "a" in namespace "ns": scaled, but after 300ms there are 0 active pods and not 3`}, 1},
		"scale, two late": {[]*batchv1.Job{job("a", ten), job("b", ten)}, "", "scale a b --replicas 3 --timeout 300ms", 124,
			[]string{`"a" in namespace "ns": scaled, but after 300ms`, `"b" in namespace "ns": scaled, but after 300ms`, "2 of 2 scaled, 2 not settled"}, 2},
		"scale, one late": {[]*batchv1.Job{job("a", ten), job("b", ten, active(3))}, "", "scale a b --replicas 3 --timeout 2s", 124,
			[]string{"2 of 2 scaled, 1 not settled"}, 2},
		"scale, gone": {[]*batchv1.Job{job("a", ten)}, "a", "scale a --replicas 3 --timeout 20s", 3,
			[]string{`job "a" in namespace "ns": scaled, but it was deleted while waiting`}, 1},
		"scale, gone and late": {[]*batchv1.Job{job("a", ten), job("b", ten)}, "a", "scale a b --replicas 3 --timeout 2s", 124,
			[]string{"2 of 2 scaled, 2 not settled"}, 2},
		"scale, gone and there": {[]*batchv1.Job{job("a", ten), job("b", ten, active(3))}, "a", "scale a b --replicas 3 --timeout 20s", 3,
			[]string{"2 of 2 scaled, 1 not settled"}, 2},
		"scale, late and not found": {[]*batchv1.Job{job("a", ten)}, "", "scale a nosuch --replicas 3 --timeout 300ms", 1,
			[]string{"1 of 2 scaled, 1 failed, 1 not settled"}, 1},
		"scale, a queue with a success": {[]*batchv1.Job{job("a", func(j *batchv1.Job) {
			j.Spec.Completions, j.Spec.Parallelism, j.Status.Active, j.Status.Succeeded = nil, new(int32(3)), 2, 1
		})}, "", "scale a --replicas 3 --timeout 20s", 1, []string{"work queue and a worker has succeeded"}, 0},
		"scale, failed indexes": {[]*batchv1.Job{job("a", ten, active(2), func(j *batchv1.Job) {
			j.Spec.CompletionMode, j.Status.CompletedIndexes, j.Status.FailedIndexes = new(batchv1.IndexedCompletion), "0-4", new("5-7")
		})}, "", "scale a --replicas 9 --timeout 20s", 0, nil, 1},
		"scale, nothing to change": {[]*batchv1.Job{job("a")}, "", "scale a --replicas 1 --timeout 300ms", 124,
			[]string{`"a" in namespace "ns": after 300ms there are 0 active pods and not 1`}, 0},

		"suspend, late": {[]*batchv1.Job{job("a", busy)}, "", "suspend a --wait --timeout 300ms", 124,
			[]string{`job "a" in namespace "ns": suspended, but after 300ms 2 pods of it have not ended`}, 1},
		"suspend, two late": {[]*batchv1.Job{job("a", busy), job("b", busy)}, "", "suspend a b --wait --timeout 300ms", 124,
			[]string{"2 of 2 suspended, 2 not settled"}, 2},
		"suspend, gone":               {[]*batchv1.Job{job("a")}, "a", "suspend a --wait", 3, []string{"suspended, but it was deleted while waiting"}, 1},
		"suspend, suspended":          {[]*batchv1.Job{job("a", suspended)}, "", "suspend a --wait", 0, []string{"already"}, 0},
		"suspend, suspended, late":    {[]*batchv1.Job{job("a", suspended, busy)}, "", "suspend a --wait --timeout 300ms", 124, []string{`"ns": after 300ms 2 pods`}, 0},
		"suspend, suspended, no wait": {[]*batchv1.Job{job("a", suspended, busy)}, "", "suspend a", 0, []string{"already"}, 0},

		"resume, late": {[]*batchv1.Job{job("a", suspended), job("b", suspended)}, "", "resume a b --wait --timeout 300ms", 124,
			[]string{"resumed, but after 300ms the controller has not got there", "2 of 2 resumed, 2 not settled"}, 2},
		"resume, gone":           {[]*batchv1.Job{job("a", suspended)}, "a", "resume a --wait", 3, []string{"resumed, but it was deleted while waiting"}, 1},
		"resume, no parallelism": {[]*batchv1.Job{job("a", nothing)}, "", "resume a --wait --timeout 20s", 0, []string{"with parallelism 0 no pod"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, c.jobs...)
			s.before = func(_ http.ResponseWriter, r request) bool {
				if strings.HasSuffix(r.path, "/jobs") {
					delete(s.jobs, "ns/"+c.gone)
					if name == "resume, no parallelism" { // the controller has seen it
						s.jobs["ns/a"].Status.Conditions[0].Status = corev1.ConditionFalse
					}
				}
				return false
			}
			r := s.jobx(t, "", strings.Fields(c.line)...)
			if r.code != c.code || strings.Count(r.out, "\n") != c.lines {
				t.Errorf("exit code %d, stdout %q, stderr %q: want %d and %d lines", r.code, r.out, r.stderr, c.code, c.lines)
			}
			for _, want := range c.want {
				if !strings.Contains(r.stderr, want) {
					t.Errorf("stderr %q lacks %q", r.stderr, want)
				}
			}
		})
	}
}

// TestWaitsTogether: no target waits until the one before has got there.
func TestWaitsTogether(t *testing.T) {
	s := newServer(t, job("a"), job("b"))
	s.before = func(_ http.ResponseWriter, r request) bool {
		for _, names := range []string{"a b", "b a"} {
			if asked, other, _ := strings.Cut(names, " "); strings.Contains(r.query, "fieldSelector=metadata.name%3D"+asked) {
				s.jobs["ns/"+other].Status.Active = 1
			}
		}
		return false
	}
	if r := s.jobx(t, "", "scale", "a", "b", "--replicas", "3", "--timeout", "20s"); r.code != 0 {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// TestWaitReadsNoMoreThanNeeded: a few Jobs are watched by their names, many by one list of their namespace.
func TestWaitReadsNoMoreThanNeeded(t *testing.T) {
	for n, lists := range map[int]int{1: 1, 8: 8, 9: 1} {
		s := newServer(t)
		args := []string{"resume", "--wait"}
		for i := range n {
			name := fmt.Sprintf("x%d", i)
			args = append(args, name)
			s.jobs["ns/"+name] = job(name, func(j *batchv1.Job) { j.Status.Active = 1 })
		}
		r := s.jobx(t, "", args...)
		got, narrow := 0, 0
		for _, q := range s.asked(http.MethodGet) {
			if strings.HasSuffix(q.path, "/jobs") {
				got++
				if strings.Contains(q.query, "fieldSelector=metadata.name") {
					narrow++
				}
			}
		}
		if r.code != 0 || got != lists || (narrow == got) != (n <= 8) {
			t.Errorf("%d Jobs: exit code %d, %d lists, %d of them by name: %s", n, r.code, got, narrow, r.stderr)
		}
	}
}

// TestWaitRefused: who may change and not list is told so; the change counts.
func TestWaitRefused(t *testing.T) {
	s := newServer(t, job("a"), job("b"))
	s.before = func(w http.ResponseWriter, r request) bool {
		if strings.HasSuffix(r.path, "/jobs") {
			status(w, 403, "Forbidden", "may not list")
			return true
		}
		return false
	}
	r := s.jobx(t, "", "suspend", "a", "b", "--wait")
	if r.code != 1 || strings.Count(r.stderr, "suspended, but the wait failed: ") != 2 || !strings.Contains(r.stderr, "2 of 2 suspended, 2 not settled") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// TestWaitRefusedInOneOfTwo: that one may not look is not told as a timeout because the time of others was up.
func TestWaitRefusedInOneOfTwo(t *testing.T) {
	s := newServer(t, job("a"), job("b"))
	s.before = func(w http.ResponseWriter, r request) bool {
		if strings.HasSuffix(r.path, "/jobs") && strings.Contains(r.query, "metadata.name%3Db") {
			status(w, 403, "Forbidden", "may not list")
			return true
		}
		return false
	}
	r := s.jobx(t, "", "scale", "a", "b", "--replicas", "5", "--timeout", "1s")
	if r.code != 1 || !strings.Contains(r.stderr, `job "a" in namespace "ns": scaled, but after 1s there are`) ||
		!strings.Contains(r.stderr, `scaled, but the wait failed: may not list`) {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// TestUnchangedIsPrinted: who asks for objects gets those, too, about which nothing had to be done.
func TestUnchangedIsPrinted(t *testing.T) {
	for line, want := range map[string]string{
		"suspend x -o name":                                 "job.batch/x\n",
		"suspend x -o jsonpath={.spec.suspend}":             "true",
		"suspend x --template={{.metadata.name}}":           "x",
		"scale x --replicas 1 -o jsonpath={.metadata.name}": "x",
		"suspend x":            "",
		"scale x --replicas 1": "",
		"scale x --replicas 1 --dry-run=client -o name":     "job.batch/x\n",
		"scale x --replicas 1 --dry-run=server":             "",
		"scale x --replicas 1 --current-replicas 1 -o=name": "job.batch/x\n",
		"scale x --replicas 1 --resource-version 7 -o=name": "job.batch/x\n",
	} {
		s := newServer(t, job("x", suspended))
		if r := s.jobx(t, "", strings.Fields(line)...); r.code != 0 || r.out != want || len(s.asked(http.MethodPatch)) != 0 {
			t.Errorf("%s: exit code %d, stdout %q, want %q: %s", line, r.code, r.out, want, r.stderr)
		}
	}
}

// TestSeveralNamespaces: what is said of an object names its namespace where the choice has several, for two may have one
// name.
func TestSeveralNamespaces(t *testing.T) {
	finish := func(j *batchv1.Job) { j.Namespace = "b"; finished(j) }
	for line, want := range map[string][]string{
		"scale --all -A --replicas 3 --dry-run=client": {`job "x" in namespace "a": parallelism 1 -> 3`, `job "x" in namespace "b": left alone`},
		"suspend --all -A --dry-run=client":            {`job "x" in namespace "a": it has no active pods`, `job "x" in namespace "b": left alone`},
		"delete --all -A --dry-run=client":             {`job "x" in namespace "a": it has no pods`, `job "x" in namespace "b": it has no pods`},
		"delete --all -A":                              {"refusing to delete 2 Jobs in 2 namespaces without --yes"},
	} {
		s := newServer(t)
		s.before = func(w http.ResponseWriter, r request) bool {
			if r.path != "/apis/batch/v1/jobs" {
				return false
			}
			answer(w, 200, &batchv1.JobList{
				TypeMeta: metav1.TypeMeta{Kind: "JobList", APIVersion: "batch/v1"},
				Items:    []batchv1.Job{*job("x", func(j *batchv1.Job) { j.Namespace = "a" }), *job("x", finish)},
			})
			return true
		}
		r := s.jobx(t, "", strings.Fields(line)...)
		for _, want := range want {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("%s: exit code %d, stderr %q lacks %q", line, r.code, r.stderr, want)
			}
		}
	}
}

// TestTotals: the total of several targets counts what was done, and nothing that was so before, and says that it was a
// dry run.
func TestTotals(t *testing.T) {
	for line, want := range map[string]string{
		"scale x z --replicas 1":                    "0 of 2 scaled, 1 unchanged, 1 failed\n",
		"scale x y z --replicas 3":                  "2 of 3 scaled, 1 failed\n",
		"scale x y z --replicas 3 --dry-run=client": "2 of 3 scaled, 1 failed (dry run)\n",
		"suspend x y z":                             "1 of 3 suspended, 1 unchanged, 1 failed\n",
		"resume x y z --dry-run=server":             "1 of 3 resumed, 1 unchanged, 1 failed (server dry run)\n",
		"delete x y z":                              "2 of 3 deleted, 1 failed\n",
		"delete x y z --dry-run=server":             "2 of 3 deleted, 1 failed (server dry run)\n",
		"delete x z gone":                           "1 of 3 deleted, 1 gone already, 1 failed\n",
	} {
		s := newServer(t, job("x"), job("y", suspended), job("gone"))
		s.before = func(_ http.ResponseWriter, r request) bool {
			if r.verb == http.MethodDelete {
				delete(s.jobs, "ns/gone")
			}
			return false
		}
		if r := s.jobx(t, "", strings.Fields(line)...); r.code != 1 || !strings.HasSuffix(r.stderr, "\n"+want) {
			t.Errorf("%s: exit code %d, stderr %q, want %q", line, r.code, r.stderr, want)
		}
	}
}

// TestBroadSelectionLeavesOutWhatDoesNotFit: a finished Job, or one that Kueue has, is a note where it was not named.
func TestBroadSelectionLeavesOutWhatDoesNotFit(t *testing.T) {
	jobs := func() *server {
		return newServer(t, job("done", finished), job("fit"),
			job("queued", func(j *batchv1.Job) { j.Labels = map[string]string{"kueue.x-k8s.io/queue-name": "q"} }))
	}
	for _, verb := range []string{"suspend", "scale --replicas 4"} {
		r := jobs().jobx(t, "", strings.Fields(verb+" --all")...)
		if r.code != 0 || strings.Count(r.out, "\n") != 1 || strings.Contains(r.stderr, "error") || strings.Contains(r.stderr, " of 3") {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", verb, r.code, r.out, r.stderr)
		}
		for _, want := range []string{`job "done": left alone: it is Complete`, `job "queued": left alone: it is managed by Kueue (queue "q")`} {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("%s: stderr %q lacks %q", verb, r.stderr, want)
			}
		}
		if r := jobs().jobx(t, "", strings.Fields(verb+" done fit queued")...); r.code != 1 || !strings.Contains(r.stderr, "1 of 3") {
			t.Errorf("%s by name: exit code %d, stderr %q", verb, r.code, r.stderr)
		}
	}
	s := jobs()
	for i := range 30 {
		name := fmt.Sprintf("z%02d", i)
		s.jobs["ns/"+name] = job(name, finished)
	}
	if r := s.jobx(t, "", "suspend", "--all"); r.code != 0 || strings.Count(r.stderr, "left alone: ") != 10 || !strings.Contains(r.stderr, "\n22 more were left alone\n") {
		t.Errorf("many: exit code %d, stderr %q", r.code, r.stderr)
	}
	if r := jobs().jobx(t, "", "scale", "--all", "--replicas", "4", "--current-replicas", "3"); r.code != 1 {
		t.Errorf("a precondition that does not hold: exit code %d, stderr %q", r.code, r.stderr)
	}
}

// TestManyChangesAreSummedUp: above 20 objects one sentence says what becomes of them, and nothing is asked of the server
// for it; a line each is left on stdout. Of those to which nothing is to be done ten are named.
func TestManyChangesAreSummedUp(t *testing.T) {
	for line, want := range map[string]string{
		"suspend --all":                             `21 Jobs in namespace "ns" to be suspended: 42 active pods will be killed, with the logs`,
		"scale --all --replicas 1":                  `21 Jobs in namespace "ns" to be scaled: 20 active pods will be killed, with the logs; up to 1 pod will be started`,
		"scale --all --replicas 5 --dry-run=client": `21 Jobs in namespace "ns" to be scaled: up to 63 pods will be started`,
		"resume --all":                              `21 Jobs in namespace "ns" to be resumed: up to 42 pods will be started`,
	} {
		s := newServer(t)
		for i := range 33 {
			j := job(fmt.Sprintf("x%02d", i), func(j *batchv1.Job) {
				j.Spec.Completions, j.Spec.Parallelism, j.Status.Active = new(int32(9)), new(int32(2)), 2
			})
			switch resume := strings.HasPrefix(line, "resume"); {
			case i < 12 && strings.HasPrefix(line, "scale"):
				j.Spec.Parallelism = new(int32(1 + 4*strings.Count(line, "5")))
			case (i < 12) != resume:
				suspended(j)
			}
			if i == 32 && line == "scale --all --replicas 1" { // a pod is missing
				j.Status.Active = 0
			}
			s.jobs["ns/"+j.Name] = j
		}
		r := s.jobx(t, "", strings.Fields(line)...)
		told := strings.Split(strings.TrimSpace(r.stderr), "\n")
		if r.code != 0 || strings.Count(r.out, "\n") != 21 || len(told) != 12 || told[10] != want || told[11] != "2 more need nothing done" {
			t.Errorf("%s: exit code %d, %d lines on stdout, stderr %q, want %q", line, r.code, strings.Count(r.out, "\n"), r.stderr, want)
		}
		if n := len(s.asked(http.MethodGet)); n != 1 {
			t.Errorf("%s: %d requests before the changes, want the list alone", line, n)
		}
	}
}

// TestManyLosses: what is lost for good is said of ten, and of the others that it is the like.
func TestManyLosses(t *testing.T) {
	s := newServer(t)
	for i := range 12 {
		j := job(fmt.Sprintf("x%02d", i), func(j *batchv1.Job) { j.Spec.Completions, j.Status.Active, j.Status.Succeeded = nil, 2, 1 })
		s.jobs["ns/"+j.Name] = j
	}
	r := s.jobx(t, "", "suspend", "--all", "--yes")
	if r.code != 0 || strings.Count(r.stderr, "it is Complete, and cannot be resumed") != 10 || !strings.Contains(r.stderr, "\nand the like for 2 more\n") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// TestManyRefusals: what the server says of many in the same words is told of ten; another word is told as well.
func TestManyRefusals(t *testing.T) {
	for _, line := range []string{"suspend --all", "delete --all --yes"} {
		s := manyJobs(t, 30)
		s.before = func(w http.ResponseWriter, r request) bool {
			name := r.path[strings.LastIndex(r.path, "/")+1:]
			if r.verb == http.MethodGet || name == "j29" {
				return false
			}
			why := "may not"
			if name == "j20" {
				why = "quite another reason"
			}
			status(w, 403, "Forbidden", fmt.Sprintf("jobs.batch %q is forbidden: %s", name, why))
			return true
		}
		r := s.jobx(t, "", strings.Fields(line)...)
		if r.code != 1 || strings.Count(r.stderr, "error: ") != 11 || !strings.Contains(r.stderr, "is forbidden: quite another reason\n") ||
			!strings.Contains(r.stderr, "\nand 18 more: jobs.batch … is forbidden: may not\n1 of 30 ") || !strings.HasSuffix(r.stderr, ", 29 failed\n") {
			t.Errorf("%s: exit code %d, stderr %q", line, r.code, r.stderr)
		}
	}
}

// One version cannot be that of several objects, which only the file tells: none of them is touched.
func TestOneVersionOfSeveralInAFile(t *testing.T) {
	file := fileOf(t, "ns/good", "ns/other")
	for line, c := range map[string]struct{ code, patches int }{
		"--resource-version 7": {1, 0},
		"--current-replicas 1": {0, 2},
	} {
		s := newServer(t, job("good"), job("other", func(j *batchv1.Job) { j.ResourceVersion = "8" }))
		r := s.jobx(t, "", append(strings.Fields("scale --replicas 3 -f "+file), strings.Fields(line)...)...)
		if r.code != c.code || len(s.asked(http.MethodPatch)) != c.patches || (c.code == 1) != (r.stderr == "error: --resource-version goes with one object\n") {
			t.Errorf("%s: exit code %d, %d patches, stderr %q", line, r.code, len(s.asked(http.MethodPatch)), r.stderr)
		}
	}
}
