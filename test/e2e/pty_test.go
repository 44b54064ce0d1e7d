//go:build e2e && !windows

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

// session is a program on a terminal of its own: what it writes is kept, and drawn by an emulator.
type session struct {
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

// onTerminal starts a program on a terminal of 80 by 24.
func onTerminal(t *testing.T, env []string, args ...string) *session {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, master: master, slave: slave, ended: make(chan struct{}), screen: vt.NewEmulator(80, 24)}
	s.resize(80, 24)
	s.stty = s.settings()
	s.command = exec.CommandContext(t.Context(), args[0], args[1:]...)
	s.command.Env = append(append(os.Environ(), "TERM=xterm-256color", "LANG=C.UTF-8"), env...)
	s.command.Stdin, s.command.Stdout, s.command.Stderr = slave, slave, slave
	s.command.SysProcAttr = onItsOwn()
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, s.screen) }() // answers to what the program asks of the terminal
	go s.read()
	go func() {
		_ = s.command.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = s.command.Process.Kill()
		<-s.ended
		_ = slave.Close()
		_ = master.Close()
	})
	return s
}

func (s *session) read() {
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

// text is what the screen shows.
func (s *session) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// written is every byte that the program wrote.
func (s *session) written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

func (s *session) await(what string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(s.text(), what); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("no %q on the screen:\n%s", what, s.text())
		}
	}
}

func (s *session) resize(columns, rows uint16) {
	s.t.Helper()
	if err := pty.Setsize(s.master, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.screen.Resize(int(columns), int(rows))
}

// end waits for the program's end and returns its exit code and how long that took.
func (s *session) end() (int, time.Duration) {
	s.t.Helper()
	began := time.Now()
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Fatalf("still running:\n%s", s.text())
	}
	took := time.Since(began)
	time.Sleep(50 * time.Millisecond) // the last bytes are on their way through the terminal
	return s.command.ProcessState.ExitCode(), took
}

// settings is what stty -g says of the terminal.
func (s *session) settings() string {
	s.t.Helper()
	stty := exec.Command("stty", "-g")
	stty.Stdin = s.slave
	out, err := stty.Output()
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// unharmed checks that the terminal is left as it was found: T5.
func (s *session) unharmed() {
	s.t.Helper()
	if after := s.settings(); after != s.stty {
		s.t.Errorf("stty -g was %s and is %s", s.stty, after)
	}
	raw := s.written()
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

// namespaceWith makes a namespace with a manifest in it, and returns the environment that leads there.
func namespaceWith(t *testing.T, manifest string) []string {
	t.Helper()
	l := newLab(t)
	name, kubeconfig, err := l.namespaceIn(t, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	vars := []string{"KUBECONFIG=" + kubeconfig}
	apply := exec.Command("kubectl", "apply", "-n", name, "-f", "-")
	apply.Env = append(os.Environ(), vars...)
	apply.Stdin = strings.NewReader(manifest)
	if out, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return vars
}

// namespaceIn makes a namespace that goes with the test, and a kubeconfig in a folder that stands in it.
func (l *lab) namespaceIn(t *testing.T, folder string) (name, kubeconfig string, err error) {
	t.Helper()
	name = "e2e-terminal-" + strings.ToLower(rand.Text()[:8])
	if err := l.makeNamespace(t.Context(), name); err != nil {
		return "", "", err
	}
	t.Cleanup(func() {
		_ = l.client.CoreV1().Namespaces().Delete(context.WithoutCancel(t.Context()), name, metav1.DeleteOptions{})
	})
	config := l.config.DeepCopy()
	config.Contexts[config.CurrentContext].Namespace = name
	kubeconfig = filepath.Join(folder, "kubeconfig")
	return name, kubeconfig, clientcmd.WriteToFile(*config, kubeconfig)
}

// onItsOwn makes the terminal the program's own, so that its Ctrl-C and its closing reach it.
func onItsOwn() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true, Setctty: true} }
