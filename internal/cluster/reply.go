package cluster

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// reply is what a request's answer said beside its body. client-go hands the header Retry-After on only when the body
// is no Status object, and hides it altogether when it retries by itself.
type reply struct {
	retryAfter time.Duration // 0: not said
}

type replyKey struct{}

// withReply returns a context whose requests note their answer in the reply.
func withReply(ctx context.Context) (context.Context, *reply) {
	r := new(reply)
	return context.WithValue(ctx, replyKey{}, r), r
}

// replyNoter is the transport that notes answers for the contexts that ask for it.
type replyNoter struct{ next http.RoundTripper }

func noteReplies(next http.RoundTripper) http.RoundTripper { return replyNoter{next} }

// RoundTrip sends the request on.
func (n replyNoter) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := n.next.RoundTrip(request)
	if r, ok := request.Context().Value(replyKey{}).(*reply); ok && err == nil {
		if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds >= 0 {
			r.retryAfter = time.Duration(seconds) * time.Second
		}
	}
	return answer, err
}

// WrappedRoundTripper lets client-go find the transport below.
func (n replyNoter) WrappedRoundTripper() http.RoundTripper { return n.next }
