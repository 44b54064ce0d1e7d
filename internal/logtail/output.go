package logtail

import (
	"context"
	"io"
	"slices"
	"sync"
)

const (
	// batch is how much is formatted before it is handed over, and about how much is written at once, in bytes.
	batch = 64 << 10
	// laneRoom is how much a stream may have waiting to be written, in bytes.
	laneRoom = 256 << 10
	// readAhead is how much all streams together may have waiting when they are written in order, in bytes.
	readAhead = 2 << 20
)

// order says in which order lanes are written.
type order int

const (
	asTheyCome order = iota // whoever has something is written
	oneByOne                // each lane whole, in the order in which they were made
	byTime                  // line by line, by the time at which they were written
)

// output is the one place that writes. Its goroutine is run.
type output struct {
	w        io.Writer
	order    order
	complete bool
	last     *lane // was written last
	open     bool  // and what was written does not end with a line break

	mu      sync.Mutex
	changed *sync.Cond
	lanes   []*lane // not finished and written yet; in asTheyCome only those with something to write
	held    *lane   // stands in the middle of a line: nothing else may be written
	waiting int     // bytes in all lanes
	ripe    ripe    // in byTime: lanes that have a line
	empty   int     // in byTime: lanes that have none and are not done
	closed  bool    // no new lanes will come
	stopped bool    // nobody waits for room any more
	err     error
}

// lane is what one stream has to write. Its fields belong to the output's lock.
type lane struct {
	pending []byte
	spare   []byte
	queued  bool
	done    bool
	midLine bool // pending ends in the middle of a line
	sorted  sorted
}

// newOutput returns an output that stops making streams wait when ctx ends: what has arrived is still written.
func newOutput(ctx context.Context, e *Engine, o order) (_ *output, release func() bool) {
	out := &output{w: e.Out, order: o, complete: e.Complete}
	out.changed = sync.NewCond(&out.mu)
	return out, context.AfterFunc(ctx, func() {
		out.mu.Lock()
		out.stopped = true
		out.mu.Unlock()
		out.changed.Broadcast()
	})
}

// lane makes the next lane.
func (o *output) lane() *lane {
	l := &lane{}
	if o.order != asTheyCome {
		o.mu.Lock()
		l.sorted.place = len(o.lanes)
		o.lanes = append(o.lanes, l)
		o.empty++
		o.mu.Unlock()
	}
	return l
}

// put hands a batch over and returns an empty buffer in its place. It waits while the lane is full. midLine says that
// the batch ends inside a line. The error is what writing failed with.
func (o *output) put(l *lane, text []byte, midLine bool) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err == nil && !o.stopped && o.full(l) {
		o.changed.Wait()
	}
	if o.err != nil {
		return text[:0], o.err
	}
	if len(text) == 0 {
		return text, nil
	}
	o.waiting += len(text)
	l.midLine = midLine
	if len(l.pending) == 0 {
		l.pending, text = text, l.pending
	} else {
		l.pending = append(l.pending, text...)
	}
	o.queue(l)
	return text[:0], nil
}

// full says that a lane must wait. In order, the lane being written waits only for itself, so that there is always one
// that goes on.
func (o *output) full(l *lane) bool {
	if o.order == oneByOne && (len(o.lanes) == 0 || o.lanes[0] != l) {
		return o.waiting >= readAhead
	}
	return len(l.pending) >= laneRoom
}

// finish says that nothing more comes from a lane.
func (o *output) finish(l *lane) {
	o.mu.Lock()
	defer o.mu.Unlock()
	l.done = true
	if l.sorted.next == len(l.sorted.marks) {
		o.empty--
	}
	o.queue(l)
}

func (o *output) queue(l *lane) {
	if o.order == asTheyCome && !l.queued {
		l.queued = true
		o.lanes = append(o.lanes, l)
	}
	o.changed.Broadcast()
}

// close says that no lane will be made any more: run ends when all are written.
func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.changed.Broadcast()
}

// run writes until everything is written or writing fails.
func (o *output) run() error {
	for {
		l, text, ok := o.next()
		if !ok {
			o.mu.Lock()
			defer o.mu.Unlock()
			return o.err
		}
		err := o.write(l, text)
		o.wrote(l, text, err)
	}
}

func (o *output) write(l *lane, text []byte) error {
	if o.complete && o.open && o.last != l {
		if _, err := io.WriteString(o.w, "\n"); err != nil {
			return err
		}
	}
	o.last, o.open = l, text[len(text)-1] != '\n'
	_, err := o.w.Write(text)
	return err
}

// next waits for a batch to write.
func (o *output) next() (*lane, []byte, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		if o.err != nil {
			return nil, nil, false
		}
		if l := o.choose(); l != nil {
			text := l.pending
			l.pending = l.spare[:0]
			l.spare = nil
			o.held = nil
			if l.midLine && !l.done {
				o.held = l
			}
			return l, text, true
		}
		if o.closed && len(o.lanes) == 0 {
			return nil, nil, false
		}
		o.changed.Wait()
	}
}

// choose picks the lane to be written next and takes out lanes that are finished.
func (o *output) choose() *lane {
	if o.order == asTheyCome {
		return o.chooseAny()
	}
	for len(o.lanes) > 0 {
		l := o.lanes[0]
		if len(l.pending) > 0 {
			return l
		}
		if !l.done {
			return nil
		}
		o.lanes = o.lanes[1:]
		o.changed.Broadcast()
	}
	return nil
}

func (o *output) chooseAny() *lane {
	for i := 0; i < len(o.lanes); i++ {
		l := o.lanes[i]
		if o.held != nil && o.held != l {
			continue
		}
		o.lanes = slices.Delete(o.lanes, i, i+1)
		l.queued = false
		if l.done && o.held == l {
			o.held = nil
		}
		if len(l.pending) > 0 {
			return l
		}
		i = -1
	}
	return nil
}

// wrote gives the buffer of a batch back to its lane.
func (o *output) wrote(l *lane, text []byte, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting -= len(text)
	if cap(text) <= 2*laneRoom {
		l.spare = text[:0]
	}
	if err != nil && o.err == nil {
		o.err = err
	}
	o.changed.Broadcast()
}

// failed is what writing failed with, if it did.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}
