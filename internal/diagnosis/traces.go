package diagnosis

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// OfTraces tells of a Job that is not there, from the events that it left; false: there are none. Events live for an
// hour or so. Of several Jobs that had the name it is the last one.
func OfTraces(namespace, name string, events []*corev1.Event, now time.Time) (Report, bool) {
	events = slices.DeleteFunc(slices.Clone(events), func(e *corev1.Event) bool {
		return e.InvolvedObject.Kind != "Job" || e.InvolvedObject.Name != name
	})
	if len(events) == 0 {
		return Report{}, false
	}
	slices.SortStableFunc(events, func(a, b *corev1.Event) int { return jobstatus.LastSeen(b).Compare(jobstatus.LastSeen(a)) })
	var found []Evidence
	told := map[string]int32{} // how many of a type
	for _, e := range events {
		if e.InvolvedObject.UID == events[0].InvolvedObject.UID {
			found = append(found, Evidence{Source: "event " + e.Reason, Text: e.Message, At: jobstatus.LastSeen(e)})
			told[e.Type] += jobstatus.Times(e)
		}
	}
	verdict := ""
	for _, e := range found {
		if verdict = ending(e.Source); verdict != "" {
			break
		}
	}
	c := Cause{
		Code: Deleted, Since: found[0].At, Evidence: found[:min(3, len(found))],
		Next: []string{"kubectl jobx get -n " + namespace},
	}
	switch {
	case verdict == "" && (told[corev1.EventTypeNormal] >= fewEvents || told[corev1.EventTypeWarning] >= fewEvents):
		c.Summary = "there is no such Job any more, and the events that it left do not tell how it ended"
	case verdict == "":
		c.Summary = "there is no such Job any more: it was deleted before it finished"
	default:
		c.Summary = fmt.Sprintf("there is no such Job any more: %s, and was deleted since (ttlSecondsAfterFinished, the history limits of a CronJob, or somebody)", verdict)
	}
	return Report{AsOf: now, Kind: "Job", Namespace: namespace, Name: name, Summary: c.Summary, Causes: []Cause{c}}, true
}

// fewEvents is how many events of one type about an object are told for sure: after 25 a recorder lets through one in five
// minutes (defaultSpamBurst, defaultSpamQPS and getSpamKey in client-go's tools/record/events_cache.go), and the one that
// would tell how the Job ended may be among those that it drops.
const fewEvents = 20

// ending is how a Job ended, from the name of an event.
func ending(source string) string {
	switch source {
	case "event Completed":
		return "it completed"
	case "event BackoffLimitExceeded", "event DeadlineExceeded", "event PodFailurePolicy", "event FailedIndexes",
		"event MaxFailedIndexesExceeded":
		return "it failed (" + source[len("event "):] + ")"
	}
	return ""
}
