// Package schedule tells when a CronJob runs: its next slots, and those it missed. It is pure: the time is an argument.
//
// It reads schedules as the CronJob controller does (ParseStandard of robfig/cron, pkg/controller/cronjob/utils.go), so
// that what it says is what the controller will do.
package schedule
