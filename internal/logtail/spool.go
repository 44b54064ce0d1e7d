package logtail

import (
	"bytes"
	"errors"
	"io"
	"os"
)

const (
	// maxSpool is how much all streams together may have put aside, in bytes. Beyond that they wait: the folder for temporary
	// files may lie in memory.
	maxSpool = 512 << 20
	// chunk is how much of it is written at once, in bytes.
	chunk = 256 << 10
)

// spool is where streams that are not written yet put what they have read, so that they need not wait for their turn: a
// node gives four logs side by side sooner than one after the other.
type spool struct {
	create func() (store, error)
	most   int64 // maxSpool
	used   map[*aside]bool
	size   int64 // bytes in all files
	broken bool  // there is no room, or no folder: nothing more is put aside
	buf    []byte
}

func newSpool() spool { return spool{create: newTemporary, most: maxSpool, used: map[*aside]bool{}} }

// store is a file for a while.
type store interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// aside is what one stream has put aside.
type aside struct {
	file          store
	read, written int64
}

// rest says that there is something that was not read back yet.
func (a *aside) rest() bool { return a != nil && a.read < a.written }

// putAside moves what waits in a lane into its file. It is asked to by the stream of that lane, when there is no room for more,
// and does so only while what is written waits for what is read: if the reader of the output is slow, nothing is won by it.
// It lets go of the lock meanwhile. moved says that there may be room now.
func (o *output) putAside(l *lane) (moved bool) {
	s := &o.spool
	if s.broken || len(l.pending) == 0 || !o.starved(l) || s.size+int64(len(l.pending)) > s.most {
		return false
	}
	text, file := l.pending, l.aside
	l.pending, l.moving = nil, true
	s.size += int64(len(text))
	o.mu.Unlock()
	err := error(nil)
	if file == nil {
		file = &aside{}
		file.file, err = s.create()
	}
	if err == nil {
		_, err = file.file.WriteAt(text, file.written)
	}
	o.mu.Lock()
	l.moving = false
	if file.file != nil {
		l.aside = file
		s.used[file] = true
	}
	if err != nil { // what stands behind file.written is not there
		s.broken, l.pending = true, text
		s.size -= int64(len(text))
	} else {
		file.written += int64(len(text))
		l.pending = text[:0]
		o.waiting -= len(text)
	}
	o.changed.Broadcast()
	return true
}

// starved says that the output waits for the stream that is being written, which is another one than that of a lane.
func (o *output) starved(l *lane) bool {
	return o.idle && !o.stopped && len(o.lanes) > 0 && o.lanes[0] != l
}

// takeBack reads the next whole lines, or a piece of a long one, of what a lane has put aside. The text is good until the next call.
// The lock is held: while this is being written no other stream puts anything aside.
func (o *output) takeBack(l *lane) ([]byte, error) {
	a := l.aside
	if o.spool.buf == nil {
		o.spool.buf = make([]byte, chunk)
	}
	text := o.spool.buf[:min(chunk, a.written-a.read)]
	if _, err := io.ReadFull(io.NewSectionReader(a.file, a.read, int64(len(text))), text); err != nil {
		return nil, err
	}
	if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
		text = text[:i+1]
	}
	a.read += int64(len(text))
	if !a.rest() && !l.moving { // it is this lane's turn, so it puts nothing aside any more
		o.spool.drop(a)
		l.aside = nil
	}
	return text, nil
}

// drop lets go of a file.
func (s *spool) drop(a *aside) {
	delete(s.used, a)
	s.size -= a.written
	_ = a.file.Close() // nothing of it is wanted any more
}

// release lets go of all.
func (s *spool) release() {
	for a := range s.used {
		s.drop(a)
	}
}

// temporary is a file without a name, where the system has that: then nothing is left of it however the program ends.
type temporary struct {
	*os.File
	name string // where the system has not
}

func newTemporary() (store, error) {
	f, err := os.CreateTemp("", "kubectl-jobx-log-*")
	if err != nil {
		return nil, err
	}
	t := &temporary{File: f}
	if os.Remove(f.Name()) != nil {
		t.name = f.Name()
	}
	return t, nil
}

// Close implements io.Closer.
func (t *temporary) Close() error {
	err := t.File.Close()
	if t.name != "" {
		err = errors.Join(err, os.Remove(t.name))
	}
	return err
}
