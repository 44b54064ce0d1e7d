package logtail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// fat is a log of n lines of a thousand bytes, and what is shown of it.
func fat(name string, n int) (stored, shown string) {
	var a, b strings.Builder
	for i := range n {
		line := fmt.Sprintf("%s %d %s\n", name, i, strings.Repeat("x", 1000))
		a.WriteString(start.Add(time.Duration(i)*time.Millisecond).Format(stampLayout) + " " + line)
		b.WriteString(line)
	}
	return a.String(), b.String()
}

// atEnd calls over when a reply has been read.
type atEnd struct {
	io.ReadCloser
	over func()
}

func (r *atEnd) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil {
		r.over()
	}
	return n, err
}

// awaits is a reply that does not begin before something has happened.
type awaits struct {
	io.ReadCloser
	first <-chan struct{}
}

func (r *awaits) Read(p []byte) (int, error) {
	<-r.first
	return r.ReadCloser.Read(p)
}

// sidewise is a node of four large logs, the first of which does not begin before the others have been read to their ends.
func sidewise() (Opener, string) {
	logs, want, names := map[string]string{}, "", []string{"p0", "p1", "p2", "p3"}
	for _, name := range names {
		stored, shown := fat(name, 4000)
		logs[name+"/c"] = stored
		want += shown
	}
	node := newNode(logs)
	read := make(chan struct{})
	var others sync.WaitGroup
	others.Add(len(names) - 1)
	go func() {
		others.Wait()
		close(read)
	}()
	var once [4]sync.Once
	return openerFunc(func(ctx context.Context, ns, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
		body, err := node.OpenLog(ctx, ns, pod, o)
		if err != nil || o.TailLines != nil {
			return body, err
		}
		if pod == names[0] {
			return &awaits{body, read}, nil
		}
		return &atEnd{body, func() { once[pod[1]-'0'].Do(others.Done) }}, nil
	}), want
}

// Streams that are not written yet are read all the same, however large: a node gives them sooner side by side. What they put
// aside leaves no file behind, and has no name meanwhile.
func TestFetchReadsSideBySide(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TEMP", folder)
	t.Setenv("TMP", folder)
	synctest.Test(t, func(t *testing.T) {
		open, want := sidewise()
		b := newBench(open)
		named := 0
		b.Out = writerFunc(func(p []byte) (int, error) {
			named = max(named, len(names(t, folder)))
			return b.out.Write(p)
		})
		sum, err := b.Fetch(t.Context(), plan(pod("p0", 0, exited(0), nil), pod("p1", 0, exited(0), nil), pod("p2", 0, exited(0), nil), pod("p3", 0, exited(0), nil)))
		if err != nil || sum.Streams != 4 || b.out.String() != want {
			t.Errorf("%+v %v, %d bytes of %d", sum, err, b.out.Len(), len(want))
		}
		if named > 0 && runtime.GOOS != "windows" {
			t.Errorf("%d files had names", named)
		}
	})
	if left := names(t, folder); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func names(t *testing.T, folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Error(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// memory is a store that has so much room, and notes how it is used.
type memory struct {
	mu     sync.Mutex
	text   []byte
	room   int
	rotten bool
	slow   time.Duration // what writing takes
	closed int
}

var errFull = errors.New("no space left on device")

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	time.Sleep(m.slow)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text = append(m.text[:at], p...)
	if len(m.text) > m.room {
		m.text = m.text[:m.room]
		return max(0, m.room-int(at)), errFull
	}
	return len(p), nil
}

func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rotten {
		return 0, errors.New("input/output error")
	}
	return bytes.NewReader(m.text).ReadAt(p, at)
}

func (m *memory) Close() error {
	m.closed++
	return nil
}

// spoolBench is an output of three lanes in order, and what they put aside.
type spoolBench struct {
	*output
	lanes []*lane
	got   bytes.Buffer

	filesMu sync.Mutex
	made    []*memory
}

// files are those that were made until now.
func (b *spoolBench) files() []*memory {
	b.filesMu.Lock()
	defer b.filesMu.Unlock()
	return slices.Clone(b.made)
}

func newSpoolBench(ctx context.Context, t *testing.T, room int, slow time.Duration) *spoolBench {
	b := &spoolBench{}
	var release func()
	b.output, release = newOutput(ctx, &Engine{Out: &b.got}, oneByOne)
	b.spool.create = func() (store, error) {
		b.filesMu.Lock()
		defer b.filesMu.Unlock()
		m := &memory{room: room, slow: slow}
		b.made = append(b.made, m)
		return m, nil
	}
	b.lanes = b.make(3)
	b.close()
	t.Cleanup(func() {
		release()
		for i, m := range b.files() {
			if m.closed != 1 {
				t.Errorf("file %d was closed %d times", i, m.closed)
			}
		}
		if b.spool.size != 0 {
			t.Errorf("%d bytes are counted still", b.spool.size)
		}
	})
	return b
}

// fill puts lines into a lane in batches, and finishes it.
func (b *spoolBench) fill(l *lane, text string) {
	buf := []byte(nil)
	for len(text) > 0 {
		n := min(len(text), batch-17)
		buf = append(buf[:0], text[:n]...)
		text = text[n:]
		var err error
		if buf, err = b.put(l, buf, false); err != nil {
			break
		}
	}
	b.finish(l)
}

// fills has the first lane filled when asked to, and the others at the same time after a while.
func (b *spoolBench) fills(texts []string, others time.Duration) (first func(), done *sync.WaitGroup) {
	done = &sync.WaitGroup{}
	begin := make(chan struct{})
	for i := range b.lanes {
		done.Go(func() {
			if i == 0 {
				<-begin
			} else {
				time.Sleep(others)
			}
			b.fill(b.lanes[i], texts[i])
		})
	}
	return sync.OnceFunc(func() { close(begin) }), done
}

func threeLogs(lines int) []string {
	_, p := fat("p", lines)
	_, q := fat("q", lines)
	_, r := fat("r", lines)
	return []string{p, q, r}
}

// Where there is no room for what would be put aside, wherever in it that shows, streams wait for their turn, and nothing is lost.
func TestSpoolWithoutRoom(t *testing.T) {
	for _, room := range []int{0, 1, 1 << 20, 5<<20 + 1, 100 << 20} {
		t.Run(fmt.Sprint(room), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, texts := newSpoolBench(t.Context(), t, room, 0), threeLogs(9000)
				first, done := b.fills(texts, 0)
				time.AfterFunc(time.Second, first)
				if err := b.run(); err != nil || b.got.String() != strings.Join(texts, "") {
					t.Errorf("%v, %d bytes", err, b.got.Len())
				}
				done.Wait()
				if len(b.files()) == 0 {
					t.Error("nothing was put aside")
				}
			})
		})
	}
}

// A stream whose turn comes while something of it is on its way into its file goes on with that, and nothing is lost.
func TestSpoolWhoseTurnComes(t *testing.T) {
	for wait := range 14 {
		synctest.Test(t, func(t *testing.T) {
			b, texts := newSpoolBench(t.Context(), t, 100<<20, time.Millisecond), threeLogs(3000)
			texts[0] = "the first line\n"
			first, done := b.fills(texts, 0)
			time.AfterFunc(time.Duration(wait)*time.Millisecond+time.Millisecond/2, first)
			if err := b.run(); err != nil || b.got.String() != strings.Join(texts, "") {
				t.Errorf("%v, %d bytes", err, b.got.Len())
			}
			done.Wait()
		})
	}
}

// So much is put aside and no more.
func TestSpoolIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, texts := newSpoolBench(t.Context(), t, 100<<20, 0), threeLogs(9000)
		b.spool.most = 4 << 20
		first, done := b.fills(texts, 0)
		time.AfterFunc(time.Second, func() {
			b.mu.Lock()
			if b.spool.size > b.spool.most || b.spool.size < 2<<20 || b.waiting > readAhead+2*batch {
				t.Errorf("%d bytes aside, %d in memory", b.spool.size, b.waiting)
			}
			b.mu.Unlock()
			first()
		})
		if err := b.run(); err != nil || b.got.String() != strings.Join(texts, "") {
			t.Errorf("%v, %d bytes", err, b.got.Len())
		}
		done.Wait()
	})
}

// When it is the output's reader that is slow, nothing is put aside: there is nothing to be won.
func TestSpoolIsNotForASlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, texts := newSpoolBench(t.Context(), t, 100<<20, 0), threeLogs(9000)
		b.w = writerFunc(func(p []byte) (int, error) {
			time.Sleep(time.Second)
			return b.got.Write(p)
		})
		first, done := b.fills(texts, time.Second/2)
		first()
		if err := b.run(); err != nil || b.got.String() != strings.Join(texts, "") {
			t.Errorf("%v, %d bytes", err, b.got.Len())
		}
		done.Wait()
		for _, m := range b.files() {
			t.Errorf("%d bytes were put aside", len(m.text))
		}
	})
}

// What cannot be read back ends the reading with an error: going on would leave a hole.
func TestSpoolThatRots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, texts := newSpoolBench(t.Context(), t, 100<<20, 0), threeLogs(9000)
		first, done := b.fills(texts, 0)
		time.AfterFunc(time.Second, func() {
			for _, m := range b.files() {
				m.mu.Lock()
				m.rotten = true
				m.mu.Unlock()
			}
			first()
		})
		var failed *WriteError
		if err := b.run(); !errors.As(err, &failed) || !strings.Contains(err.Error(), "temporary file: input/output error") {
			t.Errorf("%v", err)
		}
		if b.got.String() != texts[0] {
			t.Errorf("%d bytes", b.got.Len())
		}
		done.Wait()
	})
}

// An interrupt has what is in memory written, in order, and not the megabytes that were put aside nor what comes behind them.
func TestSpoolInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b, texts := newSpoolBench(ctx, t, 100<<20, 0), threeLogs(9000)
		texts[0] = "the first line\n"
		first, done := b.fills(texts, 0)
		time.AfterFunc(time.Second, func() {
			cancel()
			synctest.Wait()
			first()
		})
		if err := b.run(); err != nil || b.got.String() != texts[0] {
			t.Errorf("%v, %d bytes", err, b.got.Len())
		}
		done.Wait()
	})
}

// A temporary file keeps what is written to it and is gone when it is closed.
func TestTemporary(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TEMP", folder)
	t.Setenv("TMP", folder)
	f, err := newTemporary()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("text"), 3); err != nil {
		t.Error(err)
	}
	got := make([]byte, 4)
	if _, err := f.ReadAt(got, 3); err != nil || string(got) != "text" {
		t.Errorf("%v %q", err, got)
	}
	if err := f.Close(); err != nil || len(names(t, folder)) > 0 {
		t.Errorf("%v, left behind: %v", err, names(t, folder))
	}
	t.Setenv("TMPDIR", folder+"/none")
	if _, err := newTemporary(); err == nil && runtime.GOOS != "windows" {
		t.Error("a folder that is not there")
	}
}
