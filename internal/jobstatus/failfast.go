package jobstatus

import (
	"fmt"
	"time"
)

// FailFastCause says what the Job waits for that will not come by itself, and since when; false: nothing. The cause may
// hold untrusted text.
func FailFastCause(s Status) (cause string, since time.Time, ok bool) {
	o := s.Obstacle
	if o == nil || s.Decided || s.State == Suspended {
		return "", time.Time{}, false
	}
	return o.text(), o.Since, true
}

func (o *Obstacle) text() string {
	text := o.Reason
	switch {
	case o.Pods == 1:
		text = fmt.Sprintf("pod %q: %s", o.Pod, o.Reason)
	case o.Pods > 1:
		text = fmt.Sprintf("%d pods: %s", o.Pods, o.Reason)
	}
	return joined(text, o.Message)
}
