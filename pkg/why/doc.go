// Package why answers why a Job or a CronJob is not done: the cause, its evidence, and the next command to type.
package why
