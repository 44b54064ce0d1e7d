package render

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// In 80 columns what a list is read for is there, and what gives way does so only where there is no room.
func TestListsIn80Columns(t *testing.T) {
	now := clockNow()
	row := func(name, why string) *JobRow {
		return &JobRow{Headline: why, Status: jobstatus.Status{
			Name: name, State: jobstatus.BackingOff, Created: now.Add(-time.Hour), Progress: jobstatus.Progress{Done: 3, Total: 40},
		}}
	}
	cron := func(why string) diagnosis.CronStatus {
		return diagnosis.CronStatus{
			Name: "nightly-import-of-customers", Schedule: "30 3 * * 1-5", TimeZone: "Europe/Zurich", Next: []time.Time{now.Add(time.Hour)},
			Last: now.Add(-time.Hour), LastSuccess: now.Add(-time.Hour), Created: now.Add(-time.Hour), Headline: why,
			Runs: []diagnosis.Run{{Outcome: jobstatus.FailedOutcome}, {Outcome: jobstatus.Succeeded}},
		}
	}
	const why = "its last run \"nightly-import-of-customers-29\" failed: BackoffLimitExceeded"
	for name, c := range map[string]struct {
		table        Table
		headers, row string
	}{
		"Jobs": {
			JobTable([]*JobRow{row("nightly-import-of-customers-29", why)}, ListColumns{}, now, Style{Width: 80, UTF8: true}),
			"NAME STATUS COMPLETIONS REASON", "BackingOff   3/40",
		},
		"Jobs that are well": {
			JobTable([]*JobRow{row("nightly", "")}, ListColumns{}, now, Style{Width: 80, UTF8: true}),
			"NAME STATUS COMPLETIONS DURATION AGE REASON", "60m",
		},
		"Jobs of long names": {
			JobTable([]*JobRow{row(strings.Repeat("nightly-import-", 4)+"29928356", why)}, ListColumns{}, now, Style{Width: 80, UTF8: true}),
			"NAME STATUS COMPLETIONS REASON", "nightly-import-…-import-29928356   BackingOff   3/40          its last run",
		},
		"CronJobs": {
			CronJobTable([]diagnosis.CronStatus{cron(why)}, ListColumns{}, now, Style{Width: 80, UTF8: true}),
			"NAME SCHEDULE NEXT RUNS REASON", "in 60m   ✓✗     its last run",
		},
		"wide": {
			CronJobTable([]diagnosis.CronStatus{cron(why)}, ListColumns{Wide: true}, now, Style{Width: 80, UTF8: true}),
			"NAME SCHEDULE NEXT RUNS REASON", "in 60m   ✓✗     its last run",
		},
	} {
		lines := c.table.Lines(Style{Width: 80, UTF8: true})
		if got := strings.Join(strings.Fields(lines[0]), " "); got != c.headers {
			t.Errorf("%s: headers %q, want %q", name, got, c.headers)
		}
		if !strings.Contains(lines[1], c.row) {
			t.Errorf("%s: no %q in %q", name, c.row, lines[1])
		}
		for _, line := range lines {
			if safetext.Width(line) > 80 {
				t.Errorf("%s: %d cells: %q", name, safetext.Width(line), line)
			}
		}
	}
}

// A table that grows keeps the columns that it began with, whatever comes.
func TestGrowingKeepsItsColumns(t *testing.T) {
	var out bytes.Buffer
	var g Growing
	st := Style{Width: 20}
	for _, name := range []string{"a", "a-name-that-is-long"} {
		table := Table{Headers: []string{"NAME", "AGE", "STATUS"}, Rows: [][]string{{name, "3m", "ok"}}, Yields: []string{"AGE"}}
		if err := g.Write(&out, table, st); err != nil {
			t.Fatal(err)
		}
	}
	want := "NAME   AGE   STATUS\na      3m    ok\na-name-that-is-lo...\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
