package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/recorded"
)

// Whoever tells why a Job is not well says the same: why, a row of get, the page of describe, a line of watch, the verdict,
// a row of the board, JSON and the live frame, most of which know the status alone.
func TestOneReasonEverywhere(t *testing.T) {
	st := Style{UTF8: true}
	told := 0
	for _, c := range recorded.Load(t, "../jobstatus/testdata/cases", 40) {
		facts := diagnosis.FactsOf(c.Snapshot, c.Now)
		s, report := facts.Status, diagnosis.OfJob(facts)
		want := ""
		if len(report.Causes) > 0 {
			want = report.Summary
			told++
		}
		if got := NewJobRow(facts.Job, s).Headline; got != want {
			t.Errorf("%s: get says %q, why %q", c.Name, got, want)
		}
		if want == "" {
			continue
		}
		text := st.Text(want)
		var page bytes.Buffer
		if err := DescribeJob(&page, JobPage{Job: facts.Job, Status: s, Report: report}, c.Now, st); err != nil {
			t.Fatal(err)
		}
		for where, got := range map[string]string{
			"a line": Progress(s, c.Now, st), "the board": strings.Join(Board([]jobstatus.Status{s}, c.Now, st), "\n"),
			"JSON": headlineOr(s), "describe": page.String(),
		} {
			if !strings.Contains(got, text) {
				t.Errorf("%s: %s says\n%s\nand not %q", c.Name, where, got, want)
			}
		}
		if verdict := Verdict(s, st); s.Outcome != jobstatus.Succeeded && !strings.Contains(verdict, text) {
			t.Errorf("%s: the verdict says\n%s\nand not %q", c.Name, verdict, want)
		}
		frame := strings.Join(Frame(s, c.Now, st, FrameOptions{}), "\n")
		if !strings.Contains(frame, text) && !strings.Contains(frame, ownLine(s, report.Causes[0], st)) {
			t.Errorf("%s: the frame says\n%s\nand not %q", c.Name, frame, want)
		}
	}
	if told < 30 {
		t.Errorf("only %d cases have a cause", told)
	}
}

// ownLine is the line that a frame has for causes that are failures or a back-off.
func ownLine(s jobstatus.Status, c diagnosis.Cause, st Style) string {
	switch c.Code {
	case diagnosis.Crashing, diagnosis.OutOfMemory, diagnosis.Disrupted:
		return failure(s.Failures[0], st)
	case diagnosis.BackingOff:
		return "back-off " + Duration(s.Retry.Delay)
	}
	return "\x00"
}
