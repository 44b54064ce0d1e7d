// Package suspend stops a Job's pods, or a CronJob's next runs, until it is resumed.
package suspend

const short = "Stop a Job's pods, or a CronJob's next runs, until it is resumed"

const long = `Suspend a Job: its pods are killed, which does not count as a failure, and no new ones are started until
kubectl jobx resume. The logs of the killed pods go with them; save them first with kubectl jobx logs --save. Completed
indexes and completions are kept.

Suspend a CronJob (cronjob/NAME): no new runs are started. Jobs that run are not touched.

What is suspended already is left as it is. A Job that Kueue or another controller manages is refused: they set
spec.suspend themselves.`

const example = `  # stop a Job for now
  kubectl jobx suspend myjob

  # and come back when its pods are gone
  kubectl jobx suspend myjob --wait --timeout 2m

  # no nightly runs for now
  kubectl jobx suspend cronjob/nightly

  # everything of a team, after a look at what would be killed
  kubectl jobx suspend -l team=data --dry-run client`
