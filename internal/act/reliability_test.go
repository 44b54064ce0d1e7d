package act_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// D1: every DELETE carries a propagation policy and the UID of what was read.
func TestD1EveryDeleteNamesItsCascadeAndItsObject(t *testing.T) {
	for _, c := range []struct {
		args []string
		want metav1.DeletionPropagation
	}{
		{nil, metav1.DeletePropagationBackground},
		{[]string{"--cascade"}, metav1.DeletePropagationBackground},
		{[]string{"--cascade", "job/x"}, metav1.DeletePropagationBackground},
		{[]string{"--cascade=true"}, metav1.DeletePropagationBackground},
		{[]string{"--cascade=foreground"}, metav1.DeletePropagationForeground},
		{[]string{"--cascade=orphan"}, metav1.DeletePropagationOrphan},
		{[]string{"--cascade=false"}, metav1.DeletePropagationOrphan},
		{[]string{"--cascade", "false"}, metav1.DeletePropagationOrphan},
		{[]string{"--cascade", "orphan"}, metav1.DeletePropagationOrphan},
	} {
		s := newServer(t, job("x"), job("false"), job("orphan"))
		r := s.jobx(t, "", append([]string{"delete", "x"}, c.args...)...)
		sent := s.asked(http.MethodDelete)
		if r.code != 0 || len(sent) != 1 {
			t.Fatalf("%v: exit code %d, %d deletions: %s", c.args, r.code, len(sent), r.stderr)
		}
		o := sent[0].delete
		if o.PropagationPolicy == nil || *o.PropagationPolicy != c.want {
			t.Errorf("%v: policy %v, want %s", c.args, o.PropagationPolicy, c.want)
		}
		if o.Preconditions == nil || o.Preconditions.UID == nil || *o.Preconditions.UID != "uid-x" {
			t.Errorf("%v: preconditions %v, want the UID", c.args, o.Preconditions)
		}
		if want := `job.batch "x" deleted from ns namespace` + "\n"; r.out != want {
			t.Errorf("%v: stdout %q, want %q", c.args, r.out, want)
		}
	}
}

// D1: an object that took the name after it was read is not deleted.
func TestD1ReplacedMeanwhileIsNotDeleted(t *testing.T) {
	s := newServer(t, job("x"))
	s.before = func(_ http.ResponseWriter, r request) bool {
		if r.verb == http.MethodDelete {
			s.jobs["ns/x"].UID = "another"
		}
		return false
	}
	r := s.jobx(t, "", "delete", "x")
	if r.code != 1 || !strings.Contains(r.stderr, "another object has taken the name") || s.jobs["ns/x"] == nil {
		t.Errorf("exit code %d, stderr %q, job %v", r.code, r.stderr, s.jobs["ns/x"])
	}
}

// D2: an object that a finalizer holds is not called deleted; the wait ends with 124 and says what holds it.
func TestD2HeldByAFinalizer(t *testing.T) {
	held := func(s *server) {
		s.before = func(w http.ResponseWriter, r request) bool {
			if r.verb != http.MethodDelete {
				return false
			}
			now := metav1.Now()
			j := s.jobs["ns/x"]
			j.DeletionTimestamp, j.Finalizers = &now, []string{"example.com/hold"}
			answer(w, 200, j)
			return true
		}
	}
	s := newServer(t, job("x"))
	held(s)
	r := s.jobx(t, "", "delete", "x", "--timeout", "300ms")
	want := `job.batch "x" deletion started in ns namespace` + "\n"
	if r.code != 124 || !strings.Contains(r.stderr, "held by finalizer example.com/hold") || r.out != want {
		t.Errorf("exit code %d, stdout %q, stderr %q", r.code, r.out, r.stderr)
	}
	s = newServer(t, job("x"))
	held(s)
	if r = s.jobx(t, "", "delete", "x", "--wait=false"); r.code != 0 || r.out != want {
		t.Errorf("without --wait: exit code %d, stdout %q, want %q", r.code, r.out, want)
	}
}

// D3: every target is tried and told, the exit code is 1, and -o json has both lists.
func TestD3PartialFailure(t *testing.T) {
	prepare := func() *server {
		s := newServer(t, job("a"), job("b"), job("c"))
		s.before = func(w http.ResponseWriter, r request) bool {
			if r.verb == http.MethodDelete && strings.HasSuffix(r.path, "/b") {
				status(w, 403, metav1.StatusReasonForbidden, `jobs "b" is forbidden`)
				return true
			}
			return false
		}
		return s
	}
	s := prepare()
	r := s.jobx(t, "", "delete", "a", "b", "c", "nosuch")
	if r.code != 1 || len(s.jobs) != 1 || s.jobs["ns/b"] == nil {
		t.Errorf("exit code %d, left %v", r.code, s.jobs)
	}
	for _, want := range []string{`job "b" in namespace "ns": `, "forbidden", `job "nosuch" not found in namespace "ns"`, "2 of 4 deleted, 2 failed"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("stderr %q lacks %q", r.stderr, want)
		}
	}
	if got := strings.Count(r.out, "deleted from ns namespace"); got != 2 {
		t.Errorf("%d lines on stdout: %q", got, r.out)
	}
	r = prepare().jobx(t, "", "delete", "a", "b", "c", "-o", "json")
	var both struct {
		Deleted, Failed []struct{ Name, Error string }
	}
	if err := json.Unmarshal([]byte(r.out), &both); err != nil || r.code != 1 {
		t.Fatalf("exit code %d, %v: %s", r.code, err, r.out)
	}
	if len(both.Deleted) != 2 || len(both.Failed) != 1 || both.Failed[0].Name != "b" || both.Failed[0].Error == "" {
		t.Errorf("%+v", both)
	}
}

// D4: after the wait no pod of the Job's is left, by its UID and not by its name; those that are left are named.
func TestD4PodsThatSurviveTheirJob(t *testing.T) {
	pod := func(name, uid string, owned bool, finalizers ...string) corev1.Pod {
		p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "ns", UID: types.UID("uid-" + name), Finalizers: finalizers,
			Labels: map[string]string{batchv1.JobNameLabel: "x", batchv1.ControllerUidLabel: uid},
		}}
		if owned {
			p.OwnerReferences = []metav1.OwnerReference{{Kind: "Job", Name: "x", UID: types.UID(uid), Controller: new(true)}}
			p.DeletionTimestamp = &metav1.Time{Time: time.Now()}
		}
		return p
	}
	for _, args := range [][]string{{"delete", "x"}, {"delete", "--all", "--yes"}} {
		s := newServer(t, job("x"))
		s.pods = []corev1.Pod{pod("held", "uid-x", true, "example.com/hold"), pod("of-another", "uid-before", true)}
		r := s.jobx(t, "", append(args, "--timeout", "300ms")...)
		if want := `pod "held" in namespace "ns" is still there: held by finalizer example.com/hold`; r.code != 124 ||
			!strings.Contains(r.stderr, want) || strings.Contains(r.stderr, "of-another") {
			t.Errorf("%v: exit code %d, stderr %q, want %q and no other pod", args, r.code, r.stderr, want)
		}
		s = newServer(t, job("x"))
		s.pods = []corev1.Pod{pod("taken", "uid-x", false), pod("of-another", "uid-before", false)}
		r = s.jobx(t, "", args...)
		if want := `left in namespace "ns", because they belonged to what was deleted no more: pod/taken; kubectl jobx delete --orphans -n ns removes such pods`; r.code != 0 || !strings.Contains(r.stderr, want) {
			t.Errorf("%v: exit code %d, stderr %q, want %q", args, r.code, r.stderr, want)
		}
	}
	// The control: pods that are gone at the second look end the wait.
	s := newServer(t, job("x"))
	s.pods = []corev1.Pod{pod("going", "uid-x", true)}
	looks := 0
	s.before = func(_ http.ResponseWriter, r request) bool {
		if strings.HasSuffix(r.path, "/pods") {
			if looks++; looks == 2 {
				s.pods = nil
			}
		}
		return false
	}
	if r := s.jobx(t, "", "delete", "x", "--timeout", "20s"); r.code != 0 || looks < 2 {
		t.Errorf("exit code %d after %d looks, stderr %q", r.code, looks, r.stderr)
	}
}

// D5: a namespace that does not exist is an error, not an empty list; one that may not be read is none.
func TestD5NamespaceThatIsNotThere(t *testing.T) {
	s := newServer(t)
	if r := s.jobx(t, "", "delete", "--all", "-n", "nosuch"); r.code != 1 || !strings.Contains(r.stderr, `namespace "nosuch" not found`) {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
	s.before = func(w http.ResponseWriter, r request) bool {
		if r.path == "/api/v1/namespaces/nosuch" {
			status(w, 403, metav1.StatusReasonForbidden, "forbidden")
			return true
		}
		return false
	}
	if r := s.jobx(t, "", "delete", "--all", "-n", "nosuch"); r.code != 0 || !strings.Contains(r.stderr, "nothing is selected") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// D6: a patch that meets somebody else's change is planned and made anew, and only if the precondition still holds.
func TestD6Conflict(t *testing.T) {
	conflict := func(s *server, change func(*batchv1.Job)) {
		n := 0
		s.before = func(_ http.ResponseWriter, r request) bool {
			if r.verb == http.MethodPatch && n < 2 {
				n++
				j := s.jobs["ns/x"]
				j.ResourceVersion = fmt.Sprint("8", n)
				change(j)
			}
			return false
		}
	}
	s := newServer(t, job("x"))
	conflict(s, func(*batchv1.Job) {})
	if r := s.jobx(t, "", "scale", "x", "--replicas", "3", "--current-replicas", "1"); r.code != 0 || *s.jobs["ns/x"].Spec.Parallelism != 3 {
		t.Errorf("exit code %d, parallelism %d, stderr %q", r.code, *s.jobs["ns/x"].Spec.Parallelism, r.stderr)
	}
	s = newServer(t, job("x"))
	conflict(s, func(j *batchv1.Job) { *j.Spec.Parallelism = 2 })
	if r := s.jobx(t, "", "scale", "x", "--replicas", "3", "--current-replicas", "1"); r.code != 1 || *s.jobs["ns/x"].Spec.Parallelism != 2 ||
		!strings.Contains(r.stderr, "expected parallelism to be 1, was 2") {
		t.Errorf("exit code %d, parallelism %d, stderr %q", r.code, *s.jobs["ns/x"].Spec.Parallelism, r.stderr)
	}
	s = newServer(t, job("x"))
	conflict(s, func(j *batchv1.Job) { j.UID = "another" })
	if r := s.jobx(t, "", "suspend", "x"); r.code != 1 || s.jobs["ns/x"].Spec.Suspend != nil {
		t.Errorf("exit code %d, suspend %v, stderr %q", r.code, s.jobs["ns/x"].Spec.Suspend, r.stderr)
	}
}

// D6: who said yes beforehand said it to what is lost by a change of the meantime, too.
func TestD6ConflictWithMoreToLose(t *testing.T) {
	for flags, code := range map[string]int{"": 1, "--yes": 0, "--dry-run=server": 0} {
		x := job("x")
		mode, many := batchv1.IndexedCompletion, int32(10)
		x.Spec.CompletionMode, x.Spec.Completions, x.Spec.Parallelism = &mode, &many, &many
		s := newServer(t, x)
		s.before = func(_ http.ResponseWriter, r request) bool {
			if j := s.jobs["ns/x"]; r.verb == http.MethodPatch && j.Status.CompletedIndexes == "" {
				j.ResourceVersion, j.Status.CompletedIndexes = "81", "9"
			}
			return false
		}
		r := s.jobx(t, "", append([]string{"scale", "x", "--completions", "5"}, strings.Fields(flags)...)...)
		if r.code != code || code == 1 && !strings.Contains(r.stderr, "it changed meanwhile") {
			t.Errorf("%q: exit code %d, stderr %q", flags, r.code, r.stderr)
		}
	}
}

// An answer that is lost does not leave it open whether the change was made: it is looked up.
func TestAnswerLost(t *testing.T) {
	for _, c := range []struct {
		args  []string
		verb  string
		carry bool // the request is carried out before its answer is lost
	}{
		{[]string{"scale", "x", "--replicas", "3", "--current-replicas", "1"}, http.MethodPatch, true},
		{[]string{"scale", "x", "--replicas", "3", "--current-replicas", "1"}, http.MethodPatch, false},
		{[]string{"delete", "x"}, http.MethodDelete, true},
		{[]string{"delete", "x"}, http.MethodDelete, false},
	} {
		s := newServer(t, job("x"))
		s.before = func(_ http.ResponseWriter, r request) bool {
			if r.verb != c.verb || s.count(c.verb) > 1 {
				return false
			}
			if c.carry {
				s.one(httptest.NewRecorder(), r, "ns/x")
				if j := s.jobs["ns/x"]; j != nil {
					j.ResourceVersion = "8"
				}
			}
			panic(http.ErrAbortHandler)
		}
		r := s.jobx(t, "", c.args...)
		j := s.jobs["ns/x"]
		if done := j == nil || *j.Spec.Parallelism == 3; r.code != 0 || !done || r.out == "" {
			t.Errorf("%v, carried out %v: exit code %d, stdout %q, stderr %q, job %v", c.args, c.carry, r.code, r.out, r.stderr, j)
		}
	}
}

// D7: what is chosen by a selector is not deleted where nobody can be asked.
func TestD7RefusesInAPipe(t *testing.T) {
	for _, args := range [][]string{{"--all"}, {"-l", "k=v"}, {"--status", "Running"}, {"a", "-i"}} {
		s := newServer(t, job("a"), job("b"), job("c"))
		r := s.jobx(t, "y\n", append([]string{"delete"}, args...)...)
		if r.code != 1 || !strings.Contains(r.stderr, "--yes") || len(s.asked(http.MethodDelete)) != 0 {
			t.Errorf("%v: exit code %d, stderr %q, %d deletions", args, r.code, r.stderr, len(s.asked(http.MethodDelete)))
		}
	}
	s := newServer(t, job("a"), job("b"), job("c"))
	if r := s.jobx(t, "", "delete", "--all", "--yes"); r.code != 0 || len(s.jobs) != 0 {
		t.Errorf("with --yes: exit code %d, %d left: %s", r.code, len(s.jobs), r.stderr)
	}
}

// What is lost for good is asked about; where no question is put it is said, and in a pipe it is refused without --yes.
func TestLossesAreSaid(t *testing.T) {
	queue := func(j *batchv1.Job) { j.Spec.Completions, j.Status.Active, j.Status.Succeeded = nil, 2, 1 }
	indexed := func(j *batchv1.Job) {
		j.Spec.CompletionMode, j.Spec.Completions, j.Status.CompletedIndexes = new(batchv1.IndexedCompletion), new(int32(9)), "0,7"
	}
	for _, c := range []struct {
		change func(*batchv1.Job)
		args   []string
		loss   string
	}{
		{queue, []string{"suspend", "x"}, "it is Complete, and cannot be resumed"},
		{indexed, []string{"scale", "x", "--completions", "3"}, "completed indexes 7 are beyond the new end"},
	} {
		s := newServer(t, job("x", c.change))
		if r := s.jobx(t, "y\n", c.args...); r.code != 1 || !strings.Contains(r.stderr, c.loss) || !strings.Contains(r.stderr, "--yes") ||
			len(s.asked(http.MethodPatch)) != 0 {
			t.Errorf("%v: exit code %d, stderr %q", c.args, r.code, r.stderr)
		}
		for _, flag := range []string{"--yes", "--dry-run=client", "--dry-run=server"} {
			s := newServer(t, job("x", c.change))
			if r := s.jobx(t, "", append(c.args, flag)...); r.code != 0 || strings.Count(r.stderr, c.loss) != 1 {
				t.Errorf("%v %s: exit code %d, stderr %q", c.args, flag, r.code, r.stderr)
			}
		}
	}
}

// D8: what is to be deleted is listed in pages of 500; a page that has expired (410) restarts the list once, and nothing
// is deleted twice.
func TestD8BulkDeletionListsInPages(t *testing.T) {
	var jobs []*batchv1.Job
	for i := range 1201 {
		jobs = append(jobs, job(fmt.Sprintf("j%04d", i)))
	}
	for _, expires := range []bool{false, true} {
		s := newServer(t, jobs...)
		s.before = func(w http.ResponseWriter, r request) bool {
			if expires && strings.Contains(r.query, "continue=1000") {
				expires = false
				status(w, http.StatusGone, metav1.StatusReasonExpired, "the continue token has expired")
				return true
			}
			return false
		}
		pages := 3
		if expires {
			pages = 6
		}
		r := s.jobx(t, "", "delete", "--all", "--yes", "--wait=false", "-o", "name")
		lists := s.asked(http.MethodGet)
		if r.code != 0 || len(lists) != pages || len(s.asked(http.MethodDelete)) != 1201 || strings.Count(r.out, "\n") != 1201 {
			t.Errorf("exit code %d, %d lists (want %d), %d deletions, %d lines: %s",
				r.code, len(lists), pages, len(s.asked(http.MethodDelete)), strings.Count(r.out, "\n"), r.stderr)
		}
		for _, l := range lists {
			if !strings.Contains(l.query, "limit=500") {
				t.Errorf("a list without a limit: %s", l.query)
			}
		}
	}
}

// D9: a server that echoes an object into its error does not flood the terminal.
func TestD9HugeErrorText(t *testing.T) {
	s := newServer(t, job("x"), job("y"))
	s.before = func(w http.ResponseWriter, r request) bool {
		if r.verb == http.MethodPatch {
			status(w, 422, metav1.StatusReasonInvalid, "spec is invalid: "+strings.Repeat("x\x1b[31m", 100_000))
			return true
		}
		return false
	}
	for _, names := range [][]string{{"x"}, {"x", "y"}} {
		r := s.jobx(t, "", append([]string{"scale", "--replicas", "3"}, names...)...)
		if r.code != 1 || len(r.stderr) > 10_000 || strings.Contains(r.stderr, "\x1b") {
			t.Errorf("exit code %d, %d bytes on stderr", r.code, len(r.stderr))
		}
	}
}
