package jobstatus

import (
	"cmp"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// memo is what a snapshot has worked out about its objects, so that Compute looks again only at what has changed.
type memo struct {
	rows     map[types.UID]*row
	order    []*row // by index, then creation, then name; those of departed pods too
	added    []*row // that have no place in the order yet
	departed int    // how many pods are gone

	// unsettled are the rows, in order, that can still change what is told; the others are in settled, added up.
	unsettled []*row
	settled   settled
	unsettle  bool // a row that was settled no longer is

	eventsChanged bool
	events        []Event
	trouble       map[types.UID]*corev1.Event // the newest warning about each pod

	early       []Change                      // came before the Job
	earlyEvents map[types.UID][]*corev1.Event // came before their pod, by its UID
	earlyCount  int

	// The newest events that tell what the controller could and could not do.
	created, refused, deleted *corev1.Event
	refusals                  []time.Time // when pods could not be created, in order

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
		trouble:       map[types.UID]*corev1.Event{},
		earlyEvents:   map[types.UID][]*corev1.Event{},
		eventsChanged: true,
	}
	for _, e := range s.Events {
		m.noteEvent(e)
	}
	return m
}

// notePod takes note of a version of a pod; a later one may not show any more what this one does.
func (m *memo) notePod(pod *corev1.Pod, job *batchv1.Job) {
	made := makeRow(pod, m.trouble[pod.UID])
	r := m.rows[pod.UID]
	if r == nil {
		r = &row{}
		m.rows[pod.UID] = r
		m.added = append(m.added, r)
	}
	if managedElsewhere(job) == "" { // another controller may count by other rules
		made.fate = r.fate.after(pod)
	}
	made.setLoss(r.loss, pod, job)
	if r.shown != nil {
		made.shown.Attempt = r.shown.Attempt
	}
	made.settled = r.settled
	m.unsettle = m.unsettle || (r.settled && !made.stays(r))
	*r = made
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
	m.noteRefusal(e)
	about := e.InvolvedObject.UID
	if e.InvolvedObject.Kind != "Pod" || e.Type != corev1.EventTypeWarning {
		return
	}
	if known := m.trouble[about]; known == nil || compareEvents(known, e) <= 0 {
		m.trouble[about] = e
		if r := m.rows[about]; r != nil && r.own != nil {
			r.own.trouble = e
		}
	}
}

// place puts new rows into the order, and settles those that no longer matter one by one.
func (m *memo) place() {
	m.order = inserted(m.order, m.added, compareRows)
	m.unsettled = inserted(m.unsettled, m.added, compareRows)
	m.added = nil
	if m.unsettle {
		m.unsettle, m.settled, m.unsettled = false, settled{}, slices.Clone(m.order)
	}
	var settle []*row
	m.unsettled = slices.DeleteFunc(m.unsettled, func(r *row) bool {
		if r.settled = r.settles(); r.settled {
			settle = append(settle, r)
		}
		return r.settled
	})
	m.settled.take(settle)
}

// inserted is an ordered list with more rows: a few are put in one by one, many are merged. It may use the list, and
// sorts what is added.
func inserted(list, added []*row, compare func(a, b *row) int) []*row {
	if len(added) < len(list)/32 {
		for _, r := range added {
			at, _ := slices.BinarySearchFunc(list, r, compare)
			list = slices.Insert(list, at, r)
		}
		return list
	}
	if len(added) == 0 {
		return list
	}
	slices.SortFunc(added, compare)
	merged := make([]*row, 0, len(list)+len(added))
	for i, j := 0, 0; i < len(list) || j < len(added); {
		if j == len(added) || (i < len(list) && compare(list[i], added[j]) <= 0) {
			merged = append(merged, list[i])
			i++
		} else {
			merged = append(merged, added[j])
			j++
		}
	}
	return merged
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
