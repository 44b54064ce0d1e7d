package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// podPart is the pods that matter now and why, as many as there is room for, and a line that counts the others.
func podPart(s jobstatus.Status, now time.Time, r *room, st Style, o FrameOptions) []string {
	limit := r.share(1)
	if o.Pods < 0 {
		return nil
	}
	if o.Pods > 0 {
		limit = min(limit, o.Pods+1)
	}
	pods := podsThatMatter(s)
	shown := pods
	if len(pods) > limit {
		shown = pods[:max(0, limit-1)]
	}
	if len(shown) == 0 {
		return nil
	}
	table := Table{}
	_, told := trouble(s, st)
	for _, p := range shown {
		pod := *p
		if strings.Contains(told, st.Text(pod.Message)) {
			pod.Message = "" // told at the top
		}
		table.Rows = append(table.Rows, podRow(&pod, now, st))
	}
	shorten(table.Rows, 0, s.Name, st)
	lines := table.Lines(st)
	if rest := pods[len(shown):]; len(rest) > 0 {
		lines = append(lines, st.Paint(Dim, st.fit(morePods(rest, st))))
	}
	return lines
}

// podsThatMatter are the pods that have not succeeded, in the order of how much they ask for a look. A failed pod
// whose index, or whose Job, was tried again matters less than those that run.
func podsThatMatter(s jobstatus.Status) []*jobstatus.Pod {
	superseded := laterAttempts(s)
	var pods []*jobstatus.Pod
	for _, p := range s.Pods {
		if p.Phase != jobstatus.PodSucceeded {
			pods = append(pods, p)
		}
	}
	slices.SortFunc(pods, func(a, b *jobstatus.Pod) int {
		return cmp.Or(
			cmp.Compare(podWeight(a, superseded), podWeight(b, superseded)),
			newestFailureFirst(a, b),
			cmp.Compare(a.Index, b.Index),
			a.Created.Compare(b.Created),
			cmp.Compare(a.Name, b.Name),
		)
	})
	return pods
}

// newestFailureFirst orders failed pods by when they failed; others it leaves alone.
func newestFailureFirst(a, b *jobstatus.Pod) int {
	if a.Phase != jobstatus.PodFailed || b.Phase != jobstatus.PodFailed {
		return 0
	}
	return b.Finished.Compare(a.Finished)
}

// podWeight is the place of a pod: what is stuck, what just failed, what runs, what comes, and the past last.
func podWeight(p *jobstatus.Pod, superseded map[int32]int32) int {
	switch p.Phase {
	case jobstatus.PodStuck:
		return 0
	case jobstatus.PodFailed:
		if superseded[p.Index] > p.Attempt {
			return 5
		}
		return 1
	case jobstatus.PodRunning:
		return 2
	case jobstatus.PodTerminating:
		return 3
	case jobstatus.PodPending:
		return 4
	case jobstatus.PodSucceeded:
	}
	return 6
}

// laterAttempts is the newest attempt of each index of which a pod failed.
func laterAttempts(s jobstatus.Status) map[int32]int32 {
	newest := map[int32]int32{}
	for _, p := range s.Pods {
		if p.Phase == jobstatus.PodFailed && p.Index >= 0 {
			newest[p.Index] = p.Attempt
		}
	}
	if len(newest) == 0 {
		return nil
	}
	for _, p := range s.Pods {
		if attempt, failed := newest[p.Index]; failed {
			newest[p.Index] = max(attempt, p.Attempt)
		}
	}
	return newest
}

// podRow is a pod as cells: sign and name, what it does, for how long, and why.
func podRow(p *jobstatus.Pod, now time.Time, st Style) []string {
	role, sign := podLook(p, st)
	status := st.Text(p.Status)
	switch {
	case p.Exit != nil && p.Phase == jobstatus.PodFailed:
		status = st.Text(exit(*p.Exit))
	case p.Phase == jobstatus.PodRunning && !p.Ready:
		status += ", not ready"
	}
	return []string{
		st.Paint(role, sign) + " " + st.Text(p.Name),
		st.Paint(role, status),
		podAge(p, now),
		st.Paint(Dim, podDetail(p, st)),
	}
}

func podLook(p *jobstatus.Pod, st Style) (Role, string) {
	switch p.Phase {
	case jobstatus.PodStuck:
		return Warn, "!"
	case jobstatus.PodFailed:
		return Bad, st.either("✗", "x")
	case jobstatus.PodRunning:
		return Busy, st.either("▸", ">")
	case jobstatus.PodSucceeded:
		return Good, st.either("✓", "+")
	case jobstatus.PodPending:
		return Warn, st.either("○", "o")
	case jobstatus.PodTerminating:
	}
	return Dim, st.either("○", "o")
}

// podAge is for how long a pod does what it does: runs, waits, or is over.
func podAge(p *jobstatus.Pod, now time.Time) string {
	switch {
	case !p.Finished.IsZero():
		return Since(p.Finished, now) + " ago"
	case !p.Since.IsZero():
		return Since(p.Since, now)
	}
	return Since(p.Created, now)
}

// podDetail is why a pod is as it is, or which attempt it is.
func podDetail(p *jobstatus.Pod, st Style) string {
	message := p.Message
	if p.Phase == jobstatus.PodFailed && p.Exit != nil && p.Exit.Message != "" {
		message = p.Exit.Message
	}
	reason := p.Reason
	if reason == p.Status || p.Phase == jobstatus.PodFailed && p.Exit != nil {
		reason = ""
	}
	var parts []string
	if why := reasonAndMessage(reason, message, st); why != "" {
		parts = append(parts, why)
	}
	if p.Attempt > 1 {
		parts = append(parts, ordinal(p.Attempt)+" attempt")
	}
	if p.Restarts > 0 {
		parts = append(parts, plural(int(p.Restarts), "restart"))
	}
	return strings.Join(parts, st.dot())
}

// shorten leaves the Job's name out of a column of names that would take more than two fifths of a terminal: what tells
// them apart stands at their end.
func shorten(rows [][]string, column int, job string, st Style) {
	widest := 0
	for _, row := range rows {
		widest = max(widest, safetext.Width(row[column]))
	}
	if st.Width <= 0 || widest <= st.Width*2/5 {
		return
	}
	for _, row := range rows {
		row[column] = strings.Replace(row[column], st.Text(job)+"-", st.ellipsis(), 1)
	}
}

// morePods counts the pods that are not shown, by phase.
func morePods(pods []*jobstatus.Pod, st Style) string {
	count := map[jobstatus.PodPhase]int{}
	for _, p := range pods {
		count[p.Phase]++
	}
	var parts []string
	for _, phase := range []jobstatus.PodPhase{
		jobstatus.PodStuck, jobstatus.PodFailed, jobstatus.PodRunning, jobstatus.PodTerminating, jobstatus.PodPending,
	} {
		if n := count[phase]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(string(phase))))
		}
	}
	return fmt.Sprintf("%s %d more: %s", st.ellipsis(), len(pods), strings.Join(parts, ", "))
}
