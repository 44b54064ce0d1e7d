package logtail

import (
	"testing"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/logstream"
)

// --limit-bytes counts what the kubelet counts: with --timestamps the time and the blank behind it as well. Of a time that does not
// fit nothing is shown.
func TestLimitBytes(t *testing.T) {
	log := numbered(3, time.Second) // each 30 bytes of time, a blank, and 7 of text with its line break
	for _, c := range []struct {
		limit  int64
		stamps bool
		want   string
	}{
		{9, false, plainly(log)[:9]},
		{7, false, "line 0\n"},
		{38, true, log[:38]},
		{50, true, log[:38]},
		{38 + 31 + 4, true, log[:38+31+4]},
		{31, true, ""},
	} {
		b := newBench(newNode(map[string]string{"p/c": log}))
		b.Read.LimitBytes, b.Read.Stamps = c.limit, c.stamps
		b.Format = func(logstream.Stream) logstream.Formatter { return &logstream.Text{Stamps: c.stamps} }
		_, err := b.Fetch(t.Context(), plan(pod("p", 0, exited(0), nil)))
		check(t, b, err, c.want)
	}
}
