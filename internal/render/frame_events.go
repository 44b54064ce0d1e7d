package render

import (
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// warning is the type of an event that asks for a look (core/v1's EventTypeWarning).
const warning = "Warning"

// eventPart is the latest events, oldest first, in at most a quarter of the room.
func eventPart(s jobstatus.Status, now time.Time, r *room, st Style, o FrameOptions) []string {
	if !o.Events || len(s.Events) == 0 {
		return nil
	}
	const most = 5
	if !r.endless && r.left < 3 {
		return nil
	}
	events := jobstatus.FoldPods(s.Events)
	table := Table{}
	for _, e := range events[max(0, len(events)-min(most, r.share(4))):] {
		table.Rows = append(table.Rows, EventRow(e, now, st))
	}
	const narrow = 60
	shorten(table.Rows, aboutColumn, s.Name, st)
	if st.Width > 0 && st.Width < narrow {
		for i, row := range table.Rows {
			table.Rows[i] = slices.Delete(row, aboutColumn, aboutColumn+1)
		}
	}
	return table.Lines(st)
}

// aboutColumn is the column of EventRow that names what an event is about.
const aboutColumn = 2

// EventRow is an event as cells: how long ago, its reason, what it is about, and its message with the number of times.
func EventRow(e jobstatus.Event, now time.Time, st Style) []string {
	role := Dim
	if e.Type == warning {
		role = Warn
	}
	message := st.Text(e.Message)
	if e.Count > 1 {
		message += fmt.Sprintf(" (%s%d)", st.times(), e.Count)
	}
	return []string{
		st.Paint(Dim, Since(e.Last, now)+" ago"),
		st.Paint(role, st.Text(e.Reason)),
		st.Paint(Dim, st.Text(e.About)),
		message,
	}
}
