package render

import (
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// TestExitWords: what ended a pod goes before the signal that was sent for it, in the table and in the line.
func TestExitWords(t *testing.T) {
	for _, c := range []struct {
		exit        jobstatus.Exit
		table, line string
	}{
		{jobstatus.Exit{Container: "c", Reason: "Completed"}, "0", "exit 0"},
		{jobstatus.Exit{Container: "c", Code: 3, Reason: "Error"}, "3", "exit 3"},
		{jobstatus.Exit{Container: "c", Code: 143, Signal: 15, Reason: "Error"}, "143 SIGTERM", "exit 143 (SIGTERM)"},
		{jobstatus.Exit{Container: "c", Code: 143, Signal: 15, Reason: "Evicted"}, "143 Evicted", "exit 143 (Evicted)"},
		{jobstatus.Exit{Container: "c", Code: 137, Signal: 9, Reason: "OOMKilled"}, "137 OOMKilled", "exit 137 (OOMKilled)"},
		{jobstatus.Exit{Container: "c", Code: 128, Reason: "StartError"}, "128 StartError", "exit 128 (StartError)"},
		{jobstatus.Exit{Reason: "DeadlineExceeded"}, "DeadlineExceeded", "DeadlineExceeded"},
	} {
		if table, line := ExitWords(&c.exit), exit(c.exit); table != c.table || line != c.line {
			t.Errorf("%+v: %q and %q, want %q and %q", c.exit, table, line, c.table, c.line)
		}
	}
}
