package cluster

import (
	"net/http"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// streamWindow is how many bytes of an answer the server may send before they are read. net/http's 4 MiB for each of fifty
// logs, of which one is shown at a time, are 200 MiB.
const streamWindow = 1 << 20

// boundWindows sets the window of the connections that a transport will open.
func boundWindows(next http.RoundTripper) http.RoundTripper {
	for inner := next; inner != nil; {
		if t, ok := inner.(*http.Transport); ok {
			t.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: streamWindow}
			break
		}
		w, ok := inner.(utilnet.RoundTripperWrapper)
		if !ok {
			break
		}
		inner = w.WrappedRoundTripper()
	}
	return next
}
