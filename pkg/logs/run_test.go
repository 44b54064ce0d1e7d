package logs

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logtail"
)

// A reader that has left is no error; a connection to the server that broke with the system's same word is one.
func TestReaderLeft(t *testing.T) {
	pipe := &os.PathError{Op: "write", Path: "stdout", Err: syscall.EPIPE}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"closed pipe":           {&logtail.WriteError{Err: pipe}, true},
		"joined":                {errors.Join(&logtail.WriteError{Err: pipe}, errors.New("x")), true},
		"in memory":             {&logtail.WriteError{Err: io.ErrClosedPipe}, true},
		"full disk":             {&logtail.WriteError{Err: syscall.ENOSPC}, false},
		"the network":           {fmt.Errorf("list pods: %w", &net.OpError{Op: "write", Err: syscall.EPIPE}), false},
		"nothing went wrong":    {nil, false},
		"another, from outside": {io.ErrClosedPipe, false},
	} {
		if got := readerLeft(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
