package logtail

import "time"

const (
	shortestPause = 100 * time.Millisecond
	longestPause  = 2 * time.Second
)

// backoff is how long to wait before the next try: nothing at first after progress, then from 0.1 s doubling to 2 s.
type backoff struct{ last time.Duration }

func (b *backoff) reset() { b.last = 0 }

func (b *backoff) next() time.Duration {
	if b.last == 0 {
		b.last = shortestPause / 2
		return 0
	}
	b.last = min(2*b.last, longestPause)
	return b.last
}
