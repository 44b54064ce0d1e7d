package render

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/testkit/schema"
)

// transitions are one of each sort that is drawn differently.
func transitions() []jobstatus.Transition {
	at := ago(50 * time.Second)
	job, podSubject := jobstatus.Subject{Kind: "job", Name: "pi"}, jobstatus.Subject{Kind: "pod", Name: "pi-x"}
	event := jobstatus.Event{Type: "Warning", Reason: "BackOff", Message: "restarting", About: "pod/pi-x", Last: at, Count: 2}
	normal := event
	normal.Type = "Normal"
	retry := jobstatus.Retry{At: clockNow(), Delay: 40 * time.Second, Attempt: 4, Of: 7, Index: 7}
	failed := failedPod("pi", 7, 1, 137, "OOMKilled", "")
	return []jobstatus.Transition{
		{Kind: jobstatus.StateChanged, At: at, Subject: job, From: jobstatus.Pending, To: jobstatus.Running, Message: "Running: PodsRunning: 2 pods run"},
		{Kind: jobstatus.PodCreated, At: at, Subject: podSubject, Message: "pod pi-x was created (index 7)"},
		{Kind: jobstatus.PodStarted, At: at, Subject: podSubject, Message: "pod pi-x started on node-1"},
		{Kind: jobstatus.PodDidFail, At: at, Subject: podSubject, Pod: failed, Message: "pod pi-x failed: exit 137 in c, OOMKilled"},
		{Kind: jobstatus.RetryScheduled, At: at, Subject: jobstatus.Subject{Kind: "index", Name: "7"}, Retry: &retry, Message: "index 7 is tried again in 40s, attempt 4 of 7"},
		{Kind: jobstatus.PodDidSucceed, At: at, Subject: podSubject, Message: "pod pi-x succeeded"},
		{Kind: jobstatus.EventSeen, At: at, Subject: podSubject, Event: &event, Message: "Warning BackOff: restarting"},
		{Kind: jobstatus.EventSeen, At: at, Subject: podSubject, Event: &normal, Message: "Normal BackOff: restarting"},
		{Kind: jobstatus.PodGotStuck, At: at, Subject: podSubject, Message: "pod pi-x is stuck: ImagePull\x1b[2JBackOff: no\nNAME  forged"},
		{Kind: jobstatus.StateChanged, At: at, Subject: job, From: jobstatus.Running, To: jobstatus.Complete, Message: "Complete: CompletionsReached"},
	}
}

func TestLineGolden(t *testing.T) {
	var lines []string
	for _, st := range []Style{{UTF8: true}, {}, {UTF8: true, Width: 80}, {Width: 80}, {UTF8: true, Color: true, Width: 80}} {
		lines = append(lines, title(st))
		for _, tr := range transitions() {
			lines = append(lines, Line(tr, st))
		}
		for _, s := range situations() {
			lines = append(lines, Progress(s.status, clockNow(), st))
		}
	}
	golden(t, "lines", strings.Join(lines, "\n")+"\n")
}

func TestNotable(t *testing.T) {
	for _, tr := range transitions() {
		quiet := tr.Kind == jobstatus.PodCreated || tr.Kind == jobstatus.PodStarted || tr.Kind == jobstatus.PodDidSucceed ||
			tr.Event != nil && tr.Event.Type == "Normal"
		if Notable(tr) == quiet {
			t.Errorf("%s: got %v", tr.Message, !quiet)
		}
	}
}

func TestJSONGolden(t *testing.T) {
	var lines []string
	add := func(line []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(string(line), "\n\x1b\x7f\u009b\u202e") || !json.Valid(line) {
			t.Errorf("not one safe line of JSON: %q", line)
		}
		lines = append(lines, string(line))
	}
	add(JSONStatus(indexedRunning(), clockNow()))
	add(JSONStatus(hostile(), clockNow()))
	for _, tr := range transitions() {
		add(JSON(tr, indexedRunning()))
	}
	add(JSON(transitions()[9], complete()))
	golden(t, "json", strings.Join(lines, "\n")+"\n")
	if err := schema.Check("watch.json", []byte(strings.Join(lines, "\n"))); err != nil {
		t.Error(err)
	}
}

// The fields that the schema promises are there for every kind.
func TestJSONSchema(t *testing.T) {
	for _, tr := range transitions() {
		line, err := JSON(tr, indexedRunning())
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Schema, Kind, Message string
			At                    time.Time
			Job                   struct{ Namespace, Name string }
			Subject               struct{ Kind, Name string }
			Status                map[string]any
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatal(err)
		}
		if got.Schema != Schema || got.Kind != string(tr.Kind) || got.Message != tr.Message || !got.At.Equal(tr.At) ||
			got.Job.Name != "render-frames" || got.Job.Namespace != "default" || got.Subject.Name != tr.Subject.Name ||
			got.Status["state"] != "Running" {
			t.Errorf("got %s", line)
		}
		if got.Status["pods"] != nil || got.Status["indexes"] != nil || got.Status["events"] != nil {
			t.Errorf("an unfinished Job's transition carries lists: %s", line)
		}
	}
}
