package render

import (
	"io"
	"strings"
	"time"

	"github.com/kubectl-jobx/kubectl-jobx/internal/diagnosis"
	"github.com/kubectl-jobx/kubectl-jobx/internal/term/safetext"
)

// Why writes a diagnosis: the answer in one line, then each cause with its evidence and what to do. The error is the
// write's.
func Why(w io.Writer, r diagnosis.Report, now time.Time, st Style) error {
	p := &page{st: st}
	name := st.Paint(Bold, st.Text(strings.ToLower(r.Kind)+"/"+r.Name))
	if len(r.Causes) == 0 {
		role := Warn
		if r.Healthy {
			role = Good
		}
		p.folded(name+": ", "", p.oneLine(r.Summary), role)
	}
	for i, c := range r.Causes {
		if i > 0 {
			p.blank()
		}
		head := name + ": "
		if i > 0 {
			head = "also: "
		}
		p.cause(head, c, i == 0, now)
	}
	for _, part := range diagnosis.Parts() {
		if why := r.Unavailable[part]; why != "" {
			p.raw(st.Paint(Warn, "unavailable: "+st.Text(string(part)+": "+why)))
		}
	}
	return p.writeTo(w)
}

func (p *page) cause(head string, c diagnosis.Cause, first bool, now time.Time) {
	role := Warn
	if first {
		role = Bad
	}
	summary := p.oneLine(c.Summary)
	if !c.Since.IsZero() {
		summary += " (since " + Since(c.Since, now) + ")"
	}
	p.folded(head, "", summary, role)
	for _, e := range c.Evidence {
		label, text := p.st.Text(e.Source), p.safe(e.Text)
		if saysWords(e.Source) {
			text = unsaid(text, summary)
		}
		if text != "" {
			label += ":"
		}
		if !e.At.IsZero() {
			first, rest, more := strings.Cut(text, "\n")
			text = strings.TrimPrefix(first+" (", " ") + Since(e.At, now) + " ago)"
			if more {
				text += "\n" + rest
			}
		}
		p.block = append(p.block, pair{1, label, text, Plain})
	}
	p.stacked()
	for _, next := range c.Next {
		p.raw("  " + p.st.Paint(Good, p.st.either("→", "->")) + " " + p.st.Paint(Bold, p.st.Text(next)))
	}
}

// saysWords says that evidence from there is what a controller, the scheduler or a kubelet says in words. Logs are shown as they are.
func saysWords(source string) bool {
	kind, _, _ := strings.Cut(source, " ")
	return kind == "pod" || kind == "event" || kind == "condition"
}

// unsaid is what a piece of evidence says beside the summary: the words of a scheduler are long, and a page that has them three
// times is not read. Short ones stand where they belong all the same.
func unsaid(text, summary string) string {
	const long = 40
	said := func(part string) bool { return len(part) >= long && strings.Contains(summary, part) }
	head, rest, _ := strings.Cut(text, ": ")
	switch {
	case said(text):
		return ""
	case said(rest):
		return head
	}
	return text
}

// folded adds a sentence behind a head, broken between words.
func (p *page) folded(head, indent, text string, role Role) {
	p.flush()
	lines := []string{text}
	if p.st.Width > 0 {
		const least = 20
		// The head takes part in the first line's breaking as a word of its own, and is taken off again.
		taken := strings.Repeat("x", safetext.Width(head)-1)
		lines = wrapWords(taken+" "+text, max(least, p.st.Width-len(indent)-levelWidth))
		lines[0] = strings.TrimPrefix(strings.TrimPrefix(lines[0], taken), " ")
	}
	for i, line := range lines {
		switch {
		case i == 0 && line == "":
			p.raw(indent + strings.TrimRight(head, " "))
			continue
		case i == 0:
			p.raw(indent + head + p.st.Paint(role, line))
			continue
		}
		p.raw(indent + "  " + p.st.Paint(role, line))
	}
}

// stacked lays the block out with each value in the line of its label, or below it where there is no room.
func (p *page) stacked() {
	block := p.block
	p.block = nil
	for _, e := range block {
		margin := strings.Repeat(" ", e.level*levelWidth)
		lines := strings.Split(e.value, "\n")
		if len(lines) == 1 {
			p.folded(e.label+" ", margin, lines[0], e.role)
			continue
		}
		p.raw(margin + e.label)
		for _, line := range lines {
			p.raw(margin + "  | " + line)
		}
	}
}
