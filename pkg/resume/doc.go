// Package resume lets a suspended Job or CronJob go on.
package resume
