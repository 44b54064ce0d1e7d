package target

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFilesThatMayNotBeRead: a folder or a file without permission is an error that names it, and nothing of the others
// is used. Root may read everything, so the thread reads as nobody.
func TestFilesThatMayNotBeRead(t *testing.T) {
	const nobody = 65534
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // so that nobody comes as far as the folder
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"open": 0o755, "closed": 0o755, "open/inside": 0o755} {
		if err := os.MkdirAll(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]fs.FileMode{"a.yaml": 0o644, "open/b.yaml": 0o644, "open/inside/c.yaml": 0} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(manifest("batch/v1", "Job", "x")), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "closed"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "closed"), 0o755) })

	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if os.Geteuid() == 0 {
			if err := unix.Setfsuid(nobody); err != nil {
				t.Error(err)
				return
			}
		}
		readAsNobody(t, dir)
	}()
	<-done
}

func readAsNobody(t *testing.T, dir string) {
	for _, c := range []struct {
		path      string
		recursive bool
		want      string // "": it can be read
	}{
		{"closed", false, `closed": permission denied`},
		{"closed/x.yaml", false, `closed/x.yaml": permission denied`},
		{"open/inside/c.yaml", false, `c.yaml": permission denied`},
		{"open", true, `open/inside/c.yaml": permission denied`},
		{"open", false, ""},
		{"", true, `permission denied`},
	} {
		got, err := Files{Paths: []string{filepath.Join(dir, "a.yaml"), filepath.Join(dir, c.path)}, Recursive: c.recursive}.Load(t.Context())
		switch {
		case c.want == "" && (err != nil || len(got) != 2):
			t.Errorf("%s: %v, %d objects", c.path, err, len(got))
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || len(got) > 0):
			t.Errorf("%s: got %v and %d objects, want %q", c.path, err, len(got), c.want)
		}
	}
}
