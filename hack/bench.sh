#!/usr/bin/env bash
# Measures jobx, kubectl and stern side by side: on a simulated cluster, and on one with a real node where that can be had
# (Linux, root). ROWS=REGEXP chooses rows, RUNS=N how often, MODE=simulated|real one of the two clusters.
set -euo pipefail
cd "$(dirname "$0")/.."
launcher() { go -C hack/cluster run . "$@"; }
mode=${MODE:-}
name=${BENCH_CLUSTER:-bench}
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
go build -o "$bin/bench" ./hack/bench
go -C hack/bench/peers build -o "$bin/stern" github.com/stern/stern

# measure CLUSTER MODE [FLAG…]: the launcher's flags come after the mode
measure() {
  local cluster=$1 kind=$2
  shift 2
  # Before "up", for a signal that comes while the cluster starts. One that cannot be started leaves nothing to take down.
  trap 'launcher down --mode '"$kind"' --name '"$cluster"'; rm -rf "$bin"' EXIT
  launcher up --mode "$kind" --name "$cluster" "$@" || { trap 'rm -rf "$bin"' EXIT; exit 1; }
  local extra=()
  [[ $kind == real ]] && extra=(-real)
  PATH="$bin:$PWD/bin:$(launcher path --mode "$kind" --name "$cluster"):$PATH" \
    "$bin/bench" -kubeconfig "$(launcher kubeconfig --mode "$kind" --name "$cluster")" \
    -runs "${RUNS:-7}" -rows "${ROWS:-}" ${extra[@]+"${extra[@]}"}
  launcher down --mode "$kind" --name "$cluster"
  trap 'rm -rf "$bin"' EXIT
}

[[ $mode == real ]] || measure "$name" simulated
[[ $mode == simulated ]] && exit 0
if [[ $(uname) != Linux || $(id -u) != 0 ]]; then
  echo "bench: the rows of a real node need Linux and root: not measured" >&2
  exit 0
fi
# A log that is rotated is not read whole by kubectl and by the raw reader.
measure "$name-real" real --log-max-size 1Gi
