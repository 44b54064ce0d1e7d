#!/usr/bin/env bash
# Starts the simulated cluster and watches a Job of twelve pods through the real kubectl until it is complete. `make demo`
# calls it after building the plugin.
set -euo pipefail
cd "$(dirname "$0")/.."

cluster() { go -C hack/cluster run . "$@"; }
cluster up
KUBECONFIG=$(cluster kubeconfig)
PATH="$PWD/bin:$(cluster path):$PATH"
export KUBECONFIG PATH

kubectl delete -f examples/parallel.yaml --ignore-not-found >/dev/null
kubectl apply -f examples/parallel.yaml
kubectl jobx watch example-job

cat >&2 <<TELL

The cluster is still there. To go on:
  export KUBECONFIG=$(printf %q "$KUBECONFIG")
  export PATH="$PWD/bin:$(cluster path):\$PATH"
  kubectl jobx describe example-job
Take it down with: make cluster-down
TELL
