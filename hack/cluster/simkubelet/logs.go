package simkubelet

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// request is what the API server asks for: the kubelet's /containerLogs, with the options of `kubectl logs`.
type request struct {
	namespace, pod, container string
	follow, previous, stamps  bool
	tail                      int // -1: all
	limit                     int // bytes; -1: all
	since                     time.Time
}

func parseRequest(r *http.Request, now time.Time) (request, error) {
	q := request{namespace: r.PathValue("namespace"), pod: r.PathValue("pod"), container: r.PathValue("container"), tail: -1, limit: -1}
	v := r.URL.Query()
	var errs [6]error
	q.follow, errs[0] = boolean(v, "follow")
	q.previous, errs[1] = boolean(v, "previous")
	q.stamps, errs[2] = boolean(v, "timestamps")
	q.tail, errs[3] = number(v, "tailLines")
	q.limit, errs[4] = number(v, "limitBytes")
	if seconds, err := number(v, "sinceSeconds"); err != nil {
		errs[5] = err
	} else if seconds >= 0 {
		q.since = now.Add(-time.Duration(seconds) * time.Second)
	}
	if text := v.Get("sinceTime"); text != "" {
		var err error
		if q.since, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return q, err
		}
	}
	return q, errors.Join(errs[:]...)
}

func boolean(v url.Values, name string) (bool, error) {
	if v.Get(name) == "" {
		return false, nil
	}
	return strconv.ParseBool(v.Get(name))
}

func number(v url.Values, name string) (int, error) {
	if v.Get(name) == "" {
		return -1, nil
	}
	return strconv.Atoi(v.Get(name))
}

// run is one run of a container: the log that a request reads.
type run struct {
	script  script
	restart int       // which run of the container
	ended   bool      // nothing more will be written
	killed  time.Time // when it was ended before its time; zero otherwise
}

// lines is how many lines the run has written by now.
func (r run) lines(now time.Time) int {
	switch {
	case !r.killed.IsZero():
		return r.script.written(r.killed)
	case r.ended && r.script.count >= 0:
		return r.script.count
	default:
		return r.script.written(now)
	}
}

// findRun picks the run that a request wants. Its errors are worded as the kubelet's.
func findRun(p *pod, q request) (run, error) {
	s, ok := p.container(q.container)
	if !ok {
		return run{}, fmt.Errorf("container %q in pod %q is waiting to start: ContainerCreating", q.container, q.pod)
	}
	last := s.LastState.Terminated
	if q.previous {
		if last == nil {
			return run{}, fmt.Errorf("previous terminated container %q in pod %q not found", q.container, q.pod)
		}
		return run{script: newScript(p, last.StartedAt, last.ExitCode), restart: s.RestartCount - 1, ended: true}, nil
	}
	switch {
	case s.State.Running != nil:
		return run{script: newScript(p, s.State.Running.StartedAt, failCode(p)), restart: s.RestartCount}, nil
	case s.State.Terminated != nil:
		t := s.State.Terminated
		r := run{script: newScript(p, t.StartedAt, t.ExitCode), restart: s.RestartCount, ended: true}
		cutShort := t.ExitCode == 137 && t.FinishedAt.Before(r.script.at(max(0, r.script.count-1)))
		if cutShort || r.script.count < 0 {
			// What was written within the second of the end is there: the time says no more than the second, and a follower may have it.
			r.killed = t.FinishedAt.Add(time.Second - 1)
		}
		return r, nil
	case last != nil: // between two runs the kubelet still gives the one that ended
		return run{script: newScript(p, last.StartedAt, last.ExitCode), restart: s.RestartCount, ended: true}, nil
	}
	reason := "ContainerCreating"
	if s.State.Waiting != nil {
		reason = s.State.Waiting.Reason
	}
	if reason == "ImagePullBackOff" || reason == "ErrImagePull" {
		return run{}, fmt.Errorf("container %q in pod %q is waiting to start: trying and failing to pull image", q.container, q.pod)
	}
	return run{}, fmt.Errorf("container %q in pod %q is waiting to start: %s", q.container, q.pod, reason)
}

// failCode is the exit code that a running container is told to end with, as far as its pod alone says.
func failCode(p *pod) int {
	if p.annotation("fail-indexes") != "" || p.annotation("fail-attempts") != "" {
		return 0
	}
	code, _ := strconv.Atoi(p.annotation("exit-code"))
	return code
}

// stampLayout is the kubelet's: nanoseconds with all their digits.
const stampLayout = "2006-01-02T15:04:05.000000000Z07:00"

// writer sends lines until the request's limit is reached.
type writer struct {
	buf    *bufio.Writer
	flush  func() error
	stamps bool
	left   int // bytes; -1: no limit
}

var errLimit = errors.New("limit reached")

func (w *writer) line(at time.Time, text string) error {
	line := text + "\n"
	if w.stamps {
		line = at.UTC().Format(stampLayout) + " " + line
	}
	if w.left >= 0 {
		if len(line) >= w.left {
			w.buf.WriteString(line[:w.left])
			return errLimit
		}
		w.left -= len(line)
	}
	_, err := w.buf.WriteString(line)
	return err
}

func (w *writer) send() error {
	if err := w.buf.Flush(); err != nil {
		return err
	}
	return w.flush()
}
