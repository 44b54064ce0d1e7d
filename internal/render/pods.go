package render

import (
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

// PodColumns says which columns a table of pods has beside NAME, STATUS, EXIT, RESTARTS, STARTED, DURATION and AGE.
type PodColumns struct {
	Namespace func(*jobstatus.Pod) string // nil: the pods are of one namespace
	Job       func(*jobstatus.Pod) string // nil: the pods are of one Job
	Index     bool
	Attempt   bool
	Wide      bool // node, reason and message
}

// ColumnsFor chooses the columns that say something about these pods.
func ColumnsFor(pods []*jobstatus.Pod) PodColumns {
	var c PodColumns
	for _, p := range pods {
		c.Index = c.Index || p.Index >= 0
		c.Attempt = c.Attempt || p.Attempt > 0
	}
	return c
}

// PodTable is pods as a table, in the order given.
func PodTable(pods []*jobstatus.Pod, c PodColumns, now time.Time, st Style) Table {
	t := Table{Headers: c.headers(), Names: nameColumn, Rows: make([][]string, 0, len(pods))}
	for _, p := range pods {
		t.Rows = append(t.Rows, c.row(p, now, st))
	}
	t.Yields = []string{"STARTED", "AGE", "DURATION", "RESTARTS", "INDEX", "ATTEMPT"} // a name has the index in it
	if c.Wide {
		t.LastRoom = reasonRoom
	}
	return t
}

func (c PodColumns) headers() []string {
	var h []string
	add := func(want bool, names ...string) {
		if want {
			h = append(h, names...)
		}
	}
	add(c.Namespace != nil, "NAMESPACE")
	add(true, "NAME")
	add(c.Job != nil, "JOB")
	add(c.Index, "INDEX")
	add(c.Attempt, "ATTEMPT")
	add(true, "STATUS", "EXIT", "RESTARTS", "STARTED", "DURATION", "AGE")
	add(c.Wide, "NODE", "REASON")
	return h
}

func (c PodColumns) row(p *jobstatus.Pod, now time.Time, st Style) []string {
	row := make([]string, 0, 12)
	if c.Namespace != nil {
		row = append(row, st.Text(c.Namespace(p)))
	}
	row = append(row, st.Text(p.Name))
	if c.Job != nil {
		row = append(row, orNone(st.Text(c.Job(p))))
	}
	if c.Index {
		row = append(row, numberOrNone(p.Index, 0))
	}
	if c.Attempt {
		row = append(row, numberOrNone(p.Attempt, 1))
	}
	role, _ := podLook(p, st)
	row = append(row,
		st.Paint(role, st.Text(p.Status)),
		orNone(st.Text(ExitWords(p.Exit))),
		strconv.Itoa(int(p.Restarts)),
		startedWords(p, now),
		PodDuration(p, now),
		Since(p.Created, now),
	)
	if c.Wide {
		row = append(row, orNone(st.Text(p.Node)), podReason(p, st))
	}
	return row
}

// podReason is why a pod is as it is, without what its other cells say already.
func podReason(p *jobstatus.Pod, st Style) string {
	reason, message := p.Reason, p.Message
	if reason == p.Status || (p.Exit != nil && reason == p.Exit.Reason) {
		reason = ""
	}
	if message == "" && p.Exit != nil {
		message = p.Exit.Message
	}
	return reasonAndMessage(reason, message, st)
}

// startedWords is how long ago the pod's containers started.
func startedWords(p *jobstatus.Pod, now time.Time) string {
	if p.Started.IsZero() {
		return none
	}
	return Duration(now.Sub(p.Started)) + " ago"
}

// PodDuration is for how long the pod's containers ran, or have been running.
func PodDuration(p *jobstatus.Pod, now time.Time) string {
	switch {
	case p.Started.IsZero():
		return none
	case !p.Finished.IsZero():
		return Duration(p.Finished.Sub(p.Started))
	case p.Phase == jobstatus.PodRunning:
		return Duration(now.Sub(p.Started))
	}
	return none
}

// ExitWords says how a container ended: its code, and in words what ended it, or the signal that did.
func ExitWords(e *jobstatus.Exit) string {
	if e == nil {
		return ""
	}
	if e.Container == "" && e.Reason != "" {
		return e.Reason // the pod was ended, not a container
	}
	return strings.TrimSuffix(strconv.Itoa(int(e.Code))+" "+exitCause(*e), " ")
}

// exitCause is what ended a container beside its code: OOMKilled, Evicted and the like before the signal that was sent for
// it; "": it ended by itself.
func exitCause(e jobstatus.Exit) string {
	switch {
	case e.Reason != "" && e.Reason != "Error" && e.Reason != "Completed":
		return e.Reason
	case e.Signal > 0:
		return signalName(e.Signal)
	}
	return ""
}

// signalName is the name of a signal; the numbers are Linux's, which the containers run on.
func signalName(n int32) string {
	switch n {
	case 1:
		return "SIGHUP"
	case 2:
		return "SIGINT"
	case 3:
		return "SIGQUIT"
	case 4:
		return "SIGILL"
	case 6:
		return "SIGABRT"
	case 7:
		return "SIGBUS"
	case 8:
		return "SIGFPE"
	case 9:
		return "SIGKILL"
	case 11:
		return "SIGSEGV"
	case 13:
		return "SIGPIPE"
	case 15:
		return "SIGTERM"
	}
	return "signal " + strconv.Itoa(int(n))
}

// none stands where there is nothing to say.
const none = "-"

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

func numberOrNone(n, least int32) string {
	if n < least {
		return none
	}
	return strconv.Itoa(int(n))
}
