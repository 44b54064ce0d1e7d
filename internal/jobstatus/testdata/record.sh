#!/usr/bin/env bash
# Records the cases of cases/*.json from a throwaway cluster with simulated nodes:
#
#   go -C hack/cluster run . up --name record
#   KUBECONFIG=$(go -C hack/cluster run . kubeconfig --name record) internal/jobstatus/testdata/record.sh [CASE …]
#   go test ./internal/jobstatus -run Cases -update      # then read the diff of cases/*.want.yaml
#
# Each case is a function below: it makes a Job, waits for the situation, and saves the Job, its pods and the events.
cases=$(cd "$(dirname "$0")" && pwd)/cases
source "$(dirname "$0")/recorder.sh"

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

if (($#)); then names=("$@"); else mapfile -t names < <(all_cases); fi
record_all "${names[@]}"
