// Package suspension is what suspend and resume have in common: spec.suspend of Jobs and CronJobs, and what setting it
// means for the pods and the next runs.
package suspension
