package logtail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

const (
	// maxEnd is how much of a log's end is kept, in bytes, however long its lines are.
	maxEnd = 64 << 10
	// endPatience is how long reading one takes at most: a verdict must not hang on a node that does not answer.
	endPatience = 15 * time.Second
)

// End is the end of a log, in memory.
type End struct {
	Stream logstream.Stream
	Text   []byte // as formatted
	Cut    bool   // Text is not all the lines that were asked for: they are too long
	Err    error  // why it could not be read
	Early  bool   // its container went on, or may have, after it was read, and then it could not be

	whole bool // it was followed until its container ended
}

// Stopped says that the container did not fail by itself: its pod was deleted.
func (e *End) Stopped() bool { return stopped(e.Stream) }

// when is the time by which ends are ordered.
func (e *End) when() time.Time {
	if e.Stream.Finished.IsZero() {
		return e.Stream.Started
	}
	return e.Stream.Finished
}

// outdated says that the log was read in another state than the run is in now: it may have gone on, or be another run's.
func (e *End) outdated(now logstream.Stream) bool {
	return !e.whole && (e.Stream.Phase != now.Phase || e.Stream.Previous != now.Previous)
}

// mayGoOn says that the container had not ended when its log was read.
func (e *End) mayGoOn() bool { return e.Err == nil && !e.whole && e.Stream.Phase != logstream.Ended }

// readEnd reads the end of one log.
func readEnd(ctx context.Context, f *Failures, s logstream.Stream) *End {
	ctx, cancel := context.WithTimeout(ctx, endPatience)
	defer cancel()
	end := &End{Stream: s}
	out := lastBytes{lines: f.Lines}
	e := f.engine(&out)
	e.Tell = func(n Note) {
		switch n.Kind {
		case GaveUp:
			end.Err = n.Err
		case Removed:
			end.Err = errRemoved
		case GapNote, KubeletNote, Trouble, Forgotten, Late: // the lines there are, are shown
		}
	}
	if _, err := e.Fetch(ctx, []logstream.Stream{s}); err != nil && end.Err == nil {
		end.Err = err
	}
	if errors.Is(end.Err, context.DeadlineExceeded) {
		end.Err = fmt.Errorf("the node did not give it within %s", endPatience)
	}
	end.Text, end.Cut = out.text()
	return end
}

// followEnd follows a log to the end of its container, or of ctx. What had come by then is its end.
func followEnd(ctx context.Context, f *Failures, s logstream.Stream, st *state) *End {
	end := &End{Stream: s}
	out := lastBytes{lines: f.Lines}
	err := f.engine(&out).toEnd(ctx, s, st)
	end.Text, end.Cut = out.text()
	end.whole = err == nil
	if len(end.Text) == 0 {
		end.Err = err
	}
	return end
}

func (f *Failures) engine(out io.Writer) *Engine {
	return &Engine{Open: f.Open, Out: out, Format: f.Format, Complete: true, Requests: 1, Read: Reading{Tail: f.Lines}}
}

// lastBytes keeps the last whole lines that were written to it: maxEnd bytes at most.
type lastBytes struct {
	lines int64 // so many at most; 0: any
	kept  []byte
	cut   bool
}

func (b *lastBytes) Write(p []byte) (int, error) {
	b.kept = append(b.kept, p...)
	if len(b.kept) > 2*maxEnd {
		b.trim()
	}
	return len(p), nil
}

func (b *lastBytes) trim() {
	over := len(b.kept) - maxEnd
	if over <= 0 {
		return
	}
	b.cut = true
	if i := bytes.IndexByte(b.kept[over:len(b.kept)-1], '\n'); i >= 0 {
		over += i + 1
	}
	b.kept = append(b.kept[:0], b.kept[over:]...)
}

func (b *lastBytes) text() ([]byte, bool) {
	b.trim()
	if b.lines == 0 {
		return b.kept, b.cut
	}
	from := len(bytes.TrimSuffix(b.kept, []byte("\n")))
	for range b.lines {
		if from = bytes.LastIndexByte(b.kept[:from], '\n'); from < 0 {
			return b.kept, b.cut
		}
	}
	return b.kept[from+1:], false
}
