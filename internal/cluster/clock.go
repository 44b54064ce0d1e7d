package cluster

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Clock tells the time as the API server's clock has it. All moments that jobx shows durations from were written by
// that side, so that a wrong clock on this one must not bend them. It is safe for concurrent use.
type Clock struct {
	local func() time.Time
	ahead atomic.Pointer[time.Duration] // the server's clock before ours; nil: not known yet
}

// NewClock returns a clock that tells the local time until a reply has come through Heed.
func NewClock(local func() time.Time) *Clock { return &Clock{local: local} }

// Now is the time on the server's clock, to within a second (a header has no fractions) and half the first reply's way.
func (c *Clock) Now() time.Time {
	if ahead := c.ahead.Load(); ahead != nil {
		return c.local().Add(*ahead)
	}
	return c.local()
}

// Heed returns a transport that sets the clock by the replies that come through it: for rest.Config.Wrap.
func (c *Clock) Heed(next http.RoundTripper) http.RoundTripper { return heeding{next, c} }

type heeding struct {
	next  http.RoundTripper
	clock *Clock
}

// RoundTrip sends the request on.
func (h heeding) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := h.clock.local()
	answer, err := h.next.RoundTrip(request)
	if err == nil {
		h.clock.note(sent, h.clock.local(), answer.Header)
	}
	return answer, err
}

// WrappedRoundTripper lets client-go find the transport below.
func (h heeding) WrappedRoundTripper() http.RoundTripper { return h.next }

// note compares the clocks by the Date of a reply. The first one decides: a clock that is set twice may run backwards.
func (c *Clock) note(sent, received time.Time, header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	ahead := skew(sent, received, date)
	c.ahead.CompareAndSwap(nil, &ahead)
}

// skew is how far the clock that wrote the date is before the one that took the two moments. The date has whole seconds,
// and was written at some moment between the two: clocks that may agree are taken to agree, else the middle of what is
// possible is.
func skew(sent, received, date time.Time) time.Duration {
	least, most := date.Sub(received), date.Add(time.Second).Sub(sent)
	if least <= 0 && most >= 0 {
		return 0
	}
	return least + (most-least)/2
}
