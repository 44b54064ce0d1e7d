package simkubelet

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// script is what one run of a container writes: every line's text and time follow from the pod alone, so that two requests
// for the same log give the same bytes.
type script struct {
	pod      string
	start    time.Time
	every    time.Duration // between two lines
	count    int           // -1: no end
	literal  []string      // the annotation's own lines; nil for made-up ones
	size     int           // bytes of a made-up line at least
	exitCode int
}

const (
	defaultLines  = 10
	defaultRunFor = time.Second
)

// newScript reads the annotations of a pod for a run that began at start and ended, or will end, with exitCode.
func newScript(p *pod, start time.Time, exitCode int) script {
	s := script{pod: p.Metadata.Name, start: start, count: defaultLines, exitCode: exitCode}
	runFor, err := time.ParseDuration(p.annotation("run-for"))
	if err != nil {
		runFor = defaultRunFor
	}
	if text := p.annotation("log"); text != "" {
		s.literal = strings.Split(strings.TrimRight(text, "\n"), "\n")
		s.count = len(s.literal)
	} else if n, err := strconv.Atoi(p.annotation("log-lines")); err == nil && n >= 0 {
		s.count = n
	} else if p.annotation("run-for") == "forever" {
		s.count = -1
	}
	s.size, _ = strconv.Atoi(p.annotation("log-line-bytes"))
	s.every = time.Second
	if s.count > 0 && p.annotation("run-for") != "forever" {
		s.every = runFor / time.Duration(s.count)
	}
	if every, err := time.ParseDuration(p.annotation("log-every")); err == nil && every > 0 {
		s.every = every
	}
	return s
}

// at is the time of line i, counted from 0.
func (s script) at(i int) time.Time { return s.start.Add(time.Duration(i) * s.every) }

// written is how many lines stand in the log at a time; everything after the run's own end.
func (s script) written(now time.Time) int {
	if now.Before(s.start) {
		return 0
	}
	n := s.count
	if s.every > 0 {
		n = int(now.Sub(s.start)/s.every) + 1
	}
	if s.count >= 0 {
		n = min(n, s.count)
	}
	return n
}

// text is line i without its end.
func (s script) text(i int) string {
	if s.literal != nil {
		return s.literal[i]
	}
	var line string
	switch {
	case i == 0:
		line = "starting on " + s.pod
	case s.count < 0:
		line = fmt.Sprintf("step %d", i)
	case i < s.count-1:
		line = fmt.Sprintf("step %d of %d", i, s.count-2)
	case s.exitCode == 0:
		line = "done"
	default:
		line = fmt.Sprintf("error: giving up with exit code %d", s.exitCode)
	}
	if pad := s.size - len(line) - 1; pad > 0 {
		line += " " + strings.Repeat("x", pad)
	}
	return line
}
