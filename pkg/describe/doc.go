// Package describe shows everything about Jobs and CronJobs on a page: how they do and why first.
package describe
