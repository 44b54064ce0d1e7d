package jobstatus

import (
	"cmp"
	"slices"
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
