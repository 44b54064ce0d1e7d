# kubectl-jobx. `make` or `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help build test check cross unit e2e e2e-real lint walls fmt-check tidy-check bench cluster cluster-down cluster-real cluster-real-down demo picture docs docs-check dist release-manifest manifest-check krew-test clean

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
STAMP   := github.com/kubectl-jobx/kubectl-jobx/pkg/version.Stamp=$(VERSION)
CACHE   := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kubectl-jobx
CLUSTER := go -C hack/cluster run .

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/kubectl-jobx
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X $(STAMP)" -o bin/kubectl-jobx ./cmd/kubectl-jobx

test: check ## Run everything: what CI runs

check: fmt-check tidy-check lint cross docs-check unit e2e e2e-real manifest-check krew-test ## Everything CI runs, cheap things first

unit: ## Unit tests, import walls and goldens, with the race detector
	CGO_ENABLED=1 go test -race ./...
	go -C hack/cluster test ./...

lint: ## golangci-lint, pinned in tools/go.mod, and actionlint on the workflows
	go -C tools/actionlint tool actionlint "$$PWD"/.github/workflows/*.yaml
	go -C tools tool -n golangci-lint >/dev/null
	"$$(go -C tools tool -n golangci-lint)" run --allow-parallel-runners ./...

# With the flags of a release: what it compiles is compiled once.
cross: ## It compiles on the other systems
	GOOS=windows CGO_ENABLED=0 go build -trimpath ./...
	GOOS=darwin CGO_ENABLED=0 go build -trimpath ./...

fmt-check: ## gofmt has nothing to say
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofmt -w these:"; echo "$$out"; exit 1; }

tidy-check: ## go.mod and go.sum are tidy
	go mod tidy -diff

e2e: build ## Scenarios on the simulated cluster (K8S=1.34: another Kubernetes)
	./hack/e2e.sh simulated

e2e-real: build ## Scenarios on a real kubelet and containerd (Linux, root; or JOBX_E2E_KUBECONFIG: another cluster)
	./hack/e2e.sh real

bench: build ## jobx and kubectl side by side on the simulated cluster: medians, ratios, memory, requests
	./hack/bench.sh

cluster: ## Start the simulated Kubernetes (real API server and controllers, simulated pods)
	@$(CLUSTER) up

cluster-down: ## Take the simulated Kubernetes down
	@$(CLUSTER) down

cluster-real: ## Start a Kubernetes with one real node (Linux, root)
	@$(CLUSTER) up --mode real

cluster-real-down: ## Take the real node down
	@$(CLUSTER) down --mode real

demo: build ## Build jobx, start the simulated cluster, and watch a Job run to its end
	./hack/demo.sh

picture: build ## Draw docs/watch.svg, the README's picture, from a real run
	./hack/picture.sh

docs: ## Regenerate docs/reference from the command tree
	go run ./hack/docs

docs-check: ## The generated docs are up to date
	go run ./hack/docs --check

# Releases are built with one Go, whichever runs make: another one makes other bytes (hack/dist).
RELEASE_GO := GOTOOLCHAIN=go1.26.8
DIST_VERSION := $(if $(filter command line environment,$(origin VERSION)),-version $(VERSION))

dist: ## The archives of a release, checksums, SBOM and krew manifest, in dist/
	$(RELEASE_GO) go run ./hack/dist $(DIST_VERSION) $(DIST_FLAGS)

release-manifest: ## VERSION=vX.Y.Z: write krew-manifest.yaml for it, as HEAD makes it; commit, then tag
	$(RELEASE_GO) ./hack/manifest.sh write "$(VERSION)" $(COMMIT)

# Six checksums that were taken elsewhere, and earlier, are those of archives that are built here and now: that is what
# reproducible means, and what krew-manifest.yaml claims.
manifest-check: ## The commit that krew-manifest.yaml names makes the archives with its checksums
	$(RELEASE_GO) ./hack/manifest.sh check

krew-test: dist ## krew validates, installs, upgrades and uninstalls what make dist built
	@PATH="$$($(CLUSTER) path):$$PATH" command -v kubectl >/dev/null || $(CLUSTER) build
	PATH="$$($(CLUSTER) path):$$PATH" $(RELEASE_GO) go -C hack/krew test -count=1 ./...

clean: ## Remove what was built here
	rm -rf bin dist
