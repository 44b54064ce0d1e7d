//go:build !windows

package ptytest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// patience bounds every wait.
const patience = 60 * time.Second

// Session is a program on a terminal of its own, of 80 by 24 to begin with.
type Session struct {
	Process *os.Process

	t       *testing.T
	master  *os.File
	slave   *os.File // kept open: its settings are asked for when the program has ended
	command *exec.Cmd
	ended   chan struct{}
	stty    string // of the terminal before the start

	mu     sync.Mutex
	screen *vt.Emulator
	raw    bytes.Buffer
}

// Start starts a program with the environment of the test and what is added to it. It is killed with the test.
func Start(t *testing.T, env []string, args ...string) *Session {
	t.Helper()
	master, slave, err := open()
	if err != nil {
		t.Fatal(err)
	}
	s := &Session{t: t, master: master, slave: slave, ended: make(chan struct{}), screen: vt.NewEmulator(80, 24)}
	s.Resize(80, 24)
	s.stty = s.settings()
	s.command = exec.CommandContext(context.WithoutCancel(t.Context()), args[0], args[1:]...)
	s.command.Env = append(append(os.Environ(), "TERM=xterm-256color", "LANG=C.UTF-8"), env...)
	s.command.Stdin, s.command.Stdout, s.command.Stderr = slave, slave, slave
	// The terminal is the program's own, so that its Ctrl-C and its closing reach it.
	s.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	// A terminal's shell starts programs with no signal ignored; whoever runs the tests may ignore some (nohup, &).
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err = s.command.Start()
	signal.Stop(heard)
	if err != nil {
		t.Fatal(err)
	}
	s.Process = s.command.Process
	go func() { _, _ = io.Copy(io.Discard, s.screen) }() // answers to what the program asks of the terminal
	go s.read()
	go func() {
		_ = s.command.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = s.Process.Kill()
		<-s.ended
		_ = slave.Close()
		_ = master.Close()
	})
	return s
}

// open opens a terminal whose master can be closed while it is being read.
func open() (master, slave *os.File, err error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, nil, err
	}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Dup(int(blocking.Fd()))
	if err != nil {
		return nil, nil, err
	}
	syscall.CloseOnExec(fd)
	err = errors.Join(blocking.Close(), syscall.SetNonblock(fd, true)) // before NewFile, which looks
	return os.NewFile(uintptr(fd), "master"), slave, err
}

func (s *Session) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := s.master.Read(buffer)
		s.mu.Lock()
		s.raw.Write(buffer[:n])
		_, _ = s.screen.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Text is what the screen shows.
func (s *Session) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// Written is every byte that the program wrote.
func (s *Session) Written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

// Await waits until the screen shows a text.
func (s *Session) Await(what string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(s.Text(), what); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("no %q on the screen:\n%s", what, s.Text())
		}
	}
}

// Type sends what a person types: "\x03" is Ctrl-C.
func (s *Session) Type(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// Resize gives the terminal another size.
func (s *Session) Resize(columns, rows uint16) {
	s.t.Helper()
	if err := pty.Setsize(s.master, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.screen.Resize(int(columns), int(rows))
}

// Hangup closes the terminal, as closing its window does: the program gets SIGHUP, and its writes fail.
func (s *Session) Hangup() {
	_ = s.slave.Close()
	_ = s.master.Close()
}

// Ended waits a little for the program's end and says whether it came.
func (s *Session) Ended(within time.Duration) bool {
	select {
	case <-s.ended:
		return true
	case <-time.After(within):
		return false
	}
}

// End waits for the program's end and returns its exit code (-1: killed by a signal) and how long that took.
func (s *Session) End() (int, time.Duration) {
	s.t.Helper()
	began := time.Now()
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Fatalf("still running:\n%s", s.Text())
	}
	took := time.Since(began)
	s.drain()
	return s.command.ProcessState.ExitCode(), took
}

// drain waits until all that the program wrote has come through the terminal: a NUL, which draws nothing, goes last.
func (s *Session) drain() {
	if _, err := s.slave.WriteString("\x00"); err != nil {
		return // hung up: nothing comes
	}
	for deadline := time.Now().Add(patience); !strings.Contains(s.Written(), "\x00"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatal("the terminal is stuck")
		}
	}
}

// settings is what stty -g says of the terminal.
func (s *Session) settings() string {
	s.t.Helper()
	stty := exec.Command("stty", "-g")
	stty.Stdin = s.slave
	out, err := stty.Output()
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// Unharmed checks that the terminal is left as it was found: T5.
func (s *Session) Unharmed() {
	s.t.Helper()
	if after := s.settings(); after != s.stty {
		s.t.Errorf("stty -g was %s and is %s", s.stty, after)
	}
	raw := s.Written()
	if hid, shown := strings.LastIndex(raw, "\x1b[?25l"), strings.LastIndex(raw, "\x1b[?25h"); hid > shown {
		s.t.Error("the cursor is hidden")
	}
	if off, on := strings.LastIndex(raw, "\x1b[?7l"), strings.LastIndex(raw, "\x1b[?7h"); off > on {
		s.t.Error("autowrap is off")
	}
	if strings.Contains(raw, "\x1b[?1049") {
		s.t.Error("the alternate screen was used")
	}
}
