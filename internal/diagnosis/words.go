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

// many says how many pods failed alike and how: "3 × exit 1 in main: no route".
func many(f jobstatus.Failure) string { return fmt.Sprintf("%d × %s", f.Count, f.Words()) }
