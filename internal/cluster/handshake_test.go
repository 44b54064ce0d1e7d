package cluster

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"
)

// Requests that start together share one connection, and none of them is lost.
func TestOneHandshakeForRequestsThatStartTogether(t *testing.T) {
	const requests = 8
	var handshakes atomic.Int32
	var all sync.WaitGroup
	all.Add(requests)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		all.Done()
		all.Wait() // each is answered only when all are there: none waits for the answer of another
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"x"}}`))
	}))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{VerifyConnection: func(tls.ConnectionState) error { handshakes.Add(1); return nil }}
	server.StartTLS()
	defer server.Close()
	c, err := New(&rest.Config{Host: server.URL, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}, rest.NoWarnings{})
	if err != nil {
		t.Fatal(err)
	}
	var group errgroup.Group
	for range requests {
		group.Go(func() error { _, err := c.Job(t.Context(), "n", "x"); return err })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := handshakes.Load(); n != 1 {
		t.Errorf("%d handshakes", n)
	}
}

// One that waits for another's connection still ends with its own context.
func TestAWaitForTheConnectionEndsWithTheContext(t *testing.T) {
	connecting, stuck := make(chan struct{}, 2), make(chan struct{})
	h := connectOnce(roundTripper(func(*http.Request) (*http.Response, error) {
		connecting <- struct{}{}
		<-stuck
		return nil, context.Canceled
	}))
	request := func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://h", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := h.RoundTrip(r)
		if answer != nil {
			_ = answer.Body.Close()
		}
		return err
	}
	first := make(chan error)
	go func() { first <- request(t.Context()) }()
	<-connecting
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := request(ctx); err == nil {
		t.Error("no error")
	}
	close(stuck)
	<-first
	if err := request(t.Context()); err == nil {
		t.Error("the first one's end did not let others through to their own error")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
