package faultproxy

import (
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Key is what requests are counted by.
type Key struct{ Verb, Resource string }

// Count is what passed for one key.
type Count struct {
	Requests int
	Faults   int   // of them, so many met a rule that fired
	Bytes    int64 // of bodies sent to clients
}

// ledger counts requests and remembers each of them.
type ledger struct {
	mu       sync.Mutex
	requests []*Request
}

func (l *ledger) open(r Request) *Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.At = time.Now()
	entry := &r
	l.requests = append(l.requests, entry)
	return entry
}

func (l *ledger) note(entry *Request, change func(*Request)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(entry)
}

func (l *ledger) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
}

func (l *ledger) all() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Request, len(l.requests))
	for i, r := range l.requests {
		out[i] = *r
	}
	return out
}

// counted counts the bytes of a body as they are read.
type counted struct {
	io.ReadCloser
	ledger *ledger
	entry  *Request
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.ledger.note(c.entry, func(r *Request) { r.Bytes += int64(n) })
	return n, err
}

// Requests returns every request since the start or the last Forget, in the order they came.
func (p *Proxy) Requests() []Request { return p.ledger.all() }

// Forget empties the record of requests.
func (p *Proxy) Forget() { p.ledger.reset() }

// Counts sums the requests up by verb and resource.
func (p *Proxy) Counts() map[Key]Count {
	out := map[Key]Count{}
	for _, r := range p.ledger.all() {
		c := out[Key{r.Verb, r.Resource}]
		c.Requests++
		c.Bytes += r.Bytes
		if r.Rule != "" {
			c.Faults++
		}
		out[Key{r.Verb, r.Resource}] = c
	}
	return out
}

// Total sums counts up over all keys.
func Total(counts map[Key]Count) Count {
	var sum Count
	for _, c := range slices.Collect(maps.Values(counts)) {
		sum.Requests += c.Requests
		sum.Faults += c.Faults
		sum.Bytes += c.Bytes
	}
	return sum
}
