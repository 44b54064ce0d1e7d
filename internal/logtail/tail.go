package logtail

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

const (
	// surelyWhole is how large a log may be, in bytes, that is taken for whole when its first read ended cleanly at the end of
	// a line. That is trust and not knowledge: the kubelet sends each line by itself, so a node that dies between two of them
	// looks the same. To ask once more, as is done for larger logs, would double the requests for many small ones, and
	// with them the time that 500 pods take.
	surelyWhole = 8 << 10
	// settle is how long the node is given to finish a line that it was writing, or a file that it was rotating.
	settle = 300 * time.Millisecond
	// maxBarren is how often in a row a stream that is over may bring nothing, or be refused, before it is given up.
	maxBarren = 8
	// maxVain is how often the log of a container that has ended may be refused while it is followed: two minutes or, where each
	// request takes its time, some more. A node that starts anew is back by then.
	maxVain = 60
)

// tail reads one stream to its end.
type tail struct {
	engine *Engine
	stream logstream.Stream
	state  *state
	cursor *logstream.Cursor
	format logstream.Formatter
	lane   *lane
	out    *output

	// what is shown
	text    []byte // formatted and not handed over yet
	midLine bool
	marks   []mark // where the lines in text end, for Merge
	head    *head  // with --tail, until the first read has ended
	left    int64  // bytes that may still be shown; -1: any
	// what is read
	opened bool  // at least once
	bytes  int64 // read in this request
	begins int64 // when the first line was written, in nanoseconds since 1970; 0: none has come
	level  level
	aimed  aim
	trust  trust
	tries  tries
	whose  whose
	// what has been told already
	told, late bool
	gaps       int
}

// errLimit ends a stream whose --limit-bytes are shown.
var errLimit = errors.New("limit reached")

// run reads until the stream is over and everything of it has been handed over. The error says that it was given up.
func (t *tail) run(ctx context.Context) error {
	defer t.out.finish(t.lane)
	err := t.follow(ctx)
	if f, ok := t.format.(interface{ Done(whole bool) }); ok {
		f.Done(err == nil)
	}
	return err
}

func (t *tail) follow(ctx context.Context) error {
	for {
		now := t.state.get()
		now.previous = now.previous || t.whose.previous
		if now.phase == logstream.Waiting || now.phase == logstream.Never {
			if ok, err := t.notStarted(ctx, now); !ok {
				return err
			}
			continue
		}
		done, err := t.once(ctx, now)
		if err != nil {
			return err
		}
		if done {
			if t.left == 0 || !t.restarted(ctx, now) {
				return nil
			}
			t.whose.previous = true
		}
		if err := t.pause(ctx, now); err != nil {
			return err
		}
	}
}

// notStarted waits for a container to start, if there is somebody to tell that it did.
func (t *tail) notStarted(ctx context.Context, now view) (goOn bool, err error) {
	switch {
	case now.phase == logstream.Never && t.state.live:
		// It had started, or it would not have joined: of a pod that is being deleted the container cannot be found any more.
		return false, t.removed()
	case now.phase == logstream.Never:
		return false, nil
	case !t.state.live:
		return false, &NotStarted{Stream: t.stream}
	}
	return true, t.state.wait(ctx, now)
}

// once reads one stream from its opening to its end. done says that the log is at its end.
func (t *tail) once(ctx context.Context, now view) (done bool, err error) {
	first := t.head != nil && !t.opened
	o := t.options(now, first)
	if now.lost || now.gone { // a pod of the same name, which has come since, would answer with a log of its own
		return true, t.removed()
	}
	if t.trust.intact && now.over() && t.whole(ctx, now) {
		return true, nil
	}
	body, stop, err := t.openLog(ctx, o)
	if err != nil {
		return t.refused(ctx, now, err)
	}
	if first {
		t.cursor.Midway()
	}
	t.cursor.Begin()
	err = t.read(ctx, now, body)
	t.tries.answered()
	_ = body.Close() // it has been read to its end or is not wanted any more
	err = stop(err)
	if ctx.Err() != nil {
		t.flushHead()
		return false, errors.Join(ctx.Err(), t.flush())
	}
	return t.ended(now, first, err)
}

// ended says what comes after a stream that was opened: first tells whether it was the first, err what it broke with.
func (t *tail) ended(now view, first bool, err error) (done bool, _ error) {
	ending := t.cursor.End(now.over() && err == nil, t.emit)
	switch {
	case t.whose.foreign && t.whose.current, t.misreadAll(now, ending, err):
		t.reread()
		return false, nil
	case t.whose.foreign:
		t.anew()
		return false, nil
	}
	t.whose.current = t.whose.current || !now.previous && ending.News > 0
	t.level.ended(err == nil && !ending.Half)
	if first && t.head.again(reply{t.bytes, err == nil && (!ending.Half || !now.over())}) {
		t.cursor = t.cursor.Anew()
		t.trust.settling = ending.Half && now.over()
		return false, nil
	}
	if ending.Kubelet == "" || ending.News > 0 { // what the kubelet says instead of a log is no read of it
		t.opened = true
		t.flushHead()
	}
	if flushed := t.flush(); flushed != nil {
		return false, flushed
	}
	if errors.Is(err, errLimit) {
		return true, nil
	}
	if failed := t.out.failed(); err != nil && failed != nil {
		return false, failed
	}
	return t.judge(now, ending, err, first)
}

// read passes a body through the cursor. now is what was known when it was asked for.
func (t *tail) read(ctx context.Context, now view, body io.Reader) error {
	t.bytes = 0
	emit := t.checked(ctx, now)
	for {
		n, err := body.Read(t.cursor.Space())
		t.bytes += int64(n)
		if t.level.heard.Add(int64(n)) > 0 && t.level.came.IsZero() && t.engine.Now != nil {
			t.level.came = t.engine.Now()
		}
		if t.bytes > surelyWhole && t.bytes-int64(n) <= surelyWhole {
			t.aim(ctx, now)
		}
		gap := t.cursor.Added(n, emit)
		if t.whose.foreign {
			return errGone
		}
		for gap != nil {
			if t.whose.foreign = t.foreignGap(now, *gap); t.whose.foreign || gap.Again {
				return errAgain
			}
			contiguous := t.contiguous(now, *gap)
			if (!contiguous || !t.level.reopened) && t.state.anotherRun(ctx, now) {
				return errGone
			}
			if !contiguous && !t.endedMeanwhile(*gap) {
				t.gap(*gap)
			}
			gap = t.cursor.PassGap(t.emit)
		}
		if t.left == 0 {
			return errLimit
		}
		if n > 0 {
			t.tellLate()
			t.level.last.Store(t.cursor.Last())
			if err := t.flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// errAgain ends a stream that seems to lack what was shown last: the next one tells (logstream.Gap).
var errAgain = errors.New("the log does not go on with the line shown last")

// emit takes a line from the cursor.
func (t *tail) emit(l logstream.Line) {
	if t.begins == 0 {
		t.begins = l.NS
	}
	if t.head != nil {
		var now bool
		if l, now = t.head.take(l); !now {
			return
		}
	}
	t.show(l)
}

// show formats a line.
func (t *tail) show(l logstream.Line) {
	if t.left >= 0 {
		if l = t.limited(l); len(l.Text) == 0 && !l.Break {
			return
		}
	}
	t.text = t.format.Append(t.text, l)
	t.midLine = !l.End
	if t.engine.written == byTime {
		t.mark(l)
	}
	if len(t.text) >= batch && t.engine.written != oneByOne {
		_ = t.flush() // a failure shows at the next flush as well
	}
}

// limited cuts a line to the bytes that may still be shown, and counts them.
func (t *tail) limited(l logstream.Line) logstream.Line {
	if l.Start && t.engine.Read.Stamps {
		t.left = max(0, t.left-int64(len(l.Stamp))-1)
	}
	if t.left == 0 {
		return logstream.Line{}
	}
	if int64(len(l.Text)) >= t.left {
		l.Text, l.Break, l.End = l.Text[:t.left], false, true
	}
	t.left -= int64(len(l.Text))
	if l.Break {
		t.left--
	}
	return l
}

// flush hands over what is formatted.
func (t *tail) flush() error {
	t.level.busy.Store(true)
	defer t.level.busy.Store(false)
	if t.engine.written == byTime {
		return t.out.merge(t)
	}
	var err error
	t.text, err = t.out.put(t.lane, t.text, t.midLine)
	return err
}

func (t *tail) gap(g logstream.Gap) {
	t.gaps++
	t.engine.tell(Note{Kind: GapNote, Stream: t.stream, Gap: g})
	if f, ok := t.format.(interface {
		Gap(dst []byte, g logstream.Gap) []byte
	}); ok {
		t.text = f.Gap(t.text, g)
	}
}

// release lets go of what is needed for reading. The cursor remains, for the container's next run.
func (t *tail) release() {
	t.text, t.format, t.lane, t.head = nil, nil, nil, nil
	t.cursor.Release()
}
