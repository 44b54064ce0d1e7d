package jobstatus

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Fold makes of events the list that is shown: oldest first, those that say the same about the same object as one.
func Fold(events []*corev1.Event) []Event {
	f := folded{}
	for _, e := range events {
		f.add(e)
	}
	return f.list()
}

// folded is events by what they say, and about what.
type folded map[string]*Event

func (f folded) add(e *corev1.Event) {
	about := strings.ToLower(e.InvolvedObject.Kind) + "/" + e.InvolvedObject.Name
	key := strings.Join([]string{about, e.Type, e.Reason, e.Message}, "\x00")
	known := f[key]
	if known == nil {
		f[key] = &Event{
			Type: e.Type, Reason: e.Reason, Message: e.Message, About: about,
			First: firstSeen(e), Last: LastSeen(e), Count: Times(e), From: reporter(e),
		}
		return
	}
	known.First, known.Last = earlier(known.First, firstSeen(e)), later(known.Last, LastSeen(e))
	known.Count += Times(e)
}

func (f folded) list() []Event {
	list := make([]Event, 0, len(f))
	for _, e := range f {
		list = append(list, *e)
	}
	slices.SortFunc(list, func(a, b Event) int {
		return cmp.Or(a.Last.Compare(b.Last), a.First.Compare(b.First), cmp.Compare(a.About, b.About),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Message, b.Message))
	})
	return list
}

// uid is how the kubelet's words name a pod beside its name.
var uid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// FoldPods makes one of the events that say the same of several pods but for the pod's name: two hundred pods that no node takes
// say one thing. What such an event is about is the number of pods. The list comes, and goes, oldest first.
func FoldPods(events []Event) []Event {
	type group struct {
		event Event
		said  string
		pods  map[string]bool
	}
	groups := map[string]*group{}
	var all []*group
	for _, e := range events {
		pod, ok := strings.CutPrefix(e.About, "pod/")
		if !ok || pod == "" {
			all = append(all, &group{event: e})
			continue
		}
		said := strings.ReplaceAll(e.Message, pod, "<pod>")
		if strings.Count(said, "-") >= 4 { // as a UID has; most messages have none
			said = uid.ReplaceAllLiteralString(said, "<uid>")
		}
		key := strings.Join([]string{e.Type, e.Reason, e.From, said}, "\x00")
		g := groups[key]
		if g == nil {
			groups[key] = &group{event: e, said: said, pods: map[string]bool{pod: true}}
			all = append(all, groups[key])
			continue
		}
		g.pods[pod] = true
		g.event.Message = e.Message
		g.event.First, g.event.Last = earlier(g.event.First, e.First), later(g.event.Last, e.Last)
		g.event.Count += e.Count
	}
	list := make([]Event, len(all))
	for i, g := range all {
		if n := len(g.pods); n > 1 {
			g.event.About, g.event.Message = strconv.Itoa(n)+" pods", g.said
		}
		list[i] = g.event
	}
	slices.SortStableFunc(list, func(a, b Event) int { return a.Last.Compare(b.Last) })
	return list
}

// readEvents works out what the events say, if any has changed since the last time.
func (m *memo) readEvents(s *Snapshot) {
	if !m.eventsChanged {
		return
	}
	m.eventsChanged = false
	m.created, m.refused, m.deleted = nil, nil, nil
	all := folded{}
	for _, e := range s.Events {
		m.noteJobEvent(e)
		all.add(e)
	}
	m.events = all.list()
}

// noteJobEvent keeps the newest of the controller's events that say whether it can create pods.
func (m *memo) noteJobEvent(e *corev1.Event) {
	if e.InvolvedObject.Kind != "Job" {
		return
	}
	newest := func(known **corev1.Event) {
		if *known == nil || compareEvents(*known, e) < 0 {
			*known = e
		}
	}
	switch e.Reason {
	case "SuccessfulCreate":
		newest(&m.created)
	case failedCreate:
		newest(&m.refused)
	case "SuccessfulDelete":
		newest(&m.deleted)
	}
}

// reporter is the component that an event comes from, whichever of the API's fields says it.
func reporter(e *corev1.Event) string { return cmp.Or(e.Source.Component, e.ReportingController) }
