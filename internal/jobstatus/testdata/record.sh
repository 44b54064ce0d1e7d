#!/usr/bin/env bash
# Records the cases of cases/*.json from a throwaway cluster with simulated nodes:
#
#   go -C hack/cluster run . up --name record
#   KUBECONFIG=$(go -C hack/cluster run . kubeconfig --name record) internal/jobstatus/testdata/record.sh [CASE …]
#   go test ./internal/jobstatus -run Cases -update      # then read the diff of cases/*.want.yaml
#
# Each case is a function below: it makes a Job in a namespace of its own, waits until the cluster shows the situation,
# and saves the Job, its pods and the events as they are then. A cause_… is one that only a diagnosis tells of: a CronJob, the
# end of a log, a Job that is gone. It goes to internal/diagnosis/testdata/recorded. NODE=real records the real_… of them,
# from a cluster with a real node. It needs kubectl (or $KUBECTL) and jq. Whatever the kubeconfig names is written to, so it
# refuses a server that is not on this machine.
set -euo pipefail
KUBECTL=${KUBECTL:-kubectl}
here=$(cd "$(dirname "$0")" && pwd)
causes=$here/../../diagnosis/testdata/recorded
mkdir -p "$here/cases" "$causes"

case $("$KUBECTL" config view --minify -o 'jsonpath={.clusters[0].cluster.server}') in
  https://127.0.0.1:*|https://localhost:*) ;;
  *) echo "record.sh: the kubeconfig's server is not on this machine" >&2; exit 1 ;;
esac

k() { "$KUBECTL" -n "rec-$name" "$@"; }

# job SPEC [ANNOTATIONS [POD]] prints a Job "work": flow-style YAML for its spec, its pods' annotations and their spec.
job() {
  cat <<YAML
apiVersion: batch/v1
kind: Job
metadata: {name: work}
spec: {${1:+$1,} template: {metadata: {annotations: {${2:-}}}, spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]${3:+, $3}}}}
YAML
}
onfailure() { job "$@" | sed 's/restartPolicy: Never/restartPolicy: OnFailure/'; }

start() { k apply -f - >/dev/null; }

# objects prints all that is saved, without what the kubelet mounts and the scheduler adds to every pod.
objects() {
  k get jobs,pods,events -o json | jq 'del(.metadata, .items[].metadata.managedFields, .items[].spec.volumes?,
    .items[].spec.tolerations?, .items[].spec.containers?[]?.volumeMounts, .items[].spec.securityContext?,
    .items[].metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"])
    | .items |= map(if .metadata.annotations == {} then del(.metadata.annotations) else . end)'
}

# everything is objects with CronJobs, and with who set what.
everything() {
  k get cronjobs,jobs,pods,events --show-managed-fields -o json | jq 'del(.metadata, .items[].spec.volumes?, .items[].spec.tolerations?,
    .items[].spec.containers?[]?.volumeMounts, .items[].spec.securityContext?,
    .items[].metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"],
    (.items[] | select(.kind!="Job" and .kind!="CronJob") | .metadata.managedFields))'
}

# saw COMMAND… REGEXP waits until the command prints what matches.
saw() {
  local i
  for i in $(seq 300); do if k "${@:1:$#-1}" 2>/dev/null | grep -qE "${!#}"; then return; fi; sleep 0.3; done
  echo "record.sh: $name: never saw: ${!#}" >&2
  return 1
}

# keep ABOUT [SECONDS [POD CONTAINER]] writes a case of a cause, as of so many seconds from now, with the end of a log.
keep() {
  local log='[]'
  if [[ ${3:-} ]]; then
    log=$(k logs "$3" -c "$4" --tail 5 | jq -Rs --arg pod "${3#pod/}" --arg container "$4" '[{pod: $pod, container: $container, lines: (rtrimstr("\n") | split("\n"))}]')
  fi
  everything | jq --arg about "$1" --arg now "$(date -u -d "+${2:-0} seconds" +%FT%TZ)" --argjson logs "$log" \
    '{about: $about, now: $now, items: .items} + if $logs == [] then {} else {logs: $logs} end' >"$causes/$name.json"
  "$KUBECTL" delete namespace "rec-$name" --wait=false >/dev/null
}

# until EXPR waits until the jq expression holds: $job is the Job "work", $pods are its pods, $events the events.
until_() {
  local i
  for i in $(seq 300); do
    if objects | jq -e '[.items[] | select(.kind=="Job" and .metadata.name=="work")][0] as $job
      | [.items[] | select(.kind=="Pod")] as $pods | [.items[] | select(.kind=="Event")] as $events
      | (def phase($p): [$pods[] | select(.status.phase==$p)] | length;
         def cond($c): any($job.status.conditions[]?; .type==$c and .status=="True");
         def waiting($r): [$pods[] | select(any(.status.containerStatuses[]?; .state.waiting.reason==$r))] | length;
         '"$1"')' >/dev/null; then return; fi
    sleep 0.2
  done
  echo "record.sh: $name: never saw: $1" >&2
  return 1
}

pod() { k get pods -o name --sort-by=.metadata.creationTimestamp | sed -n "${1:-1}p"; }

# save writes the case: about what it shows, the moment, and the objects.
save() { save_only "$1"; "$KUBECTL" delete namespace "rec-$name" --wait=false >/dev/null; }
save_only() {
  objects >"$here/cases/$name.json.part"
  jq --arg about "$1" --arg now "$(date -u +%FT%TZ)" '{about: $about, now: $now, items: .items}' \
    "$here/cases/$name.json.part" >"$here/cases/$name.json"
  rm "$here/cases/$name.json.part"
}

forever='jobx.dev/run-for: forever'

case_not_started() { job '' 'jobx.dev/start-after: 300s' | start; until_ 'waiting("ContainerCreating")==1'; save "a pod that is being created"; }
case_running() { job '' "$forever" | start; until_ 'phase("Running")==1 and $job.status.ready==1'; save "one pod runs"; }
case_complete() { job '' | start; until_ 'cond("Complete")'; save "one pod, done"; }
case_completions_zero() { job 'completions: 0' | start; until_ 'cond("Complete")'; save "nothing to do: complete at once, 0/0"; }
case_failed_no_retry() { job 'backoffLimit: 0' 'jobx.dev/exit-code: "3"' | start; until_ 'cond("Failed")'; save "the first failure ends it"; }
case_backing_off() { job '' 'jobx.dev/exit-code: "3"' | start; until_ '$job.status.failed==1'; save "the first retry in 10 s"; }
case_backing_off_again() { job '' 'jobx.dev/exit-code: "3", jobx.dev/message: "no route to 10.0.0.7"' | start; until_ '$job.status.failed==2'; save "the second retry in 20 s"; }
case_failed_limit() { job 'backoffLimit: 1' 'jobx.dev/exit-code: "3"' | start; until_ 'cond("Failed")'; save "two failures, one retry allowed"; }
case_retry_runs() { job '' 'jobx.dev/fail-attempts: "1", jobx.dev/exit-code: "1", jobx.dev/run-for: 4s' | start; until_ '$job.status.failed==1 and phase("Running")==1'; save "the second attempt runs"; }
case_retry_succeeded() { job '' 'jobx.dev/fail-attempts: "1", jobx.dev/exit-code: "1"' | start; until_ 'cond("Complete")'; save "failed once, then done"; }
case_count_running() { job 'completions: 8, parallelism: 2' 'jobx.dev/run-for: 3s' | start; until_ '$job.status.succeeded>=4 and phase("Running")==2'; save "4 of 8 done, 2 run"; }
case_count_complete() { job 'completions: 4, parallelism: 2' | start; until_ 'cond("Complete")'; save "4 of 4"; }
case_count_parallel_failures() { job 'completions: 6, parallelism: 3' 'jobx.dev/exit-code: "1"' | start; until_ '$job.status.failed>=3'; save "three failures at once count as three for the back-off"; }
case_queue_before_success() { job 'parallelism: 3' "$forever" | start; until_ 'phase("Running")==3 and $job.status.ready==3'; save "a work queue with no success yet"; }
case_queue_draining() {
  job 'parallelism: 3' "$forever" | start; until_ 'phase("Running")==3 and $job.status.ready==3'
  k annotate --overwrite "$(pod)" jobx.dev/run-for=1s >/dev/null; until_ '$job.status.succeeded==1 and $job.status.active==2'; save "one worker succeeded: the others go on, none is added"
}
case_queue_failure_after_success() {
  job 'parallelism: 3, backoffLimit: 3' "$forever" | start; until_ 'phase("Running")==3 and $job.status.ready==3'
  k annotate --overwrite "$(pod 1)" jobx.dev/run-for=1s >/dev/null; until_ '$job.status.succeeded==1 and $job.status.active==2'; sleep 1
  k annotate --overwrite "$(pod 2)" jobx.dev/exit-code=1 jobx.dev/run-for=1s >/dev/null; until_ '$job.status.failed==1 and $job.status.active==1'; save "a worker failed after the first success: it is not replaced"
}
case_queue_failed_after_success() {
  job 'parallelism: 3, backoffLimit: 0' "$forever" | start; until_ 'phase("Running")==3 and $job.status.ready==3'
  k annotate --overwrite "$(pod 1)" jobx.dev/run-for=1s >/dev/null; until_ '$job.status.succeeded==1 and $job.status.active==2'; sleep 1
  k annotate --overwrite "$(pod 2)" jobx.dev/exit-code=1 jobx.dev/run-for=1s >/dev/null; until_ 'cond("Failed")'; save "one success, then a failure beyond the limit: Failed"
}
case_queue_complete() { job 'parallelism: 2' | start; until_ 'cond("Complete")'; save "both workers succeeded"; }
indexed='completionMode: Indexed'
case_indexed_running() { job "$indexed, completions: 6, parallelism: 3" 'jobx.dev/forever-indexes: "2,4-5"' | start; until_ '$job.status.succeeded==3 and $job.status.ready==3'; save "0,1,3 done, 2,4,5 run"; }
case_indexed_complete() { job "$indexed, completions: 3, parallelism: 3" | start; until_ 'cond("Complete")'; save "every index done"; }
case_indexed_retrying() { job "$indexed, completions: 4, parallelism: 4" 'jobx.dev/fail-indexes: "1", jobx.dev/exit-code: "7", jobx.dev/forever-indexes: "3"' | start; until_ '$job.status.failed==1 and $job.status.succeeded==2'; save "index 1 failed and will be tried again, 3 runs"; }
item="$indexed, backoffLimitPerIndex: 1"
case_item_retrying() { job "$item, completions: 4, parallelism: 4" 'jobx.dev/fail-indexes: "1,2", jobx.dev/exit-code: "7", jobx.dev/forever-indexes: "3"' | start; until_ '[$pods[]|select(.status.phase=="Failed")]|length==2'; save "indexes 1 and 2 wait for their retry, each with its own clock"; }
case_item_second_attempt() { job "$indexed, backoffLimitPerIndex: 3, completions: 2, parallelism: 2" 'jobx.dev/fail-indexes: "1", jobx.dev/exit-code: "7", jobx.dev/forever-indexes: "0", jobx.dev/run-for: 3s' | start; until_ 'any($pods[]; .metadata.annotations["batch.kubernetes.io/job-index-failure-count"]=="1" and .status.phase=="Running")'; save "the second attempt at index 1 runs"; }
case_item_failed_indexes() { job "$indexed, backoffLimitPerIndex: 0, completions: 4, parallelism: 4" 'jobx.dev/fail-indexes: "1,2", jobx.dev/exit-code: "7"' | start; until_ 'cond("Failed")'; save "all indexes ran, two failed: Failed"; }
case_item_failed_while_running() { job "$indexed, backoffLimitPerIndex: 0, completions: 6, parallelism: 3" 'jobx.dev/fail-indexes: "1", jobx.dev/exit-code: "7", jobx.dev/forever-indexes: "4-5"' | start; until_ '$job.status.failedIndexes=="1" and $job.status.succeeded==3 and $job.status.ready==2'; save "index 1 failed for good, the others go on"; }
case_item_too_many_failed() { job "$indexed, backoffLimitPerIndex: 0, maxFailedIndexes: 1, completions: 5, parallelism: 5" 'jobx.dev/fail-indexes: "1-3", jobx.dev/exit-code: "7", jobx.dev/forever-indexes: "4"' | start; until_ 'cond("Failed")'; save "more failed indexes than allowed"; }
case_criteria_running() { job "$indexed, completions: 5, parallelism: 5, successPolicy: {rules: [{succeededIndexes: 3-4, succeededCount: 2},{succeededCount: 4}]}" 'jobx.dev/forever-indexes: "2-4"' | start; until_ '$job.status.succeeded==2 and $job.status.ready==3'; save "the second rule is nearer: 2 of 4"; }
case_criteria_complete() { job "$indexed, completions: 3, parallelism: 3, successPolicy: {rules: [{succeededIndexes: '0'}]}" 'jobx.dev/forever-indexes: "1-2"' | start; until_ 'cond("Complete")'; save "complete at 1 of 3"; }
case_criteria_met() { job "$indexed, completions: 3, parallelism: 3, successPolicy: {rules: [{succeededIndexes: '0'}]}" 'jobx.dev/forever-indexes: "1-2", jobx.dev/terminate-after: 60s' | start; until_ 'cond("SuccessCriteriaMet") and $job.status.terminating==2'; save "decided, its other pods still to stop"; }
case_failing() { job "completions: 2, parallelism: 2, backoffLimit: 0" "jobx.dev/terminate-after: 60s, $forever" | start; until_ '$job.status.ready==2'; k annotate --overwrite "$(pod)" jobx.dev/exit-code=1 jobx.dev/run-for=1s >/dev/null; until_ 'cond("FailureTarget") and $job.status.terminating==1'; save "decided to fail, a pod still to stop"; }
case_policy_fail_job() { job 'podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}' 'jobx.dev/exit-code: "42"' | start; until_ 'cond("Failed")'; save "a pod failure policy ends it; the message names the pod"; }
case_policy_ignore() { job 'backoffLimit: 0, podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}' 'jobx.dev/exit-code: "143", jobx.dev/disrupted: EvictionByEvictionAPI' | start; until_ 'phase("Failed")>=1 and ($job.status.active//0)==0'; save "a disruption is not counted, and is backed off from all the same"; }
case_policy_fail_index() { job "$item, completions: 3, parallelism: 3, podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {operator: In, values: [42]}}]}" 'jobx.dev/fail-indexes: "1", jobx.dev/exit-code: "42", jobx.dev/forever-indexes: "2"' | start; until_ '$job.status.failedIndexes=="1"'; save "the policy fails the index without a retry"; }
case_suspended_at_birth() { job 'suspend: true' | start; until_ 'cond("Suspended")'; save "created suspended: no start time"; }
case_suspended_midway() { job "$indexed, completions: 4, parallelism: 2" 'jobx.dev/forever-indexes: "1-3"' | start; until_ '$job.status.succeeded==1 and $job.status.ready==2'; k patch job work -p '{"spec":{"suspend":true}}' >/dev/null; until_ 'cond("Suspended") and ($job.status.active//0)==0 and ($pods|length)==1'; save "suspended after one index: it keeps that"; }
case_suspended_stopping() { job '' "$forever, jobx.dev/terminate-after: 60s" | start; until_ '$job.status.ready==1'; k patch job work -p '{"spec":{"suspend":true}}' >/dev/null; until_ 'cond("Suspended") and $job.status.terminating==1'; save "suspended, its pod still to stop"; }
case_resumed() { job 'suspend: true' "$forever" | start; until_ 'cond("Suspended")'; k patch job work -p '{"spec":{"suspend":false}}' >/dev/null; until_ '$job.status.ready==1'; save "resumed and running"; }
case_paused() { job 'completions: 3, parallelism: 2' "$forever" | start; until_ '$job.status.ready==2'; k patch job work -p '{"spec":{"parallelism":0}}' >/dev/null; until_ '($job.status.active//0)==0 and ($pods|length)==0'; save "parallelism 0: kubectl says Running"; }
case_managed() { job 'managedBy: example.com/other' | start; until_ '$job!=null'; sleep 1; save "another controller owns it and does nothing"; }
quota() { k create quota q --hard="pods=$1" >/dev/null; until [[ $(k get quota q -o 'jsonpath={.status.hard.pods}') ]]; do sleep 0.2; done; }
case_blocked_quota() { quota 0; job '' | start; until_ 'any($events[]; .reason=="FailedCreate")'; save "the quota allows no pod"; }
case_blocked_partly() { quota 1; job 'completions: 3, parallelism: 3' "$forever" | start; until_ 'any($events[]; .reason=="FailedCreate") and $job.status.ready==1'; save "the quota allows one pod of three"; }
case_unblocked() { quota 0; job '' "$forever" | start; until_ 'any($events[]; .reason=="FailedCreate")'; k delete quota q >/dev/null; until_ '$job.status.ready==1'; save "the quota was in the way and no longer is"; }
case_blocked_account() { job '' '' 'serviceAccountName: nobody' | start; until_ 'any($events[]; .reason=="FailedCreate")'; save "the service account does not exist"; }
case_image_pull() { job '' 'jobx.dev/waiting: ImagePullBackOff, jobx.dev/message: Back-off pulling image "registry.example/none:1"' | start; until_ 'waiting("ImagePullBackOff")==1'; save "the image cannot be had"; }
case_config_error() { job 'completions: 2, parallelism: 2' 'jobx.dev/waiting: CreateContainerConfigError, jobx.dev/message: secret "token" not found' | start; until_ 'waiting("CreateContainerConfigError")==2'; save "a secret is missing"; }
case_unschedulable() { job '' '' 'nodeSelector: {disk: none}' | start; until_ 'any($pods[]; any(.status.conditions[]?; .reason=="Unschedulable"))'; save "no node fits"; }
case_gated() { job '' '' 'schedulingGates: [{name: example.com/wait}]' | start; until_ 'any($pods[]; any(.status.conditions[]?; .reason=="SchedulingGated"))'; save "a scheduling gate holds it"; }
case_grown() { job "$indexed, completions: 3, parallelism: 3" "$forever" | start; until_ '$job.status.ready==3'; k patch job work -p '{"spec":{"parallelism":4,"completions":4}}' >/dev/null; until_ '$job.status.ready==4'; save "an elastic Job made larger"; }
case_shrunk() { job "$indexed, completions: 4, parallelism: 4" 'jobx.dev/forever-indexes: "0"' | start; until_ '$job.status.succeeded==3 and $job.status.ready==1'; k patch job work -p '{"spec":{"parallelism":2,"completions":2}}' >/dev/null; until_ '$job.status.succeeded==1'; save "an elastic Job made smaller forgets the indexes beyond its end"; }
case_crash_loop() { onfailure 'backoffLimit: 6' 'jobx.dev/exit-code: "5", jobx.dev/restart-after: 20s' | start; until_ 'waiting("CrashLoopBackOff")==1'; save "restartPolicy OnFailure: the container waits for its next run"; }
case_onfailure_restarted() { onfailure 'backoffLimit: 6' 'jobx.dev/exit-code: "5", jobx.dev/fail-attempts: "2", jobx.dev/restart-after: 1s, jobx.dev/run-for: 3s' | start; until_ 'any($pods[]; .status.containerStatuses[0].restartCount==2 and .status.containerStatuses[0].state.running!=null)'; save "restartPolicy OnFailure: the third run"; }
case_onfailure_failed() { onfailure 'backoffLimit: 2' 'jobx.dev/exit-code: "5", jobx.dev/restart-after: 1s' | start; until_ 'cond("Failed")'; save "restartPolicy OnFailure: past the limit, the pod is deleted"; }
case_oom() { job 'backoffLimit: 0' 'jobx.dev/exit-code: "137", jobx.dev/reason: OOMKilled' | start; until_ 'cond("Failed")'; save "killed for its memory"; }
case_deadline() { job 'activeDeadlineSeconds: 3' "$forever" | start; until_ 'cond("Failed")'; save "past its deadline: the pod is deleted"; }
case_deadline_ahead() { job 'activeDeadlineSeconds: 600' "$forever" | start; until_ '$job.status.ready==1'; save "a deadline in ten minutes"; }
case_deleting() { job '' "$forever, jobx.dev/terminate-after: 60s" | start; until_ '$job.status.ready==1'; k delete job work --cascade=foreground --wait=false >/dev/null; until_ '$job.metadata.deletionTimestamp!=null and any($pods[]; .metadata.deletionTimestamp!=null)'; save "being deleted in the foreground"; }
case_pod_deleted() { job '' "$forever, jobx.dev/terminate-after: 30s" | start; until_ '$job.status.ready==1'; k delete "$(pod)" --wait=false >/dev/null; until_ '$job.status.failed==1 or any($job.status.uncountedTerminatedPods.failed[]?; true)'; save "somebody deleted the pod: that counts as a failure at once"; }
case_replacement_waits() { job 'podReplacementPolicy: Failed' "$forever, jobx.dev/terminate-after: 30s" | start; until_ '$job.status.ready==1'; k delete "$(pod)" --wait=false >/dev/null; until_ '$job.status.terminating==1'; save "podReplacementPolicy Failed: the deleted pod must end before the next"; }
case_ttl() { job 'ttlSecondsAfterFinished: 600' | start; until_ 'cond("Complete")'; save "deleted ten minutes after its end"; }
case_failures_alike() { job "$indexed, backoffLimitPerIndex: 0, completions: 6, parallelism: 6" 'jobx.dev/fail-indexes: "0-3", jobx.dev/exit-code: "1", jobx.dev/message: "request 4711 refused", jobx.dev/forever-indexes: "5"' | start; until_ '$job.status.failedIndexes=="0-3" and $job.status.succeeded==1'; save "four failures that are alike"; }
case_two_generations() {
  job '' "$forever" | start; until_ '$job.status.ready==1'; k delete job work --cascade=orphan >/dev/null; job '' "$forever" | start; until_ '$job.status.ready==1 and ($pods|length)==2'
  save "an orphan of an earlier Job with the same name is not its pod"
}
case_cronjob_run() {
  k create cronjob nightly --image=busybox --schedule='0 0 1 1 *' --restart=Never >/dev/null
  k create job work --from=cronjob/nightly >/dev/null; until_ 'cond("Complete")'; save "a run that was started by hand from a CronJob"
}

# cron SPEC [ANNOTATIONS] prints a CronJob "nightly" that runs every few seconds.
cron() {
  cat <<YAML
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {schedule: "@every 5s", ${1:+$1,} jobTemplate: {spec: {backoffLimit: 0, template: {metadata: {annotations: {${2:-}}}, spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}}}}}
YAML
}

cause_cron_suspended() { cron 'suspend: true' | start; keep "a CronJob that kubectl suspended"; }
cause_cron_forbid() { cron 'concurrencyPolicy: Forbid' "$forever" | start; saw get jobs '^nightly-.*Running'; keep "Forbid: the next run waits for one that goes on" 60; }
cause_cron_refused() { k create quota q --hard=count/jobs.batch=0 >/dev/null; saw get quota q -o 'jsonpath={.status.hard}' jobs; cron | start; saw get events FailedCreate; keep "the quota allows no Job"; }
cause_cron_last_failed() { cron '' 'jobx.dev/exit-code: "3"' | start; saw get jobs '^nightly-.*Failed'; keep "its last run failed"; }
cause_cron_well() { cron 'schedule: "0 3 1 1 *", timeZone: Etc/UTC' | sed 's/schedule: "@every 5s", //' | start; saw get cronjobs nightly; keep "nothing is wrong"; }
cause_kueue() { job 'suspend: true' | sed 's/name: work/name: work, labels: {kueue.x-k8s.io\/queue-name: gpu}/' | start; until_ 'cond("Suspended")'; keep "a queue holds it back"; }
cause_suspended_by() { job 'suspend: true' | start; until_ 'cond("Suspended")'; keep "suspended, and who did it"; }
cause_pod_security() { "$KUBECTL" label namespace "rec-$name" pod-security.kubernetes.io/enforce=restricted >/dev/null; job '' | start; until_ 'any($events[]; .reason=="FailedCreate")'; keep "its pods are refused at admission"; }
cause_draining_slowly() {
  job 'parallelism: 3' "$forever" | start; until_ 'phase("Running")==3 and $job.status.ready==3'
  k annotate --overwrite "$(pod)" jobx.dev/run-for=1s >/dev/null; until_ '$job.status.succeeded==1 and $job.status.active==2'; keep "a work queue that drains for a minute" 60
}
cause_finalizer() {
  job '' | sed 's/name: work/name: work, finalizers: [example.com\/hold]/' | start; until_ 'cond("Complete")'
  k delete job work --wait=false >/dev/null; until_ '$job.metadata.deletionTimestamp!=null'; keep "a finalizer holds what is deleted"
  k patch job work --type merge -p '{"metadata":{"finalizers":null}}' >/dev/null
}
cause_gone() { job 'ttlSecondsAfterFinished: 0' | start; saw get events Completed; saw get jobs,events -o 'jsonpath={.items[0].kind}' '^Event$'; keep "gone by its ttl: its events are left"; }
cause_log() { job 'backoffLimit: 0' 'jobx.dev/exit-code: "3"' | start; until_ 'cond("Failed")'; keep "a crash with its last words" 0 "$(pod)" main; }

real_image() { job '' | sed 's/image: busybox/image: "registry.invalid\/nosuch:1"/' | start; until_ 'waiting("ImagePullBackOff")==1'; keep "an image that cannot be had"; }
real_volume() { job '' '' 'volumes: [{name: v, configMap: {name: settings}}]' | sed 's/image: busybox/image: busybox, volumeMounts: [{name: v, mountPath: \/v}]/' | start; until_ 'any($events[]; .reason=="FailedMount")'; keep "a ConfigMap that is mounted is not there"; }
real_out_of_memory() { job "backoffLimit: 0" | sed "s|image: busybox|image: \"busybox:1.36\", command: [sh, -c, tail /dev/zero], resources: {limits: {memory: 32Mi}}|" | start; until_ 'cond("Failed")'; keep "more memory than its limit"; }
real_sidecar() { job '' | sed 's/containers: .*busybox}/containers: [{name: main, image: "busybox:1.36", command: ["true"]}, {name: proxy, image: "busybox:1.36", command: [sleep, "3600"]}/' | start; until_ 'any($pods[]; any(.status.containerStatuses[]?; .state.terminated.exitCode==0) and .status.phase=="Running")'; keep "the work is done, another container goes on" 60; }
real_crash() { job 'backoffLimit: 0' | sed "s/image: busybox/image: \"busybox:1.36\", command: [sh, -c, 'echo reading; echo cannot open input.csv >\&2; exit 7']/" | start; until_ 'cond("Failed")'; keep "a crash with its last words" 0 "$(pod)" main; }

record() {
  name=$1
  "$KUBECTL" delete namespace "rec-$name" --ignore-not-found >/dev/null
  "$KUBECTL" create namespace "rec-$name" >/dev/null || { sleep 5; "$KUBECTL" create namespace "rec-$name" >/dev/null; }
  until k get serviceaccount default >/dev/null 2>&1; do sleep 0.1; done
  for kind in case cause real; do if declare -F "${kind}_${1//-/_}" >/dev/null; then "${kind}_${1//-/_}"; break; fi; done
  echo "recorded $name"
}

kinds='case|cause'
[[ ${NODE:-} != real ]] || kinds=real
if (($#)); then names=("$@"); else mapfile -t names < <(declare -F | sed -nE "s/^declare -f ($kinds)_//p" | tr _ -); fi
failed=0
for n in "${names[@]}"; do
  while (($(jobs -rp | wc -l) >= ${JOBS:-6})); do wait -n || failed=1; done
  record "$n" &
done
while (($(jobs -p | wc -l))); do wait -n || failed=1; done
exit $failed
