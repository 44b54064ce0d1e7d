package target

import (
	"fmt"
	"strings"
)

// Tally counts objects by kind: 3 Jobs and 1 CronJob. Of what there is none it says nothing.
func Tally(jobs, cronJobs, pods int) string {
	var parts []string
	for _, k := range []struct {
		n    int
		noun string
	}{{jobs, "Job"}, {cronJobs, "CronJob"}, {pods, "pod"}} {
		switch {
		case k.n == 1:
			parts = append(parts, "1 "+k.noun)
		case k.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", k.n, k.noun))
		}
	}
	return strings.Join(parts, " and ")
}
