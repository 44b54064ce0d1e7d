// Package delete deletes Jobs and CronJobs with an explicit cascade, and tells what becomes of their pods.
package delete
