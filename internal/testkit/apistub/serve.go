package apistub

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// asked is what a request wants.
type asked struct {
	verb, resource, namespace, name string
	labels                          labels.Selector
	fields                          fields.Selector
	query                           map[string]string
}

func parse(r *http.Request) (asked, error) {
	a := asked{query: map[string]string{}}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default:
		return a, errNotHere
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		a.namespace, parts = parts[1], parts[2:]
	}
	a.resource = parts[0]
	a.verb = "list"
	if len(parts) > 1 {
		a.name, a.verb = parts[1], "get"
	}
	if len(parts) > 2 {
		a.resource += "/" + parts[2]
	}
	for key := range r.URL.Query() {
		a.query[key] = r.URL.Query().Get(key)
	}
	if a.query["watch"] == "true" {
		a.verb = "watch"
	}
	var err error
	if a.labels, err = labels.Parse(a.query["labelSelector"]); err != nil {
		return a, err
	}
	a.fields, err = fields.ParseSelector(a.query["fieldSelector"])
	return a, err
}

func (a asked) selects(o Object) bool {
	if a.namespace != "" && o.GetNamespace() != a.namespace || !a.labels.Matches(labels.Set(o.GetLabels())) {
		return false
	}
	set := fields.Set{"metadata.name": o.GetName(), "metadata.namespace": o.GetNamespace()}
	if e, ok := o.(*corev1.Event); ok {
		set["involvedObject.uid"], set["involvedObject.kind"] = string(e.InvolvedObject.UID), e.InvolvedObject.Kind
		set["involvedObject.name"], set["type"], set["reason"] = e.InvolvedObject.Name, e.Type, e.Reason
	}
	if p, ok := o.(*corev1.Pod); ok {
		set["status.phase"] = string(p.Status.Phase)
	}
	return a.fields.Matches(set)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	a, err := parse(r)
	if err != nil {
		fail(w, http.StatusNotFound, metav1.StatusReasonNotFound, err.Error())
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, Request{time.Now(), a.verb, a.resource, r.URL.RawQuery})
	logs := s.logs
	denied := s.deny != nil && s.deny(a.verb, a.resource)
	s.mu.Unlock()
	switch {
	case denied:
		fail(w, http.StatusForbidden, metav1.StatusReasonForbidden, a.resource+" is forbidden: cannot "+a.verb)
	case a.resource == "pods/log":
		_, _ = w.Write([]byte(logs)) // a client that has gone away
	case a.verb == "watch":
		s.watch(w, r, a)
	case a.verb == "get":
		s.get(w, a)
	default:
		s.list(w, a)
	}
}

func fail(w http.ResponseWriter, code int, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(status(code, reason, message))
}

func status(code int, reason metav1.StatusReason, message string) metav1.Status {
	return metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Code: int32(code), Reason: reason, Message: message,
	}
}

// wire gives an object the words that say what it is.
func wire(o Object) Object {
	o = o.DeepCopyObject().(Object)
	switch o := o.(type) {
	case *batchv1.Job:
		o.TypeMeta = metav1.TypeMeta{Kind: "Job", APIVersion: "batch/v1"}
	case *batchv1.CronJob:
		o.TypeMeta = metav1.TypeMeta{Kind: "CronJob", APIVersion: "batch/v1"}
	case *corev1.Namespace:
		o.TypeMeta = metav1.TypeMeta{Kind: "Namespace", APIVersion: "v1"}
	case *corev1.Pod:
		o.TypeMeta = metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}
	case *corev1.Event:
		o.TypeMeta = metav1.TypeMeta{Kind: "Event", APIVersion: "v1"}
	}
	return o
}

func (s *Server) get(w http.ResponseWriter, a asked) {
	s.mu.Lock()
	o, ok := s.objects[a.resource][types.NamespacedName{Namespace: a.namespace, Name: a.name}]
	s.mu.Unlock()
	if !ok {
		fail(w, http.StatusNotFound, metav1.StatusReasonNotFound, a.resource+" \""+a.name+"\" not found")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(wire(o))
}

// selected returns what matches, by name, and the version that this is the state of.
func (s *Server) selected(a asked) ([]Object, int, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Object
	for _, o := range s.objects[a.resource] {
		if a.selects(o) {
			out = append(out, wire(o))
		}
	}
	slices.SortFunc(out, func(x, y Object) int { return strings.Compare(x.GetName(), y.GetName()) })
	return out, s.version, s.news
}

func (s *Server) list(w http.ResponseWriter, a asked) {
	items, version, _ := s.selected(a)
	kind, group := "PodList", "v1"
	switch a.resource {
	case "jobs":
		kind, group = "JobList", "batch/v1"
	case "cronjobs":
		kind, group = "CronJobList", "batch/v1"
	case "events":
		kind = "EventList"
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"kind": kind, "apiVersion": group, "metadata": map[string]string{"resourceVersion": strconv.Itoa(version)},
		"items": items,
	})
}

// watch streams what happens after a resourceVersion, or first all that exists and a bookmark.
func (s *Server) watch(w http.ResponseWriter, r *http.Request, a asked) {
	from, _ := strconv.Atoi(a.query["resourceVersion"])
	out := stream{json.NewEncoder(w), http.NewResponseController(w)}
	s.mu.Lock()
	expired := a.query["sendInitialEvents"] != "true" && from < s.oldest
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if a.query["sendInitialEvents"] == "true" {
		items, version, _ := s.selected(a)
		for _, o := range items {
			out.send(watch.Added, o)
		}
		out.send(watch.Bookmark, bookmark(a.resource, version))
		from = version
	}
	out.flush()
	if expired {
		gone := status(http.StatusGone, metav1.StatusReasonExpired, "too old resource version")
		out.send(watch.Error, gone)
		return
	}
	limit, _ := strconv.Atoi(a.query["timeoutSeconds"])
	if limit == 0 {
		limit = 1800
	}
	end := time.NewTimer(time.Duration(limit) * time.Second)
	defer end.Stop()
	for {
		changes, news := s.since(from, a)
		for _, c := range changes {
			out.send(c.kind, wire(c.object))
			from = c.version
		}
		select {
		case <-news:
		case <-r.Context().Done():
			return
		case <-end.C:
			return
		}
	}
}

// since returns what a watch sees of the changes after a version: an object that leaves the selection is DELETED.
func (s *Server) since(from int, a asked) ([]change, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []change
	for _, c := range s.log {
		if c.version <= from || c.resource != a.resource {
			continue
		}
		is, was := a.selects(c.object), c.was != nil && a.selects(c.was)
		switch {
		case !is && !was:
			continue
		case is && !was:
			c.kind = watch.Added
		case !is:
			c.kind = watch.Deleted
		}
		out = append(out, c)
	}
	return out, s.news
}

func bookmark(resource string, version int) Object {
	mark := metav1.ObjectMeta{
		ResourceVersion: strconv.Itoa(version), Annotations: map[string]string{metav1.InitialEventsAnnotationKey: "true"},
	}
	switch resource {
	case "jobs":
		return wire(&batchv1.Job{ObjectMeta: mark})
	case "cronjobs":
		return wire(&batchv1.CronJob{ObjectMeta: mark})
	case "events":
		return wire(&corev1.Event{ObjectMeta: mark})
	}
	return wire(&corev1.Pod{ObjectMeta: mark})
}

// stream is the answer to a watch.
type stream struct {
	lines *json.Encoder
	http  *http.ResponseController
}

func (o stream) send(kind watch.EventType, object any) {
	_ = o.lines.Encode(map[string]any{"type": kind, "object": object})
	o.flush()
}

func (o stream) flush() { _ = o.http.Flush() }
