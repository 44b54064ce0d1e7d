package logtail

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

const (
	// batch is how much is formatted before it is handed over, and about how much is written at once, in bytes.
	batch = 64 << 10
	// laneRoom is how much a stream may have waiting to be written, in bytes.
	laneRoom = 256 << 10
	// readAhead is how much all streams together may have waiting in memory when they are written in order, in bytes.
	readAhead = 2 << 20
	// inAll is how much all streams together may have waiting when they are written as they come, in bytes.
	inAll = 8 << 20
	// heldUp is how long a stream that stopped inside a line keeps the others waiting.
	heldUp = 5 * time.Second
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

	mu        sync.Mutex
	changed   *sync.Cond
	lanes     []*lane     // not finished and written yet; in asTheyCome only those with something to write
	held      *lane       // stands in the middle of a line: nothing else may be written
	torn      *lane       // stood there too long: others go on, on a line of their own
	impatient *time.Timer // lets others go on
	waiting   int         // bytes in all lanes
	ripe      ripe        // in byTime: lanes that have a line
	empty     int         // in byTime: lanes that have none and are not done
	spool     spool       // in oneByOne: what was put aside
	idle      bool        // there is nothing to write, until something comes
	closed    bool        // no new lanes will come
	stopped   bool        // nobody waits for room any more
	err       error
}

// lane is what one stream has to write. Its fields belong to the output's lock.
type lane struct {
	aside   *aside // comes before pending; nil: nothing
	moving  bool   // a batch is on its way there
	pending []byte
	spare   []byte
	queued  bool
	done    bool
	midLine bool // pending ends in the middle of a line
	sorted  sorted
}

// newOutput returns an output that stops making streams wait when ctx ends: what has arrived is still written.
func newOutput(ctx context.Context, e *Engine, o order) (_ *output, release func()) {
	out := &output{w: e.Out, order: o, complete: e.Complete, spool: newSpool()}
	out.changed = sync.NewCond(&out.mu)
	stop := context.AfterFunc(ctx, func() {
		out.mu.Lock()
		out.stopped = true
		out.mu.Unlock()
		out.changed.Broadcast()
	})
	return out, func() {
		stop()
		out.mu.Lock()
		defer out.mu.Unlock()
		out.spool.release()
	}
}

// make makes lanes for streams.
func (o *output) make(n int) []*lane {
	lanes := make([]*lane, n)
	for i := range lanes {
		lanes[i] = o.lane()
	}
	return lanes
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

// put hands a batch over and returns an empty buffer in its place. It makes room, or waits, while the lane is full. midLine says that
// the batch ends inside a line. The error is what writing failed with.
func (o *output) put(l *lane, text []byte, midLine bool) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.err == nil && !o.stopped && o.full(l) {
		if !o.putAside(l) {
			o.changed.Wait()
		}
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

// full says that a lane must wait. There is always one that goes on: in order it is the lane being written, which waits only
// for itself; else it is the one that stands inside a line, or any if none does, for then everything is written that waits.
func (o *output) full(l *lane) bool {
	switch {
	case o.order == oneByOne && (len(o.lanes) == 0 || o.lanes[0] != l):
		return o.waiting >= readAhead || len(l.pending) >= laneRoom
	case o.order == asTheyCome && o.held != l && o.waiting >= inAll:
		return true
	default:
		return len(l.pending) >= laneRoom
	}
}

// finish says that nothing more comes from a lane.
func (o *output) finish(l *lane) {
	o.mu.Lock()
	defer o.mu.Unlock()
	l.done = true
	if o.order == byTime && l.sorted.next == len(l.sorted.marks) {
		o.empty--
		o.ranDry(l)
	}
	o.queue(l)
}

func (o *output) queue(l *lane) {
	if o.order == asTheyCome && !l.queued {
		l.queued = true
		o.lanes = append(o.lanes, l)
	}
	if len(o.lanes) > 0 && o.lanes[0] == l {
		o.idle = false
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
		next, ok := o.next()
		if !ok {
			return o.failed()
		}
		o.wrote(next, o.write(next))
	}
}

// turn is what is written next: a batch of a lane, which begins on a line of its own if apart.
type turn struct {
	lane   *lane
	text   []byte
	apart  bool
	stored bool // it had been put aside
}

func (o *output) write(t turn) error {
	if t.apart {
		if _, err := io.WriteString(o.w, "\n"); err != nil {
			return &WriteError{err}
		}
	}
	if _, err := o.w.Write(t.text); err != nil {
		return &WriteError{err}
	}
	return nil
}

// next waits for a batch to write.
func (o *output) next() (turn, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		if o.err != nil {
			return turn{}, false
		}
		if l := o.choose(); l != nil {
			t, err := o.turn(l)
			if err != nil {
				o.err = err
				continue
			}
			return t, true
		}
		if o.closed && len(o.lanes) == 0 {
			return turn{}, false
		}
		if o.order == oneByOne && !o.idle {
			o.idle = true
			o.changed.Broadcast() // others may put something aside now
		}
		o.changed.Wait()
	}
}

func (o *output) turn(l *lane) (turn, error) {
	o.idle = false
	t := turn{lane: l, stored: l.aside.rest(), apart: o.open && o.last != l && (o.complete || o.last == o.torn)}
	if t.stored {
		var err error
		if t.text, err = o.takeBack(l); err != nil {
			return t, &WriteError{fmt.Errorf("reading a temporary file: %w", err)}
		}
	} else {
		t.text, l.pending, l.spare = l.pending, l.spare[:0], nil
		if len(t.text) >= laneRoom {
			o.changed.Broadcast() // its stream goes on reading while this is written
		}
	}
	o.last, o.open = l, t.text[len(t.text)-1] != '\n'
	o.hold(nil)
	if o.order == asTheyCome && l.midLine && !l.done {
		o.hold(l)
	}
	if o.torn == l {
		o.torn = nil
	}
	return t, nil
}

// choose picks the lane to be written next and takes out lanes that are finished.
func (o *output) choose() *lane {
	if o.order == asTheyCome {
		return o.chooseAny()
	}
	for len(o.lanes) > 0 {
		l := o.lanes[0]
		switch {
		case l.aside.rest() && o.stopped: // who interrupts it does not want hundreds of megabytes more
			o.lanes = nil
			return nil
		case l.aside.rest():
			return l
		case l.moving:
			return nil
		case len(l.pending) > 0:
			return l
		case !l.done:
			return nil
		}
		o.lanes[0] = nil // it has been written, and its buffers are not needed any more
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
			o.hold(nil)
		}
		if len(l.pending) > 0 {
			return l
		}
		i = -1
	}
	return nil
}

// wrote gives the buffer of a batch back to its lane.
func (o *output) wrote(t turn, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !t.stored {
		o.waiting -= len(t.text)
		if cap(t.text) <= 2*laneRoom && !t.lane.done {
			t.lane.spare = t.text[:0]
		}
	}
	if err != nil && o.err == nil {
		o.err = err
	}
	if o.held != nil && o.err == nil {
		o.tear()
	}
	o.changed.Broadcast()
}

// failed is what writing failed with, if it did.
func (o *output) failed() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}
