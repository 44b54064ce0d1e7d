package diagnosis

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-jobx/kubectl-jobx/internal/jobstatus"
)

func short(d time.Duration) string { return duration.HumanDuration(max(0, d)) }

func join(reason, message string) string {
	switch {
	case message == "":
		return reason
	case reason == "":
		return message
	}
	return reason + ": " + message
}

func count(n int) string {
	if n == 1 {
		return "one"
	}
	return strconv.Itoa(n)
}

func wanted(s jobstatus.Status) string {
	if s.Completions == nil {
		return "a work queue"
	}
	return strconv.Itoa(int(*s.Completions))
}

// jobx is a command about the Job.
func jobx(s jobstatus.Status, verb, flags string) string {
	return strings.TrimSpace(fmt.Sprintf("kubectl jobx %s job/%s -n %s %s", verb, s.Name, s.Namespace, flags))
}

// failureWords says how pods failed: "exit code 3 in container main: no route".
func failureWords(f jobstatus.Failure) string {
	text := f.Reason
	if f.Container != "" {
		text = fmt.Sprintf("exit code %d in container %q", f.Code, f.Container)
		if f.Reason != "" && f.Reason != "Error" {
			text = f.Reason + ", " + text
		}
	}
	if f.Restarts > 0 {
		text += fmt.Sprintf(" (%d restarts)", f.Restarts)
	}
	return join(text, f.Message)
}
