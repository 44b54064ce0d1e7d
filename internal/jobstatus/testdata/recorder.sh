# What record.sh is made of, here and in internal/diagnosis: each says with $cases where they go, sources this,
# tells its cases and calls record_all.
#
# A case is a function case_NAME: it makes objects in a namespace of its own, waits until the cluster shows the situation,
# and saves what is there then. It needs kubectl (or $KUBECTL) and jq. Whatever the kubeconfig names is written to, so it
# refuses a server that is not on this machine.
set -euo pipefail
KUBECTL=${KUBECTL:-kubectl}
mkdir -p "$cases"

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

# objects prints all that is saved, of $kinds, without what the kubelet mounts and the scheduler adds to every pod.
# Who set a field is kept of the kinds that $owned names.
objects() {
  k get "${kinds:-jobs,pods,events}" -o json --show-managed-fields | jq --arg owned "${owned:-}" 'del(.metadata, .items[].spec.tolerations?,
    .items[].spec.volumes?, .items[].spec.containers?[]?.volumeMounts, .items[].spec.securityContext?,
    .items[].metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"])
    | .items |= map(if .metadata.annotations == {} then del(.metadata.annotations) else . end
      | if .kind | IN($owned | splits(" ")) then . else del(.metadata.managedFields) end)'
}

# until_ EXPR waits until the jq expression holds: $job is the Job "work", $cron the first CronJob, $jobs, $pods and $events
# are all of them.
until_() {
  local i
  for i in $(seq "${tries:-300}"); do
    if objects | jq -e '[.items[] | select(.kind=="Job")] as $jobs | [$jobs[] | select(.metadata.name=="work")][0] as $job
      | [.items[] | select(.kind=="CronJob")][0] as $cron
      | [.items[] | select(.kind=="Pod")] as $pods | [.items[] | select(.kind=="Event")] as $events
      | (def phase($p): [$pods[] | select(.status.phase==$p)] | length;
         def cond($c): any($job.status.conditions[]?; .type==$c and .status=="True");
         def waiting($r): [$pods[] | select(any(.status.containerStatuses[]?; .state.waiting.reason==$r))] | length;
         def told($r): any($events[]; .reason==$r);
         '"$1"')' >/dev/null; then return; fi
    sleep 0.2
  done
  echo "record.sh: $name: never saw: $1" >&2
  return 1
}

pod() { k get pods -o name --sort-by=.metadata.creationTimestamp | sed -n "${1:-1}p"; }

# save ABOUT [MORE] writes the case: about what it shows, the moment, the objects, and what else belongs to it (JSON): of
# that the nodes are objects too.
save() {
  local more=${2:-}
  objects | jq --arg about "$1" --arg now "$(date -u +%FT%TZ)" --argjson more "${more:-{\}}" \
    '{about: $about, now: $now, items: (.items + ($more.nodes // []))} + ($more | del(.nodes))' >"$cases/$name.json.part"
  mv "$cases/$name.json.part" "$cases/$name.json"
  "$KUBECTL" delete namespace "rec-$name" --wait=false >/dev/null
}

record() {
  name=$1
  "$KUBECTL" delete namespace "rec-$name" --ignore-not-found >/dev/null
  "$KUBECTL" create namespace "rec-$name" >/dev/null
  until k get serviceaccount default >/dev/null 2>&1; do sleep 0.1; done
  "case_${1//-/_}"
  echo "recorded $name"
}

# record_all CASE… records these, a few at a time.
record_all() {
  local n failed=0
  for n in "$@"; do
    while (($(jobs -rp | wc -l) >= ${JOBS:-6})); do wait -n || failed=1; done
    record "$n" &
  done
  while (($(jobs -p | wc -l))); do wait -n || failed=1; done
  return $failed
}

# all_cases lists the cases that are told.
all_cases() { declare -F | sed -n 's/^declare -f case_//p' | tr _ -; }
