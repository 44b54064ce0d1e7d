package act

import (
	"fmt"

	"github.com/kubectl-jobx/kubectl-jobx/internal/target"
)

// Where says in which namespaces objects are: whoever is in the wrong one must be able to see it.
func Where(items []target.Item) string {
	switch namespaces := Namespaces(items); len(namespaces) {
	case 1:
		return fmt.Sprintf(" in namespace %q", namespaces[0])
	default:
		return fmt.Sprintf(" in %d namespaces", len(namespaces))
	}
}

// Tally counts objects by kind: 3 Jobs and 1 CronJob.
func Tally(items []target.Item) string {
	var jobs, cronJobs, pods int
	for _, i := range items {
		switch {
		case i.Job != nil:
			jobs++
		case i.CronJob != nil:
			cronJobs++
		default:
			pods++
		}
	}
	return target.Tally(jobs, cronJobs, pods)
}
