// Package suspend stops a Job's pods, or a CronJob's next runs, until it is resumed.
package suspend
