// Package resume lets a suspended Job or CronJob go on.
package resume

const short = "Let a suspended Job or CronJob go on"

const long = `Resume a suspended Job: pods are started again, for the completions and indexes that are still missing. The clock of its
activeDeadlineSeconds starts anew.

Resume a CronJob (cronjob/NAME): its runs start on schedule again. Of the runs missed meanwhile the newest starts at once,
unless it is later than startingDeadlineSeconds allows; which it will be is told.

What is not suspended is left as it is. A Job that Kueue or another controller manages is refused.`

const example = `  # go on
  kubectl jobx resume myjob

  # and come back when a pod is active
  kubectl jobx resume myjob --wait

  # every suspended Job of the namespace
  kubectl jobx resume --status Suspended`
