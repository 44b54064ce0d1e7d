#!/usr/bin/env bash
# Draws docs/watch.svg from a real run: a throwaway cluster, a Job of twelve pods, and kubectl jobx watch on a terminal.
set -euo pipefail
cd "$(dirname "$0")/.."

cluster() { go -C hack/cluster run . "$1" --name picture; }
trap 'cluster down' EXIT # before "up", for a signal that comes while the cluster starts
cluster up || { trap - EXIT; exit 1; }
KUBECONFIG=$(cluster kubeconfig)
PATH="$PWD/bin:$(cluster path):$PATH"
export KUBECONFIG PATH
go build -o bin/picture ./hack/picture

kubectl apply -f examples/parallel.yaml
bin/picture docs/watch.svg kubectl jobx watch example-job
