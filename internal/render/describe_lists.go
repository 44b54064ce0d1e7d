package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// pods is the table of pods: all of a small Job, of a large one those that ask for a look.
func (p *page) pods(d JobPage, now time.Time) {
	s := d.Status
	if why := s.Unavailable[jobstatus.PodsPart]; why != "" {
		p.put(0, "Pods", "<"+p.st.Text(why)+">")
		p.flush()
		return
	}
	if len(s.Pods) == 0 {
		p.put(0, "Pods", noneWord)
		p.flush()
		return
	}
	p.title(0, "Pods")
	pods, more := s.Pods, ""
	if len(pods) > podsOnPage {
		matter := podsThatMatter(s)
		pods = matter[:min(podsOnPage, len(matter))]
		more = fmt.Sprintf("%d of %d pods are shown; kubectl jobx pods job/%s -n %s lists them all", len(pods), len(s.Pods), s.Name, s.Namespace)
		if d.PodsLeftOut {
			more = fmt.Sprintf("%d of the pods are shown; kubectl jobx pods job/%s -n %s lists them all", len(pods), s.Name, s.Namespace)
		}
	}
	if len(pods) > 0 {
		columns := ColumnsFor(pods)
		t := PodTable(pods, columns, now, p.st)
		t.Indent = "  "
		p.raw(t.Lines(p.st)...)
	}
	if more != "" {
		p.raw("  " + p.st.Paint(Dim, p.st.Text(more)))
	}
}

// events are those of the Job and of its pods, oldest first, what several pods have in common as one.
func (p *page) events(list []jobstatus.Event, unavailable string, most int, now time.Time) {
	switch {
	case unavailable != "":
		p.put(0, "Events", "<"+p.st.Text(unavailable)+">")
		p.flush()
		return
	case len(list) == 0:
		p.put(0, "Events", noneWord)
		p.flush()
		return
	}
	p.title(0, "Events")
	list = jobstatus.FoldPods(list)
	const fewCells = 60 // too few for what an event is about to have a column
	narrow := p.st.Width > 0 && p.st.Width < fewCells
	t := Table{Headers: []string{"Type", "Reason", "Age", "About", "From", "Message"}, Indent: "  ", Yields: []string{"From"}}
	if narrow {
		t.Headers, t.Yields = []string{"Type", "Reason", "Age", "Message"}, []string{"Type"}
	}
	if left := len(list) - most; left > 0 {
		p.raw("  " + p.st.Paint(Dim, fmt.Sprintf("(%d older ones are left out)", left)))
		list = list[left:]
	}
	for _, e := range list {
		role := Plain
		if e.Type == warning {
			role = Warn
		}
		age := Since(e.Last, now)
		if e.Count > 1 {
			age += fmt.Sprintf(" (x%d over %s)", e.Count, Since(e.First, now))
		}
		row := []string{p.st.Paint(role, p.st.Text(e.Type)), p.st.Paint(role, p.st.Text(e.Reason)), age}
		message := p.oneLine(strings.TrimSpace(e.Message))
		if narrow {
			t.Rows = append(t.Rows, append(row, p.st.Text(e.About)+": "+message))
			continue
		}
		t.Rows = append(t.Rows, append(row, p.st.Text(e.About), orNone(p.st.Text(e.From)), message))
	}
	p.table(t)
}
