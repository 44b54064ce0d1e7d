package act_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// holdDeleted makes a server keep the Jobs that are deleted, with a finalizer.
func (s *server) holdDeleted(finalizer string) {
	s.before = func(w http.ResponseWriter, r request) bool {
		parts := strings.Split(strings.Trim(r.path, "/"), "/")
		if r.verb != http.MethodDelete || len(parts) != 7 {
			return false
		}
		j := s.jobs[parts[4]+"/"+parts[6]]
		j.DeletionTimestamp, j.Finalizers = &metav1.Time{Time: time.Now()}, []string{finalizer}
		answer(w, 200, j)
		return true
	}
}

// also adds to what a server does before it answers.
func (s *server) also(do func(r request)) {
	before := s.before
	s.before = func(w http.ResponseWriter, r request) bool {
		do(r)
		return before != nil && before(w, r)
	}
}

func podOf(name, uid string, finalizers ...string) corev1.Pod {
	return corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: "ns", UID: types.UID("uid-" + name), Finalizers: finalizers, DeletionTimestamp: &metav1.Time{Time: time.Now()},
		Labels:          map[string]string{batchv1.JobNameLabel: "x", batchv1.ControllerUidLabel: uid},
		OwnerReferences: []metav1.OwnerReference{{Kind: "Job", Name: "x", UID: types.UID(uid), Controller: new(true)}},
	}}
}

// fileOf is a file that names Jobs, each as namespace/name.
func fileOf(t *testing.T, names ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "jobs.yaml")
	text := ""
	for _, name := range names {
		ns, name, _ := strings.Cut(name, "/")
		text += fmt.Sprintf("---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: %s, namespace: %s}\n", name, ns)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func in(namespace string) func(*batchv1.Job) { return func(j *batchv1.Job) { j.Namespace = namespace } }

// No namespace is waited for only when the one before is done.
func TestNamespacesAreWaitedForTogether(t *testing.T) {
	s := newServer(t, job("x", in("one")), job("w", in("two")))
	s.holdDeleted("example.com/hold")
	s.also(func(r request) {
		switch {
		case strings.HasSuffix(r.path, "/one/jobs"):
			delete(s.jobs, "two/w")
		case strings.HasSuffix(r.path, "/two/jobs"):
			delete(s.jobs, "one/x")
		}
	})
	r := s.jobx(t, "", "delete", "-f", fileOf(t, "one/x", "two/w"), "--timeout", "20s")
	if r.code != 0 || strings.Count(r.out, "deleted from") != 2 {
		t.Errorf("exit code %d, stdout %q, stderr %q", r.code, r.out, r.stderr)
	}
}

// D2: what is held in several namespaces is told of all of them, and what did go before the time was up is called deleted.
func TestD2HeldInSeveralNamespaces(t *testing.T) {
	s := newServer(t, job("x", in("one")), job("z", in("one")), job("w", in("two")))
	file := fileOf(t, "one/x", "one/z", "two/w")
	s.holdDeleted("example.com/hold")
	s.also(func(r request) {
		if strings.HasSuffix(r.path, "/one/jobs") {
			delete(s.jobs, "one/z")
		}
	})
	r := s.jobx(t, "", "delete", "-f", file, "--timeout", "2s")
	want := `job.batch "z" deleted from one namespace` + "\n" +
		`job.batch "x" deletion started in one namespace` + "\n" + `job.batch "w" deletion started in two namespace` + "\n"
	if r.code != 124 || r.out != want {
		t.Errorf("exit code %d, stdout %q, want %q: %s", r.code, r.out, want, r.stderr)
	}
	for _, want := range []string{`job "x" in namespace "one" is still there: held by`, `job "w" in namespace "two" is still there: held by`} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("stderr %q lacks %q", r.stderr, want)
		}
	}
	if strings.Contains(r.stderr, `"z" in namespace "one" is still there`) || strings.Count(r.stderr, "error: ") != 1 {
		t.Errorf("stderr %q", r.stderr)
	}
}

// D2: however many are held, each deletion that was accepted is on stdout when the time is up.
func TestD2ManyHeld(t *testing.T) {
	s := manyJobs(t, 30)
	s.holdDeleted("example.com/hold")
	r := s.jobx(t, "", "delete", "--all", "--yes", "-o", "name", "--timeout", "300ms")
	if r.code != 124 || strings.Count(r.out, "job.batch/j") != 30 || strings.Count(r.out, "\n") != 30 {
		t.Errorf("exit code %d, stdout %q, stderr %q", r.code, r.out, r.stderr)
	}
}

// A deletion that failed for one and is late for another is a failure, and both are told.
func TestFailedAndHeld(t *testing.T) {
	s := newServer(t, job("x"), job("y"))
	s.holdDeleted("example.com/hold")
	r := s.jobx(t, "", "delete", "x", "nosuch", "--timeout", "300ms")
	if r.code != 1 || !strings.Contains(r.stderr, "1 of 2 deleted, 1 failed") || !strings.Contains(r.stderr, "error: the deletion was started, but after 300ms") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// D4: in the foreground a Job waits for its pods: the one that is held is named, and no pod of another Job.
func TestD4ForegroundNamesThePodThatIsHeld(t *testing.T) {
	s := newServer(t, job("x"))
	s.pods = []corev1.Pod{podOf("held", "uid-x", "example.com/hold"), podOf("of-another", "uid-before")}
	s.holdDeleted(metav1.FinalizerDeleteDependents)
	r := s.jobx(t, "", "delete", "x", "--cascade=foreground", "--timeout", "300ms")
	for _, want := range []string{
		`job "x" in namespace "ns" is still there: it waits for its pods`,
		`pod "held" in namespace "ns" is still there: held by finalizer example.com/hold`,
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("stderr %q lacks %q", r.stderr, want)
		}
	}
	if want := `job.batch "x" deletion started in ns namespace` + "\n"; r.code != 124 || strings.Contains(r.stderr, "of-another") || r.out != want {
		t.Errorf("exit code %d, stdout %q, stderr %q", r.code, r.out, r.stderr)
	}
}

// How long what runs is given goes to the server as it was asked for.
func TestGracePeriodIsSent(t *testing.T) {
	for flags, want := range map[string]*int64{
		"": nil, "--now": new(int64(1)), "--force": new(int64(0)), "--grace-period=30": new(int64(30)), "--grace-period=0": new(int64(1)),
		"--grace-period=0 --force": new(int64(0)), "--grace-period=-1": nil, "--now --cascade=orphan": new(int64(1)),
	} {
		s := newServer(t, job("x"))
		r := s.jobx(t, "", append([]string{"delete", "x"}, strings.Fields(flags)...)...)
		sent := s.asked(http.MethodDelete)
		if r.code != 0 || len(sent) != 1 {
			t.Fatalf("%s: exit code %d, %d deletions: %s", flags, r.code, len(sent), r.stderr)
		}
		if got := sent[0].delete.GracePeriodSeconds; (got == nil) != (want == nil) || (got != nil && *got != *want) {
			t.Errorf("%s: grace period %v, want %v", flags, got, want)
		}
		// It is the pods' own that they get, and that is what is waited for.
		warn := want != nil && !strings.Contains(flags, "orphan")
		if warned := strings.Contains(r.stderr, "warning: the grace period is not that of the pods"); warned != warn || strings.Contains(r.stderr, "does not wait") {
			t.Errorf("%s: stderr %q", flags, r.stderr)
		}
	}
	// Pods that were left behind are deleted themselves.
	s := newServer(t)
	s.pods = []corev1.Pod{podOf("p", "")}
	s.pods[0].OwnerReferences = nil
	s.before = func(w http.ResponseWriter, r request) bool {
		if r.verb == http.MethodDelete {
			s.pods = nil
			answer(w, 200, &metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Success"})
		}
		return r.verb == http.MethodDelete
	}
	r := s.jobx(t, "", "delete", "--orphans", "--force", "--yes")
	if sent := s.asked(http.MethodDelete); r.code != 0 || len(sent) != 1 || *sent[0].delete.GracePeriodSeconds != 0 ||
		!strings.Contains(r.stderr, "warning: --force does not wait") || strings.Contains(r.stderr, "not that of the pods") {
		t.Errorf("orphans: exit code %d, %d deletions, stderr %q", r.code, len(sent), r.stderr)
	}
}

// D3: one that somebody else deleted meanwhile is not called deleted, and is no failure.
func TestD3GoneAlready(t *testing.T) {
	for _, output := range []string{"", "name", "json"} {
		s := newServer(t, job("x"), job("y"))
		s.before = func(_ http.ResponseWriter, r request) bool {
			if r.verb == http.MethodDelete {
				delete(s.jobs, "ns/y")
			}
			return false
		}
		r := s.jobx(t, "", "delete", "y", "x", "-o", output)
		if r.code != 0 || strings.Contains(r.out, "y\"") || strings.Contains(r.out, "/y") || !strings.Contains(r.stderr, `job "y" in namespace "ns": it was gone already`) {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", output, r.code, r.out, r.stderr)
		}
	}
}

// A conflict that is not about the UID is told as what it is.
func TestConflictOfADeletion(t *testing.T) {
	s := newServer(t, job("x"))
	s.before = func(w http.ResponseWriter, r request) bool {
		if r.verb == http.MethodDelete {
			status(w, 409, metav1.StatusReasonConflict, "the object has been modified")
		}
		return r.verb == http.MethodDelete
	}
	if r := s.jobx(t, "", "delete", "x"); r.code != 1 || !strings.Contains(r.stderr, "has been modified") || strings.Contains(r.stderr, "another object") {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// More objects than are told one by one are told by their number, with and without a question.
func TestManyAreSummedUp(t *testing.T) {
	for _, flag := range []string{"--yes", "--dry-run=client"} {
		s := newServer(t)
		for i := range 21 {
			name := fmt.Sprintf("j%02d", i)
			s.jobs["ns/"+name] = job(name, func(j *batchv1.Job) { j.Status.Active, j.Status.Succeeded = int32(i%2), 1 })
		}
		r := s.jobx(t, "", "delete", "--all", flag)
		if want := `21 Jobs in namespace "ns": up to 31 pods (10 active) will be deleted` + "\n"; r.code != 0 || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit code %d, stderr %q, want %q", flag, r.code, r.stderr, want)
		}
	}
}

// A closing line says how many are gone, and what was seen of it.
func TestManyAreTotalled(t *testing.T) {
	const which = `21 Jobs in namespace "ns"`
	for flags, want := range map[string]string{
		"":                 which + " and what belonged to them are gone\n",
		"--cascade=orphan": which + " are gone\n",
		"--wait=false":     which + " deleted\n",
		"--dry-run=client": which + " deleted (dry run)\n",
		"held":             which + " deleted, 21 of them still there\n",
		"may not look":     which + " deleted\n",
	} {
		s := manyJobs(t, 21)
		switch flags {
		case "held":
			flags = "--wait=false"
			s.holdDeleted("example.com/hold")
		case "may not look":
			flags = ""
			s.before = func(w http.ResponseWriter, r request) bool {
				if strings.HasSuffix(r.path, "/pods") {
					status(w, 403, metav1.StatusReasonForbidden, "forbidden")
				}
				return strings.HasSuffix(r.path, "/pods")
			}
		}
		r := s.jobx(t, "", append([]string{"delete", "--all", "--yes"}, strings.Fields(flags)...)...)
		if r.code != 0 || !strings.HasSuffix(r.stderr, "\n"+want) {
			t.Errorf("%s: exit code %d, stderr %q, want %q", flags, r.code, r.stderr, want)
		}
	}
	if r := manyJobs(t, 20).jobx(t, "", "delete", "--all", "--yes"); r.code != 0 || strings.Contains(r.stderr, "gone") {
		t.Errorf("20 Jobs: exit code %d, stderr %q", r.code, r.stderr)
	}
}

// A dry run tells its lines in the order of the objects, whatever the order of the answers.
func TestDryRunIsInOrder(t *testing.T) {
	for _, mode := range []string{"client", "server"} {
		s := manyJobs(t, 30)
		r := s.jobx(t, "", "delete", "--all", "-o", "name", "--dry-run", mode)
		lines := strings.Split(strings.TrimSpace(r.out), "\n")
		if r.code != 0 || len(lines) != 30 || !slices.IsSorted(lines) {
			t.Errorf("%s: exit code %d, stdout %q", mode, r.code, r.out)
		}
	}
}

func manyJobs(t *testing.T, n int) *server {
	t.Helper()
	s := newServer(t)
	for i := range n {
		name := fmt.Sprintf("j%02d", i)
		s.jobs["ns/"+name] = job(name)
	}
	return s
}

// What -o json calls pending is still there in the end.
func TestPendingIsWhatIsStillThere(t *testing.T) {
	s := newServer(t, job("x"), job("z"))
	s.holdDeleted("example.com/hold")
	s.also(func(r request) {
		if strings.HasSuffix(r.path, "/jobs") {
			delete(s.jobs, "ns/z")
		}
	})
	r := s.jobx(t, "", "delete", "x", "z", "-o", "json", "--timeout", "1s")
	var both struct {
		Deleted []struct {
			Name    string
			Pending bool
		}
	}
	if err := json.Unmarshal([]byte(r.out), &both); err != nil || r.code != 124 || len(both.Deleted) != 2 {
		t.Fatalf("exit code %d, %v: %s", r.code, err, r.out)
	}
	for _, d := range both.Deleted {
		if d.Pending != (d.Name == "x") {
			t.Errorf("%+v", d)
		}
	}
}

// What was not found has a kind in -o json, too.
func TestMissingHasAKind(t *testing.T) {
	s := newServer(t, job("x"))
	r := s.jobx(t, "", "delete", "x", "nosuch", "cronjob/nosuch", "-o", "json")
	var both struct {
		Failed []struct{ Kind, Name string }
	}
	if err := json.Unmarshal([]byte(r.out), &both); err != nil || r.code != 1 || len(both.Failed) != 2 ||
		both.Failed[0].Kind != "job.batch" || both.Failed[1].Kind != "cronjob.batch" {
		t.Errorf("exit code %d, %v: %+v", r.code, err, both)
	}
}

// Pods that were left behind: a name that has none, and a namespace that is not there, are errors.
func TestD5Orphans(t *testing.T) {
	orphan := podOf("left", "uid-before")
	orphan.OwnerReferences, orphan.DeletionTimestamp = nil, nil
	// A Job that was deleted with its pods: they have not ended yet.
	going := podOf("going", "uid-went")
	going.Labels[batchv1.JobNameLabel] = "went"
	for line, c := range map[string]struct {
		code int
		want string
	}{
		"delete --orphans x nosuch --dry-run=client":                    {1, `job "nosuch" in namespace "ns" has left no pods behind` + "\nkubectl jobx pods --orphans -n ns lists those there are\n"},
		"delete --orphans x nosuch --dry-run=client --ignore-not-found": {0, ""},
		"delete --orphans x --dry-run=client":                           {0, ""},
		"delete --orphans went --dry-run=client":                        {1, `job "went" in namespace "ns" has left no pods behind: 1 pod of it is being deleted already` + "\n"},
		"delete --orphans nosuch --dry-run=client -l k=v":               {1, "exclude each other"},
		"delete --orphans cronjob/x --dry-run=client":                   {1, "--orphans: cronjob/x has no pods of its own"},
	} {
		s := newServer(t)
		s.pods = []corev1.Pod{orphan, going}
		if r := s.jobx(t, "", strings.Fields(line)...); r.code != c.code || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%s: exit code %d, stderr %q, want %d and %q", line, r.code, r.stderr, c.code, c.want)
		}
	}
	s := newServer(t)
	if r := s.jobx(t, "", "delete", "--orphans", "--yes", "-n", "nosuch"); r.code != 1 || !strings.Contains(r.stderr, `namespace "nosuch" not found`) {
		t.Errorf("exit code %d, stderr %q", r.code, r.stderr)
	}
}

// D5: a namespace that is being deleted is said, whether it was listed or a name was looked for in it.
func TestD5NamespaceThatGoes(t *testing.T) {
	for line, want := range map[string]string{
		"delete --all --yes -n going":     `namespace "going" is being deleted`,
		"suspend --all -n going":          `namespace "going" is being deleted`,
		"delete --orphans --yes -n going": `namespace "going" is being deleted`,
		"delete x -n going":               `job "x" not found in namespace "going", which is being deleted`,
		"scale x --replicas 1 -n going":   `job "x" not found in namespace "going", which is being deleted`,
	} {
		s := newServer(t)
		s.before = func(w http.ResponseWriter, r request) bool {
			if r.path != "/api/v1/namespaces/going" {
				return false
			}
			answer(w, 200, &corev1.Namespace{
				TypeMeta: metav1.TypeMeta{Kind: "Namespace", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Name: "going"},
				Status: corev1.NamespaceStatus{Phase: corev1.NamespaceTerminating},
			})
			return true
		}
		if r := s.jobx(t, "", strings.Fields(line)...); r.code != 1 || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit code %d, stderr %q, want %q", line, r.code, r.stderr, want)
		}
	}
}
