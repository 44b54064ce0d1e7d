package logs

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// saver also writes each log to a file of its own, below one folder and nowhere else: file names hold names that come
// from the cluster.
type saver struct {
	root   *os.Root
	folder string
	force  bool
	stamps bool

	mu     sync.Mutex
	failed []error
	taken  map[string]logstream.Key // the names of files, and whose they are
}

// openSaver opens the folder, which is made if it is missing.
func openSaver(o Options) (*saver, error) {
	if err := os.MkdirAll(o.Save, 0o755); err != nil {
		return nil, fmt.Errorf("--save: %w", err)
	}
	root, err := os.OpenRoot(o.Save)
	if err != nil {
		return nil, fmt.Errorf("--save: %w", err)
	}
	return &saver{root: root, folder: o.Save, force: o.Force, stamps: o.Timestamps, taken: map[string]logstream.Key{}}, nil
}

// fileName is <index>-<attempt>-<container>.log, with the pod's name in place of the index where there is none.
func fileName(s logstream.Stream) (string, error) {
	first := s.PodName()
	if s.Index >= 0 {
		first = strconv.Itoa(int(s.Index))
	}
	name := fmt.Sprintf("%s-%d-%s.log", first, s.Attempt, s.Container)
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-.", r) {
			return "", fmt.Errorf("--save: %+q is not a name for a file", name)
		}
	}
	if strings.HasPrefix(name, ".") {
		return "", fmt.Errorf("--save: %+q is not a name for a file", name)
	}
	return name, nil
}

// check refuses to begin if a file is in the way, or if two streams would have the same one.
func (v *saver) check(streams []logstream.Stream) error {
	for _, s := range streams {
		name, err := v.take(s)
		if err != nil {
			return err
		}
		for _, file := range []string{name, name + partial} {
			if _, err := v.root.Lstat(file); err == nil && !v.force {
				return v.exists(file)
			}
		}
	}
	return nil
}

// take gives the name of a stream's file, which no other stream of this run has.
func (v *saver) take(s logstream.Stream) (string, error) {
	name, err := fileName(s)
	if err != nil {
		return "", err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if owner, taken := v.taken[name]; taken && owner != s.Key {
		return "", fmt.Errorf("--save: two logs would be called %s\nchoose one Job, or one run", name)
	}
	v.taken[name] = s.Key
	return name, nil
}

// errExists says that a file is in the way.
var errExists = errors.New("exists\n--force overwrites it")

func (v *saver) exists(name string) error {
	return fmt.Errorf("--save %s: %s %w", safetext.Line(v.folder), safetext.Line(name), errExists)
}

// formatter returns one that saves a stream and hands its lines on.
func (v *saver) formatter(s logstream.Stream, next logstream.Formatter) logstream.Formatter {
	f := &saving{saver: v, next: next, text: logstream.Text{Stamps: v.stamps}}
	f.fail(f.open(s))
	return f
}

// saving writes one log to its file under a name that says that it is not whole yet.
type saving struct {
	saver *saver
	next  logstream.Formatter
	text  logstream.Text
	name  string
	file  *os.File
	out   *bufio.Writer
	buf   []byte
	begun bool // something was written
}

// partial ends the name of a file whose log is not whole: it is still being read, or its reading was broken off.
const partial = ".partial"

func (f *saving) open(s logstream.Stream) error {
	name, err := f.saver.take(s)
	if err != nil {
		return err
	}
	root := f.saver.root
	if f.saver.force {
		if err := root.Remove(name + partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("--save: %w", err)
		}
	}
	file, err := root.OpenFile(name+partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return f.saver.exists(name + partial)
	case err != nil:
		return fmt.Errorf("--save: %w", err)
	}
	f.name, f.file, f.out = name, file, bufio.NewWriterSize(file, 64<<10)
	return nil
}

// fail remembers a failure. The log is still printed.
func (f *saving) fail(err error) {
	if err == nil {
		return
	}
	f.saver.mu.Lock()
	defer f.saver.mu.Unlock()
	f.saver.failed = append(f.saver.failed, err)
}

// Append implements logstream.Formatter.
func (f *saving) Append(dst []byte, l logstream.Line) []byte {
	if f.file != nil {
		f.buf = f.text.Append(f.buf[:0], l)
		f.begun = f.begun || len(f.buf) > 0
		if _, err := f.out.Write(f.buf); err != nil {
			f.fail(fmt.Errorf("--save: %w", err))
			_ = f.file.Close() // what it would say has been said
			f.file = nil
		}
	}
	return f.next.Append(dst, l)
}

// Gap implements the engine's interface for formatters that show gaps.
func (f *saving) Gap(dst []byte, g logstream.Gap) []byte {
	if n, ok := f.next.(interface {
		Gap([]byte, logstream.Gap) []byte
	}); ok {
		return n.Gap(dst, g)
	}
	return dst
}

// Done gives the file its name if the log is whole. One into which nothing came, of a container that has not started, keeps
// nothing: it goes, or it would be in the way of the next run.
func (f *saving) Done(whole bool) {
	if f.file == nil {
		return
	}
	err := errors.Join(f.out.Flush(), f.file.Close())
	f.file = nil
	switch {
	case err != nil:
	case whole:
		err = f.publish()
	case !f.begun:
		err = f.saver.root.Remove(f.name + partial)
	}
	if err != nil && !errors.Is(err, errExists) {
		err = fmt.Errorf("--save: %w", err)
	}
	f.fail(err)
}

// publish names the file in one step, over no other file unless that is wanted.
func (f *saving) publish() error {
	root := f.saver.root
	if f.saver.force {
		return root.Rename(f.name+partial, f.name)
	}
	err := root.Link(f.name+partial, f.name)
	switch {
	case err == nil:
		return root.Remove(f.name + partial)
	case errors.Is(err, fs.ErrExist):
		return f.saver.exists(f.name)
	}
	// The file system has no links.
	if _, there := root.Lstat(f.name); there == nil {
		return f.saver.exists(f.name)
	}
	return root.Rename(f.name+partial, f.name)
}

// close ends saving, and gives what could not be saved.
func (v *saver) close() []error {
	if err := v.root.Close(); err != nil {
		v.failed = append(v.failed, fmt.Errorf("--save: %w", err))
	}
	return v.failed
}
