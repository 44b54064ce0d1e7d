package render

import (
	"slices"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// FrameOptions is what a frame shows beside the Job itself.
type FrameOptions struct {
	// Pods is how many pods are shown at most: 0 as many as the height allows, below 0 none.
	Pods int
	// Events shows the latest events.
	Events bool
	// Notice is a line of our own that matters now ("reconnecting …"); safe text, empty for none.
	Notice string
}

// Frame draws one Job as a block of lines for a live view, what a reader wants to know first, first: what it is and how
// it does, why not if it does not, how far it is, the counts, what failed and how, its indexes, the pods that matter
// now, the latest events. No line is wider than st.Width and there are at most st.Height-1 lines, the last parts giving
// way first; with a height of 0 everything is shown. Times of day are told in the zone of now.
func Frame(s jobstatus.Status, now time.Time, st Style, o FrameOptions) []string {
	head := []string{headline(s, now, st)}
	head = append(head, why(s, st)...)
	head = appendLines(head, progressLine(s, st))
	head = appendLines(head, countsLine(s, st))
	head = appendLines(head, retryLine(s, now, st))
	head = appendLines(head, st.Paint(Warn, o.Notice))
	head = append(head, unavailable(s, st)...)

	room := newRoom(st.Height, len(head))
	head = append(head, room.take(failureLines(s, min(3, room.share(3)), st))...)
	grid := room.take(gridPart(s, room, st))
	events := room.take(eventPart(s, now, room, st, o))
	pods := room.take(podPart(s, now, room, st, o))
	return clip(sections(room, head, grid, pods, events), st)
}

// sections puts parts below each other, with a blank line between them in a high window.
func sections(r *room, parts ...[]string) []string {
	parts = slices.DeleteFunc(parts, func(part []string) bool { return len(part) == 0 })
	var lines []string
	for i, part := range parts {
		if i > 0 && r.airy {
			lines = append(lines, "")
		}
		lines = append(lines, part...)
	}
	return lines
}

// room is how many lines are left.
type room struct {
	left    int
	endless bool
	airy    bool // blank lines between the parts, whatever the parts are: a frame must not jump
}

// highEnough is the height of a terminal from which on a frame spends lines on being read easily.
const highEnough = 20

func newRoom(height, used int) *room {
	if height <= 0 {
		return &room{endless: true, airy: true}
	}
	r := &room{left: height - 1 - used, airy: height >= highEnough}
	if r.airy {
		const gaps = 3
		r.left -= gaps
	}
	r.left = max(0, r.left)
	return r
}

// share is one nth of what is left, rounded up.
func (r *room) share(n int) int {
	if r.endless {
		return 1 << 20
	}
	return ceilDiv(r.left, n)
}

// take gives room away.
func (r *room) take(lines []string) []string {
	r.left = max(0, r.left-len(lines))
	return lines
}

// clip cuts lines to the width and the block to the height.
func clip(lines []string, st Style) []string {
	if st.Height > 0 {
		lines = lines[:min(len(lines), max(1, st.Height-1))]
	}
	for i := range lines {
		lines[i] = st.fit(lines[i])
	}
	return lines
}

func appendLines(lines []string, more string) []string {
	if more == "" {
		return lines
	}
	return append(lines, more)
}

// failureLines is the failure digest, a line a group, with what the container said last.
func failureLines(s jobstatus.Status, n int, st Style) []string {
	var lines []string
	for _, f := range s.Failures[:min(n, len(s.Failures))] {
		line := st.Paint(Bad, failure(f, st))
		if f.Message != "" {
			line += ": " + st.Text(f.Message)
		}
		lines = append(lines, st.fit(line))
	}
	return lines
}

// gridPart is the heat-grid: all of it if it takes a third of the room, else bucketed into that.
func gridPart(s jobstatus.Status, r *room, st Style) []string {
	const most = 12 // rows: more say nothing more
	rows := most
	if !r.endless {
		rows = min(most, max(2, r.share(2)), r.left)
	}
	return Grid(s.Indexes, rows, st)
}
