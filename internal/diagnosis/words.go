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

// remedy is the source of evidence that is advice: what helps and is no command.
const remedy = "remedy"

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func has(n int) string { return verb(n, "has", "have") }

// others is "one has" or "3 have".
func others(n int32) string { return count(int(n)) + " " + has(int(n)) }

// quoted is names in quotes, with commas between them.
func quoted(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(all, ", ")
}

// done is how far a Job came: "3 of 8 done". A work queue has no number to reach.
func done(s jobstatus.Status) string {
	if s.Completions == nil {
		return fmt.Sprintf("%d %s done", s.Counts.Succeeded, verb(int(s.Counts.Succeeded), "worker", "workers"))
	}
	return fmt.Sprintf("%d of %d done", s.Counts.Succeeded, *s.Completions)
}

// jobx is a command about the Job.
func jobx(s jobstatus.Status, verb, flags string) string {
	return strings.TrimSpace(fmt.Sprintf("kubectl jobx %s job/%s -n %s %s", verb, s.Name, s.Namespace, flags))
}

// many says how many pods failed alike and how: "3 × exit 1 in main: no route".
func many(f jobstatus.Failure) string { return fmt.Sprintf("%d × %s", f.Count, f.Words()) }
