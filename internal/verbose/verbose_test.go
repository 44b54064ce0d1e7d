package verbose

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/klog/v2"
)

// TestT11ErrorsOfTheClientLibraryGoWhereTheyAreSent logs in a process of its own: klog writes errors past its output, to
// the process's stderr, unless it is told not to.
func TestT11ErrorsOfTheClientLibraryGoWhereTheyAreSent(t *testing.T) {
	const child = "JOBX_TEST_LOGS_AT"
	levels := map[string]int{"0": 0, "6": 6}
	if level, ok := levels[os.Getenv(child)]; ok {
		Set(os.Stdout, level)
		klog.ErrorS(errors.New("broken"), "Unexpected")
		klog.Flush()
		return
	}
	for level, lines := range map[string]int{"0": 0, "6": 1} {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run", t.Name())
		command.Env = append(os.Environ(), child+"="+level)
		var out, stderr bytes.Buffer
		command.Stdout, command.Stderr = &out, &stderr
		if err := command.Run(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "Unexpected"); n != lines || stderr.Len() > 0 {
			t.Errorf("-v %s: %d lines, and on stderr %q", level, n, stderr.String())
		}
	}
}
