// Package simkubelet is the half of a kubelet that KWOK does not play well: it serves the logs of simulated pods, line by
// line as a container would write them, and ends a followed log when the container ends. It also tells pods that must fail
// in their first attempts which attempt they are.
package simkubelet

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/hack/cluster/kubeapi"
)

// Prefix is what the annotations that steer a simulated pod begin with.
const Prefix = "jobx.dev/"

// pod is what this package reads of a pod.
type pod struct {
	Metadata struct {
		Name            string            `json:"name"`
		Namespace       string            `json:"namespace"`
		UID             string            `json:"uid"`
		ResourceVersion string            `json:"resourceVersion"`
		Annotations     map[string]string `json:"annotations"`
		OwnerReferences []struct {
			Kind       string `json:"kind"`
			UID        string `json:"uid"`
			Controller bool   `json:"controller"`
		} `json:"ownerReferences"`
	} `json:"metadata"`
	Spec struct {
		RestartPolicy string `json:"restartPolicy"`
	} `json:"spec"`
	Status struct {
		ContainerStatuses     []containerStatus `json:"containerStatuses"`
		InitContainerStatuses []containerStatus `json:"initContainerStatuses"`
	} `json:"status"`
}

type containerStatus struct {
	Name         string         `json:"name"`
	RestartCount int            `json:"restartCount"`
	State        containerState `json:"state"`
	LastState    containerState `json:"lastState"`
}

type containerState struct {
	Waiting *struct {
		Reason string `json:"reason"`
	} `json:"waiting"`
	Running *struct {
		StartedAt time.Time `json:"startedAt"`
	} `json:"running"`
	Terminated *struct {
		ExitCode   int       `json:"exitCode"`
		StartedAt  time.Time `json:"startedAt"`
		FinishedAt time.Time `json:"finishedAt"`
	} `json:"terminated"`
}

func (p *pod) annotation(name string) string { return p.Metadata.Annotations[Prefix+name] }

// container finds a container's status, init containers included.
func (p *pod) container(name string) (containerStatus, bool) {
	for _, list := range [][]containerStatus{p.Status.ContainerStatuses, p.Status.InitContainerStatuses} {
		for _, s := range list {
			if s.Name == name {
				return s, true
			}
		}
	}
	return containerStatus{}, false
}

// pods is a live copy of the cluster's pods.
type pods struct {
	api *kubeapi.Client

	mu      sync.Mutex
	byName  map[string]*pod
	changed chan struct{} // closed and replaced at every change
}

func newPods(api *kubeapi.Client) *pods {
	return &pods{api: api, byName: map[string]*pod{}, changed: make(chan struct{})}
}

func key(namespace, name string) string { return namespace + "/" + name }

// get returns a pod and a channel that closes at the next change of any pod.
func (s *pods) get(namespace, name string) (*pod, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byName[key(namespace, name)], s.changed
}

// fetch asks the API server itself: for a pod that the copy does not know yet.
func (s *pods) fetch(ctx context.Context, namespace, name string) (*pod, error) {
	var p pod
	path := "/api/v1/namespaces/" + url.PathEscape(namespace) + "/pods/" + url.PathEscape(name)
	if err := s.api.Get(ctx, path, &p); err != nil {
		return nil, err
	}
	return &p, nil
}

// follow keeps the copy up to date until ctx ends; seen is called for every pod that is new or changed. It survives restarts of the
// API server: a broken watch is followed by a new list.
func (s *pods) follow(ctx context.Context, seen func(context.Context, *pod)) {
	for ctx.Err() == nil {
		version, err := s.list(ctx, seen)
		for err == nil {
			version, err = s.watch(ctx, version, seen)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (s *pods) list(ctx context.Context, seen func(context.Context, *pod)) (version string, err error) {
	var list struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
		Items []*pod `json:"items"`
	}
	if err := s.api.Get(ctx, "/api/v1/pods?resourceVersion=0", &list); err != nil {
		return "", err
	}
	byName := make(map[string]*pod, len(list.Items))
	for _, p := range list.Items {
		byName[key(p.Metadata.Namespace, p.Metadata.Name)] = p
	}
	s.mu.Lock()
	s.byName = byName
	s.announce()
	s.mu.Unlock()
	for _, p := range list.Items {
		seen(ctx, p)
	}
	return list.Metadata.ResourceVersion, nil
}

// announce wakes whoever waits for a change. The caller holds the lock.
func (s *pods) announce() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *pods) watch(ctx context.Context, version string, seen func(context.Context, *pod)) (string, error) {
	path := "/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=" + url.QueryEscape(version)
	err := s.api.Watch(ctx, path, func(e kubeapi.Event) error {
		if e.Type == "ERROR" {
			return &kubeapi.Error{Code: http.StatusGone, Message: string(e.Object)}
		}
		var p pod
		if err := json.Unmarshal(e.Object, &p); err != nil {
			return err
		}
		version = p.Metadata.ResourceVersion
		if e.Type == "BOOKMARK" {
			return nil
		}
		s.mu.Lock()
		if k := key(p.Metadata.Namespace, p.Metadata.Name); e.Type == "DELETED" {
			delete(s.byName, k)
		} else {
			s.byName[k] = &p
		}
		s.announce()
		s.mu.Unlock()
		if e.Type != "DELETED" {
			seen(ctx, &p)
		}
		return nil
	})
	return version, err
}
