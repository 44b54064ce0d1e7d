package jobstatus

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// memo is what a snapshot has worked out about its objects, so that Compute looks again only at what has changed.
type memo struct {
	rows  map[types.UID]*row
	order []*row // by index, then creation, then name; those of departed pods too
	dirty map[types.UID]struct{}

	eventsChanged bool
	events        []Event
	trouble       map[types.UID]*corev1.Event // the newest warning about each pod

	early       []Change                      // came before the Job
	earlyEvents map[types.UID][]*corev1.Event // came before their pod, by its UID
	earlyCount  int

	killed map[types.UID]struct{} // deleted from outside before they ended

	// The newest events that tell what the controller could and could not do.
	created, refused, deleted *corev1.Event

	completed, failed parsed
}

// parsed is a list of indexes as text and what it says.
type parsed struct {
	text        string
	completions int32
	set         IndexSet
}

// newMemo prepares to look at everything that s already holds.
func newMemo(s *Snapshot) *memo {
	m := &memo{
		rows:          map[types.UID]*row{},
		dirty:         map[types.UID]struct{}{},
		trouble:       map[types.UID]*corev1.Event{},
		earlyEvents:   map[types.UID][]*corev1.Event{},
		killed:        map[types.UID]struct{}{},
		eventsChanged: true,
	}
	for _, pod := range s.Pods {
		m.notePod(pod)
	}
	for _, pod := range s.Departed {
		m.notePod(pod)
	}
	for _, e := range s.Events {
		m.noteEvent(e)
	}
	return m
}

func (m *memo) touch(uid types.UID) { m.dirty[uid] = struct{}{} }

// notePod takes note of a version of a pod; a later one may not show any more what this one does.
func (m *memo) notePod(pod *corev1.Pod) {
	m.touch(pod.UID)
	if killedFromOutside(pod) {
		m.killed[pod.UID] = struct{}{}
	}
}

func (m *memo) hold(c Change) {
	if len(m.early) < maxEarly {
		m.early = append(m.early, c)
	}
}

func (m *memo) holdEvent(e *corev1.Event) {
	if m.earlyCount < maxEvents && e.InvolvedObject.Kind == "Pod" {
		m.earlyCount++
		m.earlyEvents[e.InvolvedObject.UID] = append(m.earlyEvents[e.InvolvedObject.UID], e)
	}
}

func (m *memo) claim(pod types.UID) []*corev1.Event {
	events := m.earlyEvents[pod]
	m.earlyCount -= len(events)
	delete(m.earlyEvents, pod)
	return events
}

func (m *memo) noteEvent(e *corev1.Event) {
	m.eventsChanged = true
	about := e.InvolvedObject.UID
	if e.InvolvedObject.Kind != "Pod" || e.Type != corev1.EventTypeWarning {
		return
	}
	if known := m.trouble[about]; known == nil || compareEvents(known, e) <= 0 {
		m.trouble[about] = e
		m.touch(about)
	}
}

// refresh makes the rows of what has changed since the last time, and puts new ones in their place.
func (m *memo) refresh(s *Snapshot) {
	var added []*row
	for uid := range m.dirty {
		pod, departed := s.Pods[uid], false
		if pod == nil {
			pod, departed = s.Departed[uid], true
		}
		if pod == nil {
			continue
		}
		r := m.rows[uid]
		if r == nil {
			r = &row{}
			m.rows[uid] = r
			added = append(added, r)
		}
		_, killed := m.killed[uid]
		*r = makeRow(pod, m.trouble[uid])
		r.departed, r.killed = departed, killed
	}
	clear(m.dirty)
	m.insert(added)
}

// insert merges new rows into the order: cheaper than sorting thousands that are in order already.
func (m *memo) insert(added []*row) {
	if len(added) == 0 {
		return
	}
	slices.SortFunc(added, compareRows)
	merged := make([]*row, 0, len(m.order)+len(added))
	for i, j := 0, 0; i < len(m.order) || j < len(added); {
		if j == len(added) || (i < len(m.order) && compareRows(m.order[i], added[j]) <= 0) {
			merged = append(merged, m.order[i])
			i++
		} else {
			merged = append(merged, added[j])
			j++
		}
	}
	m.order = merged
}

func compareRows(a, b *row) int {
	return cmp.Or(
		cmp.Compare(a.shown.Index, b.shown.Index),
		a.shown.Created.Compare(b.shown.Created),
		cmp.Compare(a.shown.Name, b.shown.Name),
		cmp.Compare(a.shown.UID, b.shown.UID),
	)
}

// read parses a list of indexes unless it is the one read last: Compute runs often and the text changes seldom.
func (p *parsed) read(text string, completions int32) IndexSet {
	if p.text != text || p.completions != completions {
		*p = parsed{text, completions, ParseIndexes(text, completions)}
	}
	return p.set
}
