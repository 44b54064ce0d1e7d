#!/usr/bin/env bash
# Records the cases of recorded/*.json, those that internal/jobstatus has not: who set a field, CronJobs, nodes, the ends of
# logs, what an admission plug-in says, and what only a real node does.
#
#   go -C hack/cluster run . up --name record
#   KUBECONFIG=$(go -C hack/cluster run . kubeconfig --name record) internal/diagnosis/testdata/record.sh [CASE …]
#   go -C hack/cluster run . up --mode real --name record-real
#   KUBECONFIG=$(go -C hack/cluster run . kubeconfig --mode real --name record-real) internal/diagnosis/testdata/record.sh real
#   go test ./internal/diagnosis -run Cases -update      # then read the diff of cases/*.want.yaml
#
# Cases whose name begins with real need the real node, the others the simulated ones. "real" is all of the former.
cases=$(cd "$(dirname "$0")" && pwd)/recorded
source "$(dirname "$0")/../../jobstatus/testdata/recorder.sh"

owned='Job CronJob'
forever='jobx.dev/run-for: forever'

# What is not in a namespace is called like it and has its label.
everywhere=nodes,priorityclasses,validatingadmissionpolicies,validatingadmissionpolicybindings,validatingwebhookconfigurations
make() { start; "$KUBECTL" label "$1" "rec-$name" "record=$name" >/dev/null; }

# refused waits until an admission plug-in that was just set up has its say.
refused() { while k run probe --image=busybox --dry-run=server >/dev/null 2>&1; do sleep 0.2; done; }

# node makes a node with one processor for the pods of this case alone: $here is how they ask for it.
node() {
  here="nodeSelector: {record: $name}, tolerations: [{key: record, operator: Exists, effect: NoSchedule}]"
  local size='{cpu: "1", memory: 1Gi, pods: "10"}'
  make node <<YAML
{apiVersion: v1, kind: Node, metadata: {name: "rec-$name", labels: {record: "$name"}},
 spec: {taints: [{key: record, effect: NoSchedule}]}, status: {allocatable: $size, capacity: $size}}
YAML
}

# around prints what a diagnosis reads beside the objects: the nodes of pods, how far they are well, those that are gone, and
# the last lines of containers that ended badly, of the run before where there is one.
around() {
  local nodes pod container previous lines logs=()
  nodes=$(jq -n --argjson pods "$(k get pods -o json)" --argjson nodes "$("$KUBECTL" get nodes -o json)" '
    [$pods.items[].spec.nodeName // empty] | unique as $named | $nodes.items | map(select(.metadata.name | IN($named[]))) as $there
    | {goneNodes: ($named - [$there[].metadata.name]), nodes: ($there | map({apiVersion, kind, metadata: {name: .metadata.name},
       status: {conditions: [.status.conditions[] | select(.type=="Ready")]}}))}')
  while read -r pod container previous; do
    lines=$(k logs "$pod" -c "$container" --tail=5 --previous="$previous" 2>/dev/null) || continue
    [[ -z $lines ]] || logs+=("$(jq -n --arg p "$pod" --arg c "$container" --arg l "$lines" '{pod: $p, container: $c, lines: ($l | split("\n"))}')")
  done < <(k get pods -o json | jq -r '.items[] | .metadata.name as $p | .status.containerStatuses[]?
    | select([.state, .lastState | .terminated.exitCode? // 0] | any(. != 0)) | "\($p) \(.name) \(.restartCount > 0)"')
  jq -s --argjson nodes "$nodes" '{logs: .} + $nodes | map_values(select(. != []))' <<<"${logs[*]-}"
}
keep() { save "$1" "$(around)"; "$KUBECTL" delete "$everywhere" -l "record=$name" >/dev/null; }

# Jobs that somebody holds back.
case_kueue() { job 'suspend: true' | sed 's,name: work,&\, labels: {kueue.x-k8s.io/queue-name: gpu},' | start; until_ 'cond("Suspended")'; keep "suspended, and labelled for a queue of Kueue"; }
case_suspended_by() { job '' "$forever" | start; until_ '$job.status.ready==1'; k patch job work --field-manager=night-shift -p '{"spec":{"suspend":true}}' >/dev/null; until_ 'cond("Suspended") and ($pods|length)==0'; keep "suspended by another field manager than the one that made it"; }
case_paused_by() { job '' "$forever" | start; until_ '$job.status.ready==1'; k patch job work --field-manager=night-shift -p '{"spec":{"parallelism":0}}' >/dev/null; until_ '($pods|length)==0'; keep "parallelism 0, set by another field manager than the one that made it"; }

# Pods that are refused.
case_policy() {
  make validatingadmissionpolicy <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: "rec-$name"}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "rec-$name"}}
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations: [{expression: "has(object.metadata.labels) && 'team' in object.metadata.labels", message: a pod needs the label team}]
YAML
  make validatingadmissionpolicybinding <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: "rec-$name"}
spec: {policyName: "rec-$name", validationActions: [Deny]}
YAML
  refused; job '' | start; until_ 'told("FailedCreate")'; keep "a ValidatingAdmissionPolicy refuses the pods"
}
case_pod_security() { "$KUBECTL" label namespace "rec-$name" pod-security.kubernetes.io/enforce=restricted >/dev/null 2>&1; refused; job '' | start; until_ 'told("FailedCreate")'; keep "the namespace's Pod Security level refuses the pods"; }
case_webhook() {
  make validatingwebhookconfiguration <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: "rec-$name"}
webhooks:
- name: pods.example.com
  clientConfig: {url: "https://127.0.0.1:1/"}
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "rec-$name"}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  admissionReviewVersions: [v1]
  sideEffects: None
YAML
  refused; job '' | start; until_ 'told("FailedCreate")'; keep "an admission webhook that does not answer"
}
case_priority_class() { job '' '' 'priorityClassName: nosuch' | start; until_ 'told("FailedCreate")'; keep "there is no such priority class"; }
case_limit_range() {
  start <<<'{apiVersion: v1, kind: LimitRange, metadata: {name: small}, spec: {limits: [{type: Container, max: {memory: 1Gi}}]}}'
  job '' | sed 's/image: busybox/&, resources: {limits: {memory: 2Gi}}/' | start; until_ 'told("FailedCreate")'; keep "more memory than the LimitRange allows"
}

# Pods that wait, and pods that somebody takes away.
counted='$job.status.failed==1 or any($job.status.uncountedTerminatedPods.failed[]?; true)'
case_claim() { job '' '' 'volumes: [{name: data, persistentVolumeClaim: {claimName: nosuch}}]' | start; until_ 'any($pods[]; any(.status.conditions[]?; .reason=="Unschedulable"))'; keep "the volume claim is not there"; }
case_preempted() {
  node
  make priorityclass <<<"{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: rec-$name}, value: 1000}"
  job '' "$forever, jobx.dev/terminate-after: 60s" "$here" | sed 's/image: busybox/&, resources: {requests: {cpu: 800m}}/' | start; until_ '$job.status.ready==1'
  job '' "$forever" "$here, priorityClassName: rec-$name" | sed 's/image: busybox/&, resources: {requests: {cpu: 800m}}/; s/name: work/name: urgent/' | start
  until_ "$counted"; k delete job urgent >/dev/null; until_ '($pods|length)==1'; keep "a pod of higher priority took its place"
}
case_evicted() {
  job '' "$forever, jobx.dev/terminate-after: 60s" | start; until_ '$job.status.ready==1'
  local pod; pod=$(pod)
  k create --raw "/api/v1/namespaces/rec-$name/$(sed 's,pod/,pods/,' <<<"$pod")/eviction" -f - >/dev/null <<<"{\"apiVersion\": \"policy/v1\", \"kind\": \"Eviction\", \"metadata\": {\"name\": \"${pod#pod/}\"}}"
  until_ "$counted"; keep "evicted: somebody drains its node"
}
case_tainted() { node; job '' "$forever, jobx.dev/terminate-after: 60s" "$here" | start; until_ '$job.status.ready==1'; "$KUBECTL" taint node "rec-$name" maintenance=now:NoExecute >/dev/null; until_ "$counted"; keep "a taint of the node put its pod out"; }
case_lost_node() {
  node; job '' "$forever, jobx.dev/terminate-after: 300s" "$here" | start; until_ '$job.status.ready==1'
  "$KUBECTL" delete node "rec-$name" >/dev/null; k delete "$(pod)" --wait=false >/dev/null; until_ '$job.status.terminating==1'; keep "its pod cannot stop: its node is gone"
}
case_slow_stop() { job '' "$forever, jobx.dev/terminate-after: 300s" | start; until_ '$job.status.ready==1'; k patch job work -p '{"spec":{"suspend":true}}' >/dev/null; until_ '$job.status.terminating==1'; sleep 62; keep "suspended more than a minute ago, and its pod has not stopped"; }

# The end of a Job.
case_draining() {
  job 'parallelism: 3' "$forever" | start; until_ 'phase("Running")==3 and $job.status.ready==3'
  k annotate --overwrite "$(pod)" jobx.dev/run-for=1s >/dev/null; until_ '$job.status.succeeded==1 and $job.status.active==2'; sleep 32; keep "one worker succeeded half a minute ago, the others go on"
}
let_go() { k patch job work -p '{"metadata":{"finalizers":null}}' >/dev/null; }
case_finalizer() { job '' | sed 's,name: work,&\, finalizers: [example.com/hold],' | start; until_ 'cond("Complete")'; k delete job work --wait=false >/dev/null; until_ '$job.metadata.deletionTimestamp!=null'; keep "complete and deleted, and a finalizer holds it"; let_go; }
case_finalizer_running() { job '' "$forever" | sed 's,name: work,&\, finalizers: [example.com/hold],' | start; until_ '$job.status.ready==1'; k delete job work --wait=false >/dev/null; until_ '$job.metadata.deletionTimestamp!=null'; keep "deleted in the background while it ran, and a finalizer holds it"; let_go; }
case_ttl_completed() { job 'ttlSecondsAfterFinished: 1' | start; until_ '$job==null and told("Completed")'; keep "completed, and gone by its ttl"; }
case_ttl_failed() { job 'ttlSecondsAfterFinished: 1, backoffLimit: 0' 'jobx.dev/exit-code: "3"' | start; until_ '$job==null and told("BackoffLimitExceeded")'; keep "failed, and gone by its ttl"; }
case_deleted_running() { job '' "$forever" | start; until_ '$job.status.ready==1'; k delete job work >/dev/null; until_ '$job==null and ($pods|length)==0'; keep "deleted while it ran"; }
case_last_lines() { job 'backoffLimit: 0' 'jobx.dev/exit-code: "3", jobx.dev/log: "reading /data/input.csv\nline 7: a number is missing"' | start; until_ 'cond("Failed")'; keep "failed, with the end of its log"; }

# cron SCHEDULE SPEC [JOB [ANNOTATIONS]] prints a CronJob "nightly": more of its spec, that of its Jobs, its pods' annotations.
cron() {
  cat <<YAML
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {schedule: "$1", ${2:+$2,} jobTemplate: {spec: {${3:+$3,} template: {metadata: {annotations: {${4:-}}}, spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}}}}}
YAML
}
runs() { kinds=cronjobs,jobs,events; }
resume_cron() { k patch cronjob nightly -p '{"spec":{"suspend":false}}' >/dev/null; }
case_cron_well() { runs; cron '0 3 * * *' 'timeZone: Europe/Berlin' | start; until_ '$cron!=null'; keep "waits for its slot"; }
case_cron_active() { runs; cron '@every 10s' '' '' "$forever" | start; until_ '$cron.status.active'; keep "a run is active"; }
case_cron_suspended() { runs; cron '0 3 * * *' | start; k patch cronjob nightly --field-manager=night-shift -p '{"spec":{"suspend":true}}' >/dev/null; keep "suspended by another field manager than the one that made it"; }
case_cron_never() { runs; cron '0 0 30 2 *' | start; until_ '$cron!=null'; keep "30 February does not come"; }
case_cron_forbid() { runs; cron '@every 12s' 'concurrencyPolicy: Forbid' '' "$forever" | start; until_ 'told("JobAlreadyActive") and now - ($cron.status.lastScheduleTime | fromdate) > 23'; keep "Forbid: a run that goes on keeps the next one from starting"; }
case_cron_refused() { runs; k create quota q --hard=count/jobs.batch=0 >/dev/null; cron '@every 5s' | start; until_ 'told("FailedCreate")'; keep "the quota allows no Job"; }
case_cron_last_failed() { runs; cron '@every 10s' 'failedJobsHistoryLimit: 3' 'backoffLimit: 0' 'jobx.dev/exit-code: "3"' | start; until_ '[$jobs[] | select(.status.failed==1)] | length==2'; keep "its last two runs failed"; }
case_cron_recovered() {
  runs; cron '0 3 * * *' '' 'backoffLimit: 0' 'jobx.dev/exit-code: "3"' | start; k create job first --from=cronjob/nightly >/dev/null; until_ 'any($jobs[]; .status.failed==1)'
  cron '0 3 * * *' | start; k create job second --from=cronjob/nightly >/dev/null; until_ 'any($jobs[]; .status.succeeded==1)'; keep "a run failed, and the one after it did not"
}
case_cron_deadline_passed() {
  tries=900; runs; cron '* * * * *' 'suspend: true, startingDeadlineSeconds: 12' | start
  until_ '$cron!=null and (now - 14 | strftime("%H:%M")) > ($cron.metadata.creationTimestamp | fromdate | strftime("%H:%M"))'
  resume_cron; keep "resumed when the starting deadline of its slot had passed"
}
case_cron_deadline_short() { tries=900; runs; cron '* * * * *' 'startingDeadlineSeconds: 5' | start; until_ '[$jobs[] | select(.status.succeeded==1)] | length==1'; keep "a starting deadline below ten seconds, and a run that started all the same"; }
case_cron_every() { runs; cron '@every 20s' 'startingDeadlineSeconds: 15' | start; until_ '$cron!=null and now - ($cron.metadata.creationTimestamp | fromdate) > 35'; keep "an interval that is longer than the starting deadline: no slot is ever seen"; }
case_cron_too_many() { tries=900; runs; cron '@every 1s' 'suspend: true' | start; until_ '$cron!=null and now - ($cron.metadata.creationTimestamp | fromdate) > 103'; resume_cron; until_ 'told("TooManyMissedTimes")'; k patch cronjob nightly -p '{"spec":{"schedule":"0 3 * * *"}}' >/dev/null; keep "more than a hundred slots were missed while it was suspended, and the last one was started"; }

# What only a real node does: container FIELDS [POD [SPEC]] prints a Job "work" whose container runs there.
container() { job "${3:-}" '' "dnsPolicy: Default${2:+, $2}" | sed "s|image: busybox|image: 'busybox:1.36'${1:+, ${1//&/\\&}}|"; }
shell() { container "command: [sh, -c, '$1']" "${@:2}"; }
case_real_crash() { shell 'echo reading /data/input.csv; echo no such file >&2; exit 7' '' 'backoffLimit: 0' | start; until_ 'cond("Failed")'; keep "a program that ends badly, with its last words"; }
case_real_loop() { shell 'echo cannot connect; exit 3' | sed 's/restartPolicy: Never/restartPolicy: OnFailure/' | start; until_ 'any($pods[]; .status.containerStatuses[0] | .restartCount>=1 and .state.waiting.reason=="CrashLoopBackOff")'; keep "a container that is started again and again"; }
case_real_oom() { container "command: [tail, /dev/zero], resources: {limits: {memory: 32Mi}}" '' 'backoffLimit: 0' | start; until_ 'cond("Failed")'; keep "more memory than its limit"; }
case_real_image() { container '' | sed 's|busybox:1.36|registry.invalid/nosuch:1|' | start; until_ 'waiting("ImagePullBackOff")==1'; keep "the image cannot be had"; }
case_real_environment() { container 'envFrom: [{configMapRef: {name: settings}}]' | start; until_ 'waiting("CreateContainerConfigError")==1'; keep "the ConfigMap of its environment is not there"; }
case_real_key() { k create configmap there --from-literal a=b >/dev/null; container 'env: [{name: A, valueFrom: {configMapKeyRef: {name: there, key: nosuch}}}]' | start; until_ 'waiting("CreateContainerConfigError")==1'; keep "the ConfigMap has not the key"; }
case_real_volume() { container 'volumeMounts: [{name: v, mountPath: /v}]' 'volumes: [{name: v, configMap: {name: settings}}]' | start; until_ 'told("FailedMount")'; sleep 5; keep "the ConfigMap of a volume is not there"; }
case_real_host_path() { container 'volumeMounts: [{name: v, mountPath: /v}]' 'volumes: [{name: v, hostPath: {path: /nosuch, type: Directory}}]' | start; until_ 'told("FailedMount")'; sleep 5; keep "the folder of a volume is not there"; }
case_real_program() { container 'command: [/nosuch]' '' 'backoffLimit: 0' | start; until_ 'cond("Failed")'; keep "the program is not in the image"; }
case_real_sidecar() { container "command: ['true']}, {name: proxy, image: 'busybox:1.36', command: [sleep, '3600']" 'terminationGracePeriodSeconds: 1' | start; until_ 'any($pods[]; any(.status.containerStatuses[]?; .state.terminated.exitCode==0))'; sleep 32; keep "the work is done, and another container is not"; }
case_real_deadline() { shell 'sleep 3600' 'terminationGracePeriodSeconds: 1' 'activeDeadlineSeconds: 3' | start; until_ 'cond("Failed") and ($pods|length)==0'; keep "past its deadline: the pod is deleted"; }

# The whole node falls silent in this one: it is recorded alone.
case_real_silent_node() {
  shell 'sleep 3600' | start; until_ '$job.status.ready==1'
  local kubelet; kubelet=$(<"$(dirname "$KUBECONFIG")/pids/kubelet.pid")
  kill -STOP "$kubelet"
  tries=900; until_ '($job.status.ready//0)==0' || { kill -CONT "$kubelet"; return 1; }
  keep "its node does not answer"; kill -CONT "$kubelet"
}

case ${1:-simulated} in
  simulated) mapfile -t names < <(all_cases | grep -v ^real-) ;;
  real) mapfile -t names < <(all_cases | grep ^real- | grep -v silent); record_all "${names[@]}"; names=(real-silent-node) ;;
  *) names=("$@") ;;
esac
record_all "${names[@]}"
