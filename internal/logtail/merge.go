package logtail

import (
	"container/heap"
	"context"
	"errors"
	"sync"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// mark is where a line ends in a batch, or a piece of one that goes on, and when it was written, in nanoseconds since
// 1970.
type mark struct {
	ns   int64
	end  int
	more bool
}

// mark notes where in the text of the tail a line or a piece of one ends.
func (t *tail) mark(l logstream.Line) {
	t.marks = append(t.marks, mark{l.NS, len(t.text), !l.End})
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
	lanes := out.make(len(streams))
	var sum Summary
	var mu sync.Mutex
	var running sync.WaitGroup
	for i, s := range streams {
		running.Go(func() {
			t := e.tail(s, newState(s, false), out, lanes[i])
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
	if err == nil && interrupted != nil {
		err = out.runSorted() // what had arrived
	}
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

// merge hands the lines of a tail over, and waits until those before them are written. When nobody waits for room any more
// they go behind those.
func (o *output) merge(t *tail) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	l := &t.lane.sorted
	for o.err == nil && !o.stopped && l.next < len(l.marks) {
		o.changed.Wait()
	}
	if o.err != nil || len(t.marks) == 0 {
		return o.err
	}
	dry := l.next == len(l.marks)
	if dry {
		l.text, l.marks, l.next, l.from = l.text[:0], l.marks[:0], 0, 0
		o.empty--
	}
	behind, end := len(l.text), t.marks[len(t.marks)-1].end
	for _, m := range t.marks {
		m.end += behind
		l.marks = append(l.marks, m)
	}
	l.text = append(l.text, t.text[:end]...)
	if dry && o.held != t.lane {
		heap.Push(&o.ripe, t.lane)
	}
	t.text = append(t.text[:0], t.text[end:]...)
	t.marks = t.marks[:0]
	o.changed.Broadcast()
	return nil
}

// runSorted writes lines by time until all lanes are done, or nobody waits for what is still to come.
func (o *output) runSorted() error {
	var buf []byte
	for {
		var more bool
		if buf, more = o.collect(buf[:0]); len(buf) > 0 {
			if _, err := o.w.Write(buf); err != nil {
				return o.fail(&WriteError{err})
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
		l := o.oldest()
		if l == nil {
			return buf, false
		}
		buf = o.take(buf, l)
	}
	return buf, true
}

// oldest takes out the lane whose line comes next: the one that stands within a line, or else the one with the oldest.
func (o *output) oldest() *lane {
	if l := o.held; l != nil {
		return l
	}
	if len(o.ripe) == 0 {
		return nil
	}
	l, _ := heap.Pop(&o.ripe).(*lane)
	return l
}

// take appends the first line of a lane, or the piece of it that is there.
func (o *output) take(buf []byte, from *lane) []byte {
	l := &from.sorted
	m := l.marks[l.next]
	text := l.text[l.from:m.end]
	if o.complete && o.open && o.last != from {
		buf = append(buf, '\n')
	}
	buf = append(buf, text...)
	if n := len(text); n > 0 {
		o.open = text[n-1] != '\n'
	}
	o.last = from
	l.from = m.end
	l.next++
	dry := l.next == len(l.marks)
	o.hold(nil)
	switch {
	case m.more:
		o.hold(from)
	case !dry:
		heap.Push(&o.ripe, from)
	}
	if dry {
		o.ranDry(from)
	}
	return buf
}

// ranDry counts a lane that must bring its next line before anything else is written, unless nothing comes from it any more.
func (o *output) ranDry(l *lane) {
	if !l.done {
		o.empty++
	} else if l.sorted = (sorted{}); o.held == l {
		o.hold(nil)
	}
	o.changed.Broadcast()
}

// ready says that every lane has a line or is done.
func (o *output) ready() bool { return o.empty == 0 }

func (o *output) fail(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err = err
	o.changed.Broadcast()
	return err
}
