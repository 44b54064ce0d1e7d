#!/usr/bin/env bash
# Runs the scenarios of test/e2e: hack/e2e.sh simulated|real. RUN=REGEXP chooses some of them.
# JOBX_E2E_KUBECONFIG names the kubeconfig of another cluster (kind, say); otherwise one is started here.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:?usage: hack/e2e.sh simulated|real}
run=${RUN:-}

launcher() { go -C hack/cluster run . "$@"; }

if [[ -z ${JOBX_E2E_KUBECONFIG:-} ]]; then
  if [[ $mode == real && ($(uname) != Linux || $(id -u) != 0) ]]; then
    echo "e2e-real: a real node needs Linux and root here; this tier did not run" >&2
    [[ -n ${CI:-} ]] && exit 1
    exit 0
  fi
  launcher up --mode "$mode" --name "e2e-$mode"
  trap 'launcher down --mode "$mode" --name "e2e-$mode"' EXIT
  JOBX_E2E_KUBECONFIG=$(launcher kubeconfig --mode "$mode" --name "e2e-$mode")
  JOBX_E2E_CLUSTER="e2e-$mode"
fi
export JOBX_E2E_KUBECONFIG JOBX_E2E_CLUSTER=${JOBX_E2E_CLUSTER:-} JOBX_E2E_MODE=$mode
PATH="$PWD/bin:$(launcher path --mode "$mode"):$PATH"
export PATH
packages=(./test/e2e)
[[ $mode == simulated ]] && packages+=(./internal/cluster)
CGO_ENABLED=1 go test -race -tags e2e -count=1 -timeout 40m ${run:+-run "$run"} "${packages[@]}"
