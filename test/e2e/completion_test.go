//go:build e2e && unix

package e2e

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"k8s.io/client-go/tools/clientcmd"
)

const bashCompletion = "/usr/share/bash-completion/bash_completion"

// TestCompletionInBash types at a real bash with kubectl's completion, which runs kubectl_complete-jobx.
func TestCompletionInBash(t *testing.T) {
	l := newLab(t)
	if l.real {
		return // the simulated tier runs it
	}
	if _, err := os.Stat(bashCompletion); err != nil {
		if runtime.GOOS == "darwin" && os.Getenv("CI") == "" {
			t.Skipf("not run: its bash is older than kubectl's completion needs, and there is no %s", bashCompletion)
		}
		t.Fatalf("the package bash-completion is needed: %v", err)
	}
	home, name := t.TempDir(), "e2e-completion-"+strings.ToLower(rand.Text()[:8])
	if err := l.makeNamespace(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	config := l.config.DeepCopy()
	config.Contexts[config.CurrentContext].Namespace = name
	kubeconfig := filepath.Join(home, "config")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "KUBECONFIG="+kubeconfig, "HOME="+home, "PATH="+home+":"+os.Getenv("PATH"), "TERM=xterm", "LANG=C.UTF-8")
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	t.Cleanup(func() { run("kubectl", "delete", "namespace", name, "--wait=false") })
	run("kubectl", "create", "job", "report-one", "--image=busybox:1.36", "--", "true")
	run("kubectl", "create", "job", "report-two", "--image=busybox:1.36", "--", "true")
	run("kubectl", "create", "cronjob", "nightly", "--image=busybox:1.36", "--schedule=0 3 * * *", "--", "true")
	run("kubectl", "jobx", "completion", "install", "--dir", home)

	b := newBash(t, env)
	b.do("source " + bashCompletion + "; source <(kubectl completion bash); bind 'set bell-style none'")
	for _, c := range []struct{ typed, want string }{
		{"kubectl jobx wat\t", "kubectl jobx watch "},
		{"kubectl jobx watch rep\t", "kubectl jobx watch report-"},
		{"kubectl jobx watch report-t\t", "kubectl jobx watch report-two "},
		{"kubectl jobx describe cronjob/n\t", "kubectl jobx describe cronjob/nightly "},
		{"kubectl jobx delete job report-o\t", "kubectl jobx delete job report-one "},
		{"kubectl jobx delete --casc\t", "kubectl jobx delete --cascade "},
		{"kubectl jobx delete --cascade=or\t", "kubectl jobx delete --cascade=orphan "},
		{"kubectl jobx get -n " + name[:len(name)-2] + "\t", "kubectl jobx get -n " + name + " "},
		{"kubectl jobx watch no-such\t", "kubectl jobx watch no-such"},
	} {
		if got := b.line(c.typed); got != c.want {
			t.Errorf("%q became %q, want %q", c.typed, got, c.want)
		}
	}
}

// bash is an interactive shell on a pseudo-terminal.
type bash struct {
	t    *testing.T
	file *os.File
	mu   sync.Mutex
	out  bytes.Buffer
}

func newBash(t *testing.T, env []string) *bash {
	t.Helper()
	cmd := exec.Command("bash", "--norc", "--noprofile", "-i")
	cmd.Env = append(slices.Clone(env), "PS1=READY$ ", "INPUTRC=/dev/null")
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	b := &bash{t: t, file: file}
	t.Cleanup(func() {
		_ = file.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	go func() {
		chunk := make([]byte, 4096)
		for {
			n, err := file.Read(chunk)
			b.mu.Lock()
			b.out.Write(chunk[:n])
			b.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return b
}

func (b *bash) send(keys string) {
	b.t.Helper()
	if _, err := b.file.WriteString(keys); err != nil {
		b.t.Fatal(err)
	}
}

// until waits for text that the shell prints, and returns what came before it and has not been read yet.
func (b *bash) until(text string) string {
	b.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		b.mu.Lock()
		before, after, found := strings.Cut(b.out.String(), text)
		if found {
			b.out.Reset()
			b.out.WriteString(after)
		}
		b.mu.Unlock()
		if found {
			return before
		}
	}
	b.t.Fatalf("%q did not come; there is\n%s", text, b.out.String())
	return ""
}

// do runs a command and waits for it. The mark is spelled so that its echo does not match.
func (b *bash) do(command string) {
	b.send(command + "; echo DO''NE\r")
	b.until("DONE\r\n")
}

// line types keys and returns what bash's line is then. Ctrl-A and Ctrl-K bracket it: the line becomes the argument of
// printf, quoted, and is run.
func (b *bash) line(keys string) string {
	b.send(keys)
	b.send("\x05|\x01printf '<%s>\\n' '\x05'\r") // end: a bar marks trailing space; begin: the command in front; end: the quote
	b.until("<")
	got := b.until("|>\r\n")
	// The echo of the typed line holds < too, from printf's format: what is wanted follows the last one.
	return got[strings.LastIndex(got, "<")+1:]
}
