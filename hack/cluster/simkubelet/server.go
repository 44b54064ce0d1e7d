package simkubelet

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/hack/cluster/kubeapi"
)

// Options say where the simulated kubelet listens and whose pods it serves.
type Options struct {
	Server string // the API server's address
	PKI    string // folder with ca.crt, admin.crt and admin.key
	Port   int    // on 127.0.0.1
}

// Run serves until ctx ends.
func Run(ctx context.Context, o Options) error {
	api, err := kubeapi.New(o.Server, o.PKI)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(o.PKI, "admin.crt"), filepath.Join(o.PKI, "admin.key"))
	if err != nil {
		return err
	}
	k := &kubelet{pods: newPods(api), now: time.Now}
	numbers := newAttempts(api)
	go k.pods.follow(ctx, numbers.see)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", k.containerLogs)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "a simulated node serves logs only", http.StatusNotImplemented)
	})
	server := &http.Server{
		Addr:              fmt.Sprintf("127.0.0.1:%d", o.Port),
		Handler:           mux,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	log.Printf("listening on %s for the pods of %s", server.Addr, o.Server)
	if err := server.ListenAndServeTLS("", ""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type kubelet struct {
	pods *pods
	now  func() time.Time
}

func (k *kubelet) containerLogs(w http.ResponseWriter, r *http.Request) {
	q, err := parseRequest(r, k.now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p, found, err := k.find(r.Context(), q)
	if err != nil {
		code := http.StatusBadRequest
		if p == nil {
			code = http.StatusNotFound
		}
		http.Error(w, err.Error(), code)
		return
	}
	out := &writer{buf: bufio.NewWriterSize(w, 64<<10), flush: http.NewResponseController(w).Flush, stamps: q.stamps, left: q.limit}
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusOK)
	if err := k.stream(r.Context(), q, found, out); err != nil && !errors.Is(err, errLimit) {
		return // the reader went away
	}
	out.send()
}

// find looks a pod's run up in the copy, and at the API server when the copy is not far enough.
func (k *kubelet) find(ctx context.Context, q request) (*pod, run, error) {
	if p, _ := k.pods.get(q.namespace, q.pod); p != nil {
		if found, err := findRun(p, q); err == nil {
			return p, found, nil
		}
	}
	p, err := k.pods.fetch(ctx, q.namespace, q.pod)
	if err != nil {
		return nil, run{}, fmt.Errorf("pod %q not found", q.namespace+"/"+q.pod)
	}
	found, err := findRun(p, q)
	return p, found, err
}

// stream writes what is there and, when asked to follow, the rest as it comes, until the container ends.
func (k *kubelet) stream(ctx context.Context, q request, r run, out *writer) error {
	next := first(r, q, k.now())
	for {
		for upTo := r.lines(k.now()); next < upTo; next++ {
			if err := out.line(r.script.at(next), r.script.text(next)); err != nil {
				return err
			}
		}
		if err := out.send(); err != nil {
			return err
		}
		if !q.follow || r.ended {
			return nil
		}
		if err := k.wait(ctx, q, &r, next); err != nil {
			return err
		}
	}
}

// first is the line that a request begins with: its --tail and --since, whichever leaves less.
func first(r run, q request, now time.Time) int {
	written := r.lines(now)
	next := 0
	if q.tail >= 0 {
		next = max(next, written-q.tail)
	}
	for !q.since.IsZero() && next < written && r.script.at(next).Before(q.since) {
		next++
	}
	return next
}

// wait returns when the next line is due or the run has ended.
func (k *kubelet) wait(ctx context.Context, q request, r *run, next int) error {
	due := time.Hour
	if r.script.count < 0 || next < r.script.count {
		due = max(time.Millisecond, r.script.at(next).Sub(k.now()))
	}
	timer := time.NewTimer(due)
	defer timer.Stop()
	for {
		p, changed := k.pods.get(q.namespace, q.pod)
		if p == nil { // deleted, or too new for the copy
			var err error
			if p, err = k.pods.fetch(ctx, q.namespace, q.pod); err != nil {
				r.ended, r.killed = true, k.now()
				return nil
			}
		}
		if s, ok := p.container(q.container); ok && (s.RestartCount != r.restart || s.State.Running == nil) {
			if now, err := findRun(p, q); err == nil && now.restart == r.restart {
				*r = now
			}
			r.ended = true
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case <-changed:
		}
	}
}
