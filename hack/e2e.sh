#!/usr/bin/env bash
# Runs the scenarios of test/e2e: hack/e2e.sh simulated|real. RUN=REGEXP chooses some of them.
# K8S=1.34 takes another Kubernetes than the default one, as far as hack/cluster pins it.
# JOBX_E2E_KUBECONFIG names the kubeconfig of another cluster (kind, say); otherwise one is started here, and taken down.
# Its name belongs to this checkout, so that another one's run neither finds nor removes it; JOBX_E2E_CLUSTER gives another.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:?usage: hack/e2e.sh simulated|real}
run=${RUN:-}

launcher() { go -C hack/cluster run . "$1" --mode "$mode" --name "$name" ${K8S:+--k8s "$K8S"}; }
checkout=$(printf %s "$PWD" | cksum)
name=e2e-$mode${K8S:+-${K8S//[.x]/}}-$(printf %08x "${checkout%% *}")
name=${JOBX_E2E_CLUSTER:-$name}

skipped=$(mktemp)
trap 'rm -f "$skipped"' EXIT
if [[ -z ${JOBX_E2E_KUBECONFIG:-} ]]; then
  if [[ $mode == real && ($(uname) != Linux || $(id -u) != 0) ]]; then
    echo "e2e-real: a real node needs Linux and root here; this tier did not run" >&2
    [[ -n ${CI:-} ]] && exit 1
    exit 0
  fi
  # Before "up", for a signal that comes while the cluster starts. One that cannot be started leaves nothing to take down.
  trap 'rm -f "$skipped"; launcher down' EXIT
  launcher up || { trap 'rm -f "$skipped"' EXIT; exit 1; }
  JOBX_E2E_KUBECONFIG=$(launcher kubeconfig)
  JOBX_E2E_CLUSTER=$name
fi
export JOBX_E2E_KUBECONFIG JOBX_E2E_CLUSTER=${JOBX_E2E_CLUSTER:-} JOBX_E2E_MODE=$mode JOBX_E2E_SKIPPED=$skipped
PATH="$PWD/bin:$(launcher path):$PATH"
export PATH
packages=(./test/e2e)
# Scenarios wait for a cluster most of the time: there may be more of them at once than there are processors. Those on a real node
# share its processors with their containers.
if [[ $mode == simulated ]]; then
  packages+=(./internal/cluster)
  set -- -parallel 8
else
  set --
fi
CGO_ENABLED=1 go test -race -tags e2e -count=1 "$@" -timeout 40m ${run:+-run "$run"} "${packages[@]}"
sed 's/^/e2e: skipped on this cluster: /' "$skipped" >&2
