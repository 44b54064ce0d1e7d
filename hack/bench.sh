#!/usr/bin/env bash
# Measures jobx and kubectl side by side on a simulated cluster. ROWS=REGEXP chooses rows, RUNS=N how often.
set -euo pipefail
cd "$(dirname "$0")/.."
launcher() { go -C hack/cluster run . "$@"; }
launcher up --name bench
trap 'launcher down --name bench' EXIT
PATH="$PWD/bin:$(launcher path):$PATH"
export PATH
go run ./hack/bench -kubeconfig "$(launcher kubeconfig --name bench)" -runs "${RUNS:-7}" -rows "${ROWS:-}"
