package logtail

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

const (
	// answerPatience is how long the node may take to say what the last line of a log is.
	answerPatience = 5 * time.Second
	// underway is how long a line that is there already may take to come through the stream.
	underway = 250 * time.Millisecond
	// stampRoom is how much of the last line is asked for, in bytes: its stamp.
	stampRoom = 64
	// rotationsApart is the least time between two rotations of a log, which the kubelet looks for every 10 s, and not more
	// often than every 3 s (containerLogMonitorInterval).
	rotationsApart = 3 * time.Second
)

// standing is how a stream that brings nothing stands to the log on the node.
type standing int

const (
	isLevel standing = iota // there is nothing that it did not bring
	isBehind
	unreachable
)

// level is how far the reading of a stream is, beside what the node has. The guard shares it.
type level struct {
	heard  atomic.Int64 // bytes read in all
	last   atomic.Int64 // when the line that came last was written, in nanoseconds since 1970; 0: none has come
	waited atomic.Bool  // nothing came at first: the log was empty, or the node took its time
	busy   atomic.Bool  // lines are being handed over, and nothing is read

	came     time.Time     // the first bytes
	quiet    time.Duration // how long the stream may bring nothing; 0: not set yet
	stuck    bool          // the stream is cut because the node has lines that it does not bring
	missed   int64         // and when the last of them was written; 0: there is a new file, in which there is no line yet
	reopened bool          // the last stream was cut for that
	empty    bool          // and for a new file without a line
	drained  bool          // the last stream came to the end of its file
}

// ended takes note of a stream's end. clean says that it neither broke nor ended within a line.
func (v *level) ended(clean bool) {
	v.reopened, v.empty, v.drained = v.stuck, v.stuck && v.missed == 0, v.stuck || clean
}

// compare asks the node for the last line of a log. heard is how much has come of it, and brought says that some of that
// came through the present stream.
//
// A kubelet that follows a log learns that the file was rotated from a watch which it begins only when it has come to the
// end of the file for the first time (ReadLogs in k8s.io/cri-client/pkg/logs). If the file is rotated before that, which
// takes a program that writes fast, it waits for ever for more to be written to the old one, and what the program writes
// meanwhile is missing from the stream without a word.
func (t *tail) compare(ctx context.Context, now view, heard int64, brought bool) standing {
	last, ok := t.lastOnNode(ctx)
	switch shown := t.level.last.Load(); {
	case !ok && ctx.Err() == nil:
		return unreachable
	case !ok, last == shown, last != 0 && last < shown:
		return isLevel
	case last == 0 && t.level.reopened && !brought:
		return isLevel // the new file has no line yet
	case t.level.reopened && last == t.level.missed:
		return isLevel // a stream that was opened for this line does not bring it: it has not ended yet
	}
	if t.state.waitFor(ctx, now, underway) != nil || t.level.heard.Load() != heard || t.state.get() != now {
		return isLevel
	}
	t.level.missed = last // read when the guard has ended, and by the next one
	return isBehind
}

// lastOnNode is when the last line of the log was written, in nanoseconds since 1970; 0: the file has no line.
func (t *tail) lastOnNode(ctx context.Context) (ns int64, ok bool) {
	room, o := int64(stampRoom), t.request()
	o.LimitBytes = &room
	text, err := t.endOnNode(ctx, o, 1, stampRoom)
	switch {
	case err != nil:
		return 0, false
	case len(bytes.TrimSpace(text)) == 0:
		return 0, true
	}
	return logstream.ParseStamp(text)
}

// aim is the line that a plain read of a container that runs is to reach.
type aim struct {
	line  int64 // when it was written, in nanoseconds since 1970; 0: not known
	asked int   // how often the node was asked for it
}

// aim asks, while a plain read of a container that runs is under way and has turned out to be large, what the log's last line is.
// The kubelet is held up by its readers: it is not at the end by then and will pass that line, which no second read is needed for.
// Of a log that fits into what lies between, and has grown since, a second read brings what is missing.
func (t *tail) aim(ctx context.Context, now view) {
	if t.engine.follow || now.over() || t.aimed.line != 0 {
		return
	}
	t.aimed.asked++
	t.aimed.line, _ = t.lastOnNode(ctx) // 0 where it does not say
}

// reached says that a plain read of a container that runs, which ended cleanly, has brought what there was. A short one is
// believed (see surelyWhole), and so is a node that gives its log many times and never the end of it.
func (t *tail) reached(e logstream.Ending) bool {
	switch {
	case e.News == 0 && t.trust.intact:
		return true
	case t.aimed.line == 0:
		return t.bytes <= surelyWhole || t.aimed.asked >= maxBarren
	default:
		return t.cursor.Last() >= t.aimed.line
	}
}

// whole says that a log which ended cleanly, as one also does whose node went down between two lines, ends with the line
// that was shown last. The node finds its last lines by reading backwards, and what was written since some time by reading
// all of it: of 200 MB that takes as long as the first read did.
func (t *tail) whole(ctx context.Context, now view) bool {
	const two, room = 2, 2 * (pieceSize + stampRoom)
	o := t.request()
	o.Previous = now.previous
	text, err := t.endOnNode(ctx, o, two, room)
	lines, ended := bytes.CutSuffix(text, []byte("\n"))
	if err != nil || !ended {
		return false
	}
	before, last, several := bytes.Cut(lines, []byte("\n"))
	if !several {
		before, last = nil, before
	}
	if !t.cursor.Shown(last) {
		return false
	}
	// Where two lines have one time, as with a runtime that takes the time of several at once, it does not tell which was last.
	other, ok := logstream.ParseStamp(before)
	return !several || (ok && other != t.cursor.Last())
}

// endOnNode reads the last lines of a log, so many bytes at most.
func (t *tail) endOnNode(ctx context.Context, o *corev1.PodLogOptions, lines, most int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	o.TailLines = &lines
	body, err := t.engine.Open.OpenLog(ctx, t.stream.Object.Namespace, t.stream.Object.Name, o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }() // what was wanted of it has been read
	return io.ReadAll(io.LimitReader(body, most))
}

// contiguous says that a log which does not go on with the line shown last goes on behind it all the same: its file was
// rotated, all of the old one had been read, and there was no other in between: when the old one had been read nothing
// was in the new one, or there was no time for two rotations. A stream that ended by itself while its container ran has not
// read all: a kubelet that is restarted ends it as cleanly.
func (t *tail) contiguous(now view, g logstream.Gap) bool {
	switch {
	case !t.level.drained:
		return false
	case t.level.empty:
		return true
	default:
		return (t.level.reopened || now.over()) && g.Before.Sub(g.After) < rotationsApart
	}
}

// endedMeanwhile says that such a log goes on behind the line shown last because its container has ended, of which the news has come
// since it was asked for: that ended the last stream. If a request was refused in between it may have been the kubelet's restart.
func (t *tail) endedMeanwhile(g logstream.Gap) bool {
	return t.tries.refusals == 0 && t.tries.missing == 0 && !t.tries.denied && t.contiguous(t.state.get(), g)
}

const (
	// lateStart is how long after its container a log begins that may have been rotated: the kubelet looks every 10 s.
	lateStart = 10 * time.Second
	// muchText is how large such a log is at least, in bytes: a program that writes little has no log that is rotated.
	muchText = 256 << 10
)

// watched says that the log was empty when it was asked for, so that all of it has been seen. A kubelet answers when there is a line,
// so nothing but a silence shows that, and a slow answer is one as well: but what that brings was written before it came. A log
// that is being written comes as fast as that.
func (t *tail) watched() bool {
	return t.level.waited.Load() && time.Duration(t.cursor.Last()-t.begins) <= t.engine.Now().Sub(t.level.came)+glance
}

// tellLate tells that the beginning of a log seems to be missing, which cannot be known for certain: a program may have
// worked in silence at first.
func (t *tail) tellLate() {
	r, started := t.engine.Read, t.stream.Started
	switch {
	case t.late, t.begins == 0, t.level.heard.Load() < muchText, r.Since != nil, r.Tail >= 0, started.IsZero(),
		t.engine.Now == nil, t.watched():
		return
	}
	t.late = true
	if begins := time.Unix(0, t.begins); begins.Sub(started) >= lateStart {
		t.engine.tell(Note{Kind: Late, Stream: t.stream, Gap: logstream.Gap{After: started, Before: begins}})
	}
}
