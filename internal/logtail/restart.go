package logtail

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// The kubelet knows sooner than anybody else that a container has been restarted: asked for a log it gives that of the run which is
// the current one by then (validateContainerLogStatus in pkg/kubelet). What is asked for as the run before is certain.

// whose is which run's log is read.
type whose struct {
	known    bool              // its first line was looked at
	foreign  bool              // it is the next run's
	current  bool              // what was shown was asked for as the current run's
	previous bool              // the node keeps it as the run before, which has not been told yet
	misread  *logstream.Cursor // what was shown was the next run's log
}

// errGone ends a stream whose container was restarted: what came was the next run's log.
var errGone = errors.New("the container was restarted")

// overtaken says that the first line of a log may be, or is, that of the next run. Nothing has been shown by then.
func (t *tail) overtaken(ctx context.Context, asked view, first logstream.Line) bool {
	restarted := func(v view) bool { return v.previous && !asked.previous || v.lost && !asked.lost }
	switch {
	case !t.state.live:
		return false
	case restarted(t.state.get()):
		return true
	case asked.previous || asked.finished == 0 || first.NS < asked.finished+int64(time.Second): // ends are told in whole seconds
		return false
	}
	return t.state.until(ctx, restarted)
}

// checked is emit for a log of which no line has been shown.
func (t *tail) checked(ctx context.Context, asked view) func(logstream.Line) {
	return func(l logstream.Line) {
		if !t.whose.known {
			t.whose.known, t.whose.foreign = true, t.overtaken(ctx, asked, l)
		}
		if !t.whose.foreign {
			t.emit(l)
		}
	}
}

// anew begins again with a log of which nothing was shown.
func (t *tail) anew() {
	t.cursor = t.cursor.Anew()
	t.whose.known, t.whose.foreign, t.begins = false, false, 0
	if t.head != nil {
		t.head = &head{want: t.head.want, ask: t.head.want + 1}
	}
}

// foreignGap says that a log which is read as the run before holds nothing of what was shown while it was the current one, and is
// older: that was the next run's.
func (t *tail) foreignGap(now view, g logstream.Gap) bool {
	return now.previous && t.whose.current && g.Before.Before(g.After)
}

// misreadAll says the same of a log that has no line as young as those shown.
func (t *tail) misreadAll(now view, e logstream.Ending, err error) bool {
	return t.whose.misread == nil && now.previous && t.whose.current && err == nil && !e.Whole && t.bytes == 0
}

// reread reads the log from its beginning. What was shown of the next run's is left out when that is read.
func (t *tail) reread() {
	t.whose.misread, t.whose.current, t.whose.foreign = t.cursor, false, false
	t.cursor = logstream.NewCursor()
	t.cursor.Adopt(t.whose.misread)
}

// shown is what is known of the lines that may be the next run's.
func (t *tail) shown() *logstream.Cursor {
	if t.whose.misread != nil {
		return t.whose.misread
	}
	return t.cursor
}

// restarted asks the node, once a log has been read as the current run's, whether that is the run before by now, and ends with
// another line than was shown last.
func (t *tail) restarted(ctx context.Context, now view) bool {
	if !t.state.live || !now.alive || now.previous || !now.over() {
		return false
	}
	o := t.request()
	o.Previous = true
	text, err := t.endOnNode(ctx, o, 1, pieceSize+stampRoom)
	line := bytes.TrimSuffix(text, []byte("\n"))
	ns, ok := logstream.ParseStamp(line)
	if err != nil || !ok || t.cursor.Shown(line) {
		return false
	}
	started := t.stream.Started
	return t.stream.Run == 0 || !started.IsZero() && ns >= started.UnixNano() // else it is the run before this one
}
