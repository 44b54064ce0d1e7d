package jobstatus

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What several pods have in common is one event, at the time of the last of them; what one alone has stays as it is.
func TestFoldPods(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	event := func(about, reason, message string, first, last int, count int32) Event {
		return Event{Type: "Normal", Reason: reason, Message: message, About: about, From: "x", First: at(first), Last: at(last), Count: count}
	}
	const id = "561d3ef5-7932-41c2-8f1a-e8fc58855936"
	list := []Event{
		event("job/w", "SuccessfulCreate", "Created pod: w-0", 1, 1, 1),
		event("job/w", "SuccessfulCreate", "Created pod: w-1", 1, 1, 1),
		event("pod/w-0", "Scheduled", "Successfully assigned ns/w-0 to a", 1, 2, 1),
		event("pod/w-0", "Started", "Started container", 2, 2, 1),
		event("pod/w-1", "Scheduled", "Successfully assigned ns/w-1 to b", 2, 3, 1),
		event("pod/w-0", "BackOff", "Back-off restarting failed container c in pod w-0_ns("+id+")", 4, 5, 3),
		event("pod/w-1", "Started", "Started container", 4, 6, 2),
		event("pod/w-1", "BackOff", "Back-off restarting failed container c in pod w-1_ns(661d3ef5-7932-41c2-8f1a-e8fc58855936)", 6, 7, 4),
		event("pod/w-1", "Killing", "Stopping container c of "+id, 7, 7, 1),
		event("pod/", "Killing", "of no name", 8, 8, 1),
		event("pod/w-1", "Killing", "Stopping container c of 0"+id[1:], 8, 9, 1),
	}
	want := []Event{
		list[0], list[1], list[2], list[4],
		event("2 pods", "Started", "Started container", 2, 6, 3),
		event("2 pods", "BackOff", "Back-off restarting failed container c in pod <pod>_ns(<uid>)", 4, 7, 7),
		list[9],
		event("pod/w-1", "Killing", list[10].Message, 7, 9, 2),
	}
	if diff := cmp.Diff(want, FoldPods(list)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := FoldPods(nil); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}
