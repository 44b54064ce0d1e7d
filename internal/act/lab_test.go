package act_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubectl-jobx/kubectl-jobx/internal/cli"
)

// server is an API server that knows Jobs by namespace/name. Each field is set before it is asked anything.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	jobs     map[string]*batchv1.Job
	pods     []corev1.Pod
	requests []request
	// before, if set, is asked first; true: it has answered.
	before func(w http.ResponseWriter, r request) bool
}

// request is what was asked.
type request struct {
	verb, path, query string
	body              []byte
	delete            metav1.DeleteOptions
}

func newServer(t *testing.T, jobs ...*batchv1.Job) *server {
	t.Helper()
	s := &server{jobs: map[string]*batchv1.Job{}}
	for _, j := range jobs {
		s.jobs[j.Namespace+"/"+j.Name] = j
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP answers GET, LIST, PATCH and DELETE of Jobs, and lists of pods.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, _ := io.ReadAll(r.Body)
	q := request{verb: r.Method, path: r.URL.Path, query: r.URL.RawQuery, body: raw}
	if r.Method == http.MethodDelete {
		object, _, err := scheme.Codecs.UniversalDeserializer().Decode(raw, nil, &metav1.DeleteOptions{})
		if o, ok := object.(*metav1.DeleteOptions); ok && err == nil {
			q.delete = *o
		}
	}
	s.requests = append(s.requests, q)
	if s.before != nil && s.before(w, q) {
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/v1/") && strings.HasSuffix(r.URL.Path, "/pods"):
		answer(w, 200, &corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}, Items: s.pods})
	case len(parts) == 6 && parts[5] == "jobs" && r.Method == http.MethodGet:
		s.list(w, parts[4], q.query)
	case len(parts) == 7 && parts[5] == "jobs":
		s.one(w, q, parts[4]+"/"+parts[6])
	default:
		status(w, 404, metav1.StatusReasonNotFound, "not found")
	}
}

// list answers in the order of names, a page at a time; the token is how many were told.
func (s *server) list(w http.ResponseWriter, namespace, query string) {
	asked, _ := url.ParseQuery(query)
	limit, _ := strconv.Atoi(asked.Get("limit"))
	from, _ := strconv.Atoi(asked.Get("continue"))
	l := &batchv1.JobList{TypeMeta: metav1.TypeMeta{Kind: "JobList", APIVersion: "batch/v1"}}
	for _, key := range slices.Sorted(maps.Keys(s.jobs)) {
		if j := s.jobs[key]; j.Namespace == namespace {
			l.Items = append(l.Items, *j)
		}
	}
	l.Items = l.Items[min(from, len(l.Items)):]
	if limit > 0 && len(l.Items) > limit {
		l.Items, l.Continue = l.Items[:limit], strconv.Itoa(from+limit)
	}
	answer(w, 200, l)
}

func (s *server) one(w http.ResponseWriter, q request, key string) {
	job := s.jobs[key]
	if job == nil {
		status(w, 404, metav1.StatusReasonNotFound, "jobs.batch not found")
		return
	}
	switch q.verb {
	case http.MethodDelete:
		if p := q.delete.Preconditions; p != nil && p.UID != nil && *p.UID != job.UID {
			status(w, 409, metav1.StatusReasonConflict, "the UID in the precondition does not match")
			return
		}
		if len(q.delete.DryRun) == 0 {
			delete(s.jobs, key)
		}
		answer(w, 200, &metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Success"})
	case http.MethodPatch:
		s.patch(w, q, job)
	default:
		answer(w, 200, job)
	}
}

func (s *server) patch(w http.ResponseWriter, q request, job *batchv1.Job) {
	var change batchv1.Job
	if err := json.Unmarshal(q.body, &change); err != nil {
		status(w, 400, metav1.StatusReasonBadRequest, err.Error())
		return
	}
	if change.UID != job.UID || change.ResourceVersion != job.ResourceVersion {
		status(w, 409, metav1.StatusReasonConflict, "the object has been modified")
		return
	}
	if strings.Contains(q.query, "dryRun=All") {
		job = job.DeepCopy()
	}
	if err := json.Unmarshal(q.body, job); err != nil {
		status(w, 400, metav1.StatusReasonBadRequest, err.Error())
		return
	}
	answer(w, 200, job)
}

func answer(w http.ResponseWriter, code int, object runtime.Object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(object)
}

func status(w http.ResponseWriter, code int32, reason metav1.StatusReason, message string) {
	answer(w, int(code), &metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: code, Reason: reason, Message: message,
		Details: &metav1.StatusDetails{Name: "x", Kind: "jobs"},
	})
}

// asked returns the requests with the verb; "": all.
func (s *server) asked(verb string) []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.with(verb)
}

// count is how many those are, for a hook, which holds the lock.
func (s *server) count(verb string) int { return len(s.with(verb)) }

func (s *server) with(verb string) []request {
	var out []request
	for _, r := range s.requests {
		if verb == "" || r.verb == verb {
			out = append(out, r)
		}
	}
	return out
}

// result is what a command line gave.
type result struct {
	code        int
	out, stderr string
}

// jobx runs a command line against the server, with namespace ns as the context's. stdin is a pipe.
func (s *server) jobx(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return s.jobxContext(t.Context(), t, stdin, args...)
}

func (s *server) jobxContext(ctx context.Context, t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errOut bytes.Buffer
	code := s.run(ctx, t, cli.Process{In: strings.NewReader(stdin), Out: &out, Err: &errOut}, args...)
	return result{code, out.String(), errOut.String()}
}

// run runs a command line with the given streams.
func (s *server) run(ctx context.Context, t *testing.T, p cli.Process, args ...string) int {
	t.Helper()
	kubeconfig := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":%q}}],
"contexts":[{"name":"c","context":{"cluster":"c","user":"u","namespace":"ns"}}],"users":[{"name":"u","user":{"token":"t"}}]}`, s.URL)
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", kubeconfig)
	p.LookupEnv, p.Now = os.LookupEnv, time.Now
	return cli.Main(ctx, args, p)
}

// job returns a Job of namespace ns.
func job(name string, change ...func(*batchv1.Job)) *batchv1.Job {
	j := &batchv1.Job{
		TypeMeta:   metav1.TypeMeta{Kind: "Job", APIVersion: "batch/v1"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "ns", UID: types.UID("uid-" + name), ResourceVersion: "7"},
		Spec: batchv1.JobSpec{
			Parallelism: new(int32(1)), Completions: new(int32(1)),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"controller-uid": "uid-" + name}},
		},
	}
	for _, c := range change {
		c(j)
	}
	return j
}
