package faultproxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"
)

// errBroken is what a body's reader says to make the server break the connection off.
var errBroken = errors.New("broken off by a rule")

// body is an answer's body on its way through a fault.
type body struct {
	ctx    context.Context // ends with the client's request
	source io.ReadCloser
	reader *bufio.Reader
	fault  Fault
	frames framing // nil: bytes, not events
	events int
	left   int64  // bytes until the end; -1: no limit
	ready  []byte // to be handed out
	err    error  // after ready
}

func newBody(ctx context.Context, source io.ReadCloser, f Fault, frames framing) *body {
	b := &body{ctx: ctx, source: source, reader: bufio.NewReader(source), fault: f, frames: frames, left: -1}
	if f.AfterBytes > 0 && f.End != "" {
		b.left = f.AfterBytes
	}
	return b
}

// Close ends the server's answer.
func (b *body) Close() error { return b.source.Close() }

// Read hands out what the fault leaves of the answer.
func (b *body) Read(p []byte) (int, error) {
	for len(b.ready) == 0 {
		if b.err != nil {
			return 0, b.settle()
		}
		if b.frames != nil {
			b.readEvent()
		} else {
			b.readBytes(len(p))
		}
	}
	if b.fault.BytesPerSecond > 0 {
		p = p[:min(len(p), 1+b.fault.BytesPerSecond/20)]
		if err := pause(b.ctx, time.Second*time.Duration(len(p))/time.Duration(b.fault.BytesPerSecond)); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.ready)
	b.ready = b.ready[n:]
	return n, nil
}

// settle turns a stall into silence until the client goes away.
func (b *body) settle() error {
	if errors.Is(b.err, errSilent) {
		<-b.ctx.Done()
		b.err = errBroken
	}
	return b.err
}

var errSilent = errors.New("silent by a rule")

func (b *body) readBytes(most int) {
	if b.left == 0 {
		b.end(nil)
		return
	}
	if b.left > 0 {
		most = int(min(int64(most), b.left))
	}
	buffer := make([]byte, most)
	n, err := b.reader.Read(buffer)
	b.ready, b.err = buffer[:n], err
	if b.left > 0 {
		b.left -= int64(n)
		if b.left == 0 {
			b.end(nil)
			b.ready = buffer[:n]
		}
	}
}

func (b *body) readEvent() {
	if b.fault.End != "" && b.events >= b.fault.AfterEvents && b.fault.End != Half {
		b.end(nil)
		return
	}
	frame, err := b.frames.next(b.reader)
	if err != nil {
		b.ready, b.err = frame, err
		return
	}
	if b.fault.SwallowDeleted && b.frames.kind(frame) == "DELETED" {
		return
	}
	if b.fault.End != "" && b.events >= b.fault.AfterEvents {
		b.end(frame)
		return
	}
	b.events++
	b.ready = frame
	if b.fault.Duplicate {
		b.ready = append(append([]byte(nil), frame...), frame...)
	}
}

// end ends the body as the fault says. The frame is the one that would have come next, if it is there.
func (b *body) end(frame []byte) {
	switch b.fault.End {
	case Abort:
		b.err = errBroken
	case Stall:
		b.err = errSilent
	case Half:
		b.ready, b.err = frame[:len(frame)/2], io.EOF
	case Expired:
		b.err = io.EOF
		if b.frames != nil {
			if b.ready, b.err = b.frames.failure(tooOld()); b.err == nil {
				b.err = io.EOF
			}
		}
	default:
		b.err = io.EOF
	}
}

// pause waits, or less if the context ends, whose error it then returns.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
