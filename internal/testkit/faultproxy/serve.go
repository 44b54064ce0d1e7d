package faultproxy

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type (
	connectionKey struct{}
	exchangeKey   struct{}
)

// exchange is one request and the fault it met.
type exchange struct {
	entry *Request
	fault Fault
}

func (p *Proxy) handle(w http.ResponseWriter, r *http.Request, onward http.Handler) {
	asked := read(r)
	fault, rule := p.choose(asked)
	asked.Rule = rule
	x := exchange{entry: p.ledger.open(asked), fault: fault}
	if pause(r.Context(), fault.delay()) != nil {
		return
	}
	switch {
	case fault.Reset:
		breakOff(r)
	case fault.Status != 0:
		p.answer(w, x)
		return
	}
	if fault.GoAway {
		w.Header().Set("Connection", "close")
	}
	onward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
}

// breakOff ends the connection (HTTP/1.1) or the stream (HTTP/2) without an answer. It does not return.
func breakOff(r *http.Request) {
	if c, ok := r.Context().Value(connectionKey{}).(*connection); ok && c != nil && r.ProtoMajor == 1 {
		c.reset()
	}
	panic(http.ErrAbortHandler)
}

// answer sends a Status object as the API server does.
func (p *Proxy) answer(w http.ResponseWriter, x exchange) {
	s := metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Code: int32(x.fault.Status), Reason: reason(x.fault.Status), Message: x.fault.Message,
	}
	if s.Message == "" {
		s.Message = "by rule: " + http.StatusText(x.fault.Status)
	}
	if x.fault.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(x.fault.RetryAfter))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(x.fault.Status)
	raw, _ := json.Marshal(s)
	n, _ := w.Write(raw)
	p.ledger.note(x.entry, func(r *Request) { r.Status, r.Bytes = x.fault.Status, int64(n) })
}

func reason(code int) metav1.StatusReason {
	switch code {
	case http.StatusUnauthorized:
		return metav1.StatusReasonUnauthorized
	case http.StatusForbidden:
		return metav1.StatusReasonForbidden
	case http.StatusNotFound:
		return metav1.StatusReasonNotFound
	case http.StatusConflict:
		return metav1.StatusReasonConflict
	case http.StatusGone:
		return metav1.StatusReasonExpired
	case http.StatusTooManyRequests:
		return metav1.StatusReasonTooManyRequests
	case http.StatusServiceUnavailable:
		return metav1.StatusReasonServiceUnavailable
	case http.StatusGatewayTimeout:
		return metav1.StatusReasonTimeout
	case http.StatusInternalServerError:
		return metav1.StatusReasonInternalError
	}
	return metav1.StatusReasonUnknown
}

// alter puts the fault between the server's answer and the client.
func (p *Proxy) alter(answer *http.Response) error {
	x, ok := answer.Request.Context().Value(exchangeKey{}).(exchange)
	if !ok {
		return nil
	}
	p.ledger.note(x.entry, func(r *Request) { r.Status = answer.StatusCode })
	if x.fault.LoseReply {
		return errBroken
	}
	if ahead := x.fault.DateAhead.Duration; ahead != 0 {
		answer.Header.Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
	}
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return nil // the body of an upgraded connection is the connection
	}
	if x.fault.touchesBody() && answer.StatusCode == http.StatusOK {
		var frames framing
		if x.entry.Verb == "watch" && x.fault.AfterBytes == 0 {
			frames = framingOf(answer.Header.Get("Content-Type"))
		}
		answer.Body = newBody(answer.Request.Context(), answer.Body, x.fault, frames)
		answer.Header.Del("Content-Length")
		answer.ContentLength = -1
	}
	answer.Body = counted{answer.Body, &p.ledger, x.entry}
	return nil
}
