package cluster

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// oneHandshake lets the first request of the program connect before others go out. Requests that start together would
// each make a connection of their own, a TLS handshake with client certificates on both sides, and all but one would be
// thrown away: net/http learns only after the handshake that the server speaks HTTP/2 and can share one.
type oneHandshake struct {
	next  http.RoundTripper
	first atomic.Bool
	open  chan struct{}
	once  sync.Once
}

func connectOnce(next http.RoundTripper) http.RoundTripper {
	return &oneHandshake{next: next, open: make(chan struct{})}
}

// RoundTrip sends the request on, once there is a connection or the first attempt at one has failed.
func (h *oneHandshake) RoundTrip(request *http.Request) (*http.Response, error) {
	if h.first.CompareAndSwap(false, true) {
		defer h.release()
		// Once the request is written its connection is in the pool, where the others look.
		return h.next.RoundTrip(request.WithContext(httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { h.release() },
		})))
	}
	select {
	case <-h.open:
	case <-request.Context().Done():
		return nil, context.Cause(request.Context())
	}
	return h.next.RoundTrip(request)
}

func (h *oneHandshake) release() { h.once.Do(func() { close(h.open) }) }

// WrappedRoundTripper lets client-go find the transport below.
func (h *oneHandshake) WrappedRoundTripper() http.RoundTripper { return h.next }
