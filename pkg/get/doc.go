// Package get lists Jobs and CronJobs: how they do, and in words why not.
package get
