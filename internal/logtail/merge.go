package logtail

import (
	"container/heap"
	"context"
	"errors"
	"sync"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// mark is where a line ends in a batch, and when it was written, in nanoseconds since 1970.
type mark struct {
	ns  int64
	end int
}

// sorted is what a lane has for sorting by time.
type sorted struct {
	place int // of the lane among the streams
	text  []byte
	marks []mark
	next  int // the mark of the lane's first line
	from  int // where that line begins in text
}

// Merge reads streams as they are now and writes their lines sorted by time; lines of one time in the order of the
// streams. All streams are read at once, for any of them may have the next line: Requests does not bound them.
// The order within a stream is never changed, also where a clock stepped back.
func (e *Engine) Merge(ctx context.Context, streams []logstream.Stream) (Summary, error) {
	e.written = byTime
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, release := newOutput(ctx, e, e.written)
	defer release()
	tails := make([]*tail, len(streams))
	for i, s := range streams {
		tails[i] = e.tail(s, newState(s, false), out)
	}
	var sum Summary
	var mu sync.Mutex
	var running sync.WaitGroup
	for _, t := range tails {
		running.Go(func() {
			err := t.run(ctx)
			mu.Lock()
			defer mu.Unlock()
			sum.add(e, t, err)
		})
	}
	err := out.runSorted()
	interrupted := ctx.Err()
	cancel()
	running.Wait()
	return sum, errors.Join(err, interrupted)
}

// ripe are lanes that have a line, the oldest line first; lines of one time in the order of the streams.
type ripe []*lane

func (r ripe) Len() int      { return len(r) }
func (r ripe) Swap(i, j int) { r[i], r[j] = r[j], r[i] }
func (r ripe) Less(i, j int) bool {
	a, b := &r[i].sorted, &r[j].sorted
	x, y := a.marks[a.next].ns, b.marks[b.next].ns
	return x < y || (x == y && a.place < b.place)
}
func (r *ripe) Push(x any) {
	if l, ok := x.(*lane); ok {
		*r = append(*r, l)
	}
}
func (r *ripe) Pop() any {
	last := len(*r) - 1
	l := (*r)[last]
	*r = (*r)[:last]
	return l
}

// merge hands the whole lines of a tail over, and waits until those before them are written.
func (o *output) merge(t *tail) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := &t.lane.sorted
	for o.err == nil && !o.stopped && l.next < len(l.marks) {
		o.changed.Wait()
	}
	if o.err != nil || o.stopped || len(t.marks) == 0 {
		return o.err
	}
	end := t.marks[len(t.marks)-1].end
	l.text = append(l.text[:0], t.text[:end]...)
	l.marks = append(l.marks[:0], t.marks...)
	l.next, l.from = 0, 0
	o.empty--
	heap.Push(&o.ripe, t.lane)
	t.text = append(t.text[:0], t.text[end:]...)
	t.marks = t.marks[:0]
	o.changed.Broadcast()
	return nil
}

// runSorted writes lines by time until all lanes are done.
func (o *output) runSorted() error {
	var buf []byte
	for {
		var more bool
		if buf, more = o.collect(buf[:0]); len(buf) > 0 {
			if _, err := o.w.Write(buf); err != nil {
				o.fail(err)
				return err
			}
		}
		if !more {
			return nil
		}
	}
}

// collect gathers the oldest lines. It waits until every lane has one, or is done, and stops when a batch is full or a
// lane has run empty.
func (o *output) collect(buf []byte) (_ []byte, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.ready() {
		if o.stopped {
			return buf, false
		}
		o.changed.Wait()
	}
	for len(buf) < batch && o.ready() {
		if len(o.ripe) == 0 {
			return buf, false
		}
		buf = o.take(buf)
	}
	return buf, true
}

// take appends the oldest line.
func (o *output) take(buf []byte) []byte {
	first := o.ripe[0]
	l := &first.sorted
	end := l.marks[l.next].end
	buf = append(buf, l.text[l.from:end]...)
	if o.complete && len(buf) > 0 && buf[len(buf)-1] != '\n' {
		buf = append(buf, '\n')
	}
	l.from = end
	if l.next++; l.next < len(l.marks) {
		heap.Fix(&o.ripe, 0)
		return buf
	}
	heap.Pop(&o.ripe)
	if !first.done {
		o.empty++
	}
	o.changed.Broadcast()
	return buf
}

// ready says that every lane has a line or is done.
func (o *output) ready() bool { return o.empty == 0 }

func (o *output) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
	o.changed.Broadcast()
}
