package apistub

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
)

// A reflector tells each error that ended a round to apimachinery's handlers. One of them sleeps until a millisecond has
// passed since the error before, by a clock that began with the process; in a synctest bubble, whose time begins in the
// year 2000, that is a sleep of decades. What they would log is discarded by the client's own logger anyway.
func init() { utilruntime.ErrorHandlers = nil }

// Object is what the server holds: *batchv1.Job, *batchv1.CronJob, *corev1.Pod, *corev1.Event or *corev1.Namespace.
type Object interface {
	metav1.Object
	runtime.Object
}

// Server is a running stub. Its methods may be called from any goroutine.
type Server struct {
	Pipe *Pipe
	http *http.Server

	mu       sync.Mutex
	version  int
	objects  map[string]map[types.NamespacedName]Object // by resource
	log      []change
	oldest   int           // changes up to this version are forgotten
	news     chan struct{} // closed at every change
	deny     func(verb, resource string) bool
	logs     string
	requests []Request
}

// Request is one request as the server got it.
type Request struct {
	At             time.Time
	Verb, Resource string
	Query          string
}

// change is one line of the history.
type change struct {
	version  int
	kind     watch.EventType
	resource string
	object   Object
	was      Object // before the change; nil: it did not exist
}

// New starts a server. The caller closes it.
func New() *Server {
	s := &Server{Pipe: &Pipe{}, objects: map[string]map[types.NamespacedName]Object{}, news: make(chan struct{}), version: 1}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ErrorLog: log.New(io.Discard, "", 0)}
	l, _ := s.Pipe.Listen() // never an error
	go func() { _ = s.http.Serve(l) }()
	return s
}

// Config returns how a client reaches the server.
func (s *Server) Config() *rest.Config {
	return &rest.Config{Host: "http://stub", Dial: s.Pipe.Dial, QPS: -1}
}

// Close ends the server and its connections.
func (s *Server) Close() { _ = s.http.Close() }

// Deny makes the server answer 403 to what the function says; nil: nothing.
func (s *Server) Deny(deny func(verb, resource string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deny = deny
}

// Logs makes the server give a text for every log.
func (s *Server) Logs(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logs = text
}

// Requests returns what was asked since the start or the last call of Forget.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ForgetRequests empties that record.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Put creates the object or replaces it, gives it the next resourceVersion and tells the watches.
func (s *Server) Put(o Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o = o.DeepCopyObject().(Object)
	resource, key := resourceOf(o), types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
	kind := watch.Added
	was := s.objects[resource][key]
	if was != nil {
		kind = watch.Modified
	}
	if s.objects[resource] == nil {
		s.objects[resource] = map[types.NamespacedName]Object{}
	}
	s.version++
	o.SetResourceVersion(strconv.Itoa(s.version))
	s.objects[resource][key] = o
	s.note(change{s.version, kind, resource, o, was})
}

// Delete removes the object with that name and tells the watches its last state.
func (s *Server) Delete(o Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	resource, key := resourceOf(o), types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
	last, ok := s.objects[resource][key]
	if !ok {
		return
	}
	delete(s.objects[resource], key)
	s.version++
	last = last.DeepCopyObject().(Object)
	last.SetResourceVersion(strconv.Itoa(s.version))
	s.note(change{s.version, watch.Deleted, resource, last, last})
}

// Forget drops the history: a watch from an older resourceVersion gets 410.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.oldest = nil, s.version
}

func (s *Server) note(c change) {
	s.log = append(s.log, c)
	close(s.news)
	s.news = make(chan struct{})
}

func resourceOf(o Object) string {
	switch o.(type) {
	case *batchv1.Job:
		return "jobs"
	case *batchv1.CronJob:
		return "cronjobs"
	case *corev1.Namespace:
		return "namespaces"
	case *corev1.Pod:
		return "pods"
	case *corev1.Event:
		return "events"
	}
	panic(fmt.Sprintf("a %T is not known here", o))
}

var errNotHere = errors.New("not here")
