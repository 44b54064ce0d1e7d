#!/usr/bin/env bash
# krew-manifest.yaml names a version, a commit and the checksums of six archives. This builds them from that commit.
#   hack/manifest.sh write vX.Y.Z [COMMIT]   write the manifest of a version, as COMMIT (HEAD) makes it
#   hack/manifest.sh check                   fail unless that commit makes these very archives
#   hack/manifest.sh release                 fail unless dist/jobx.yaml, just built, says the same
set -euo pipefail
cd "$(dirname "$0")/.."
manifest=krew-manifest.yaml

body() { sed '/^#/d' "$1"; }

# The archives of a version, from a commit's own sources and its own hack/dist, elsewhere.
build() { # COMMIT VERSION OUT
  mkdir "$3/sources"
  git archive "$1" cmd internal pkg hack/dist go.mod go.sum LICENSE .krew.yaml | tar -x -C "$3/sources"
  (cd "$3/sources" && GOFLAGS=-buildvcs=false go run ./hack/dist -version "$2" -out "$3/dist") >&2
}

case ${1:-} in
write)
  version=${2:?usage: hack/manifest.sh write vX.Y.Z [COMMIT]}
  commit=$(git rev-parse --verify "${3:-HEAD}^{commit}")
  out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
  build "$commit" "$version" "$out"
  { cat <<TELL
# Made by "make release-manifest VERSION=$version" from .krew.yaml: the manifest of $version.
# commit: $commit
# make manifest-check builds the archives from that commit and compares their checksums with these.
TELL
  cat "$out/dist/jobx.yaml"; } > "$out/whole"
  cp "$out/whole" "$manifest"
  ;;
check)
  version=$(sed -n 's/^  version: //p' "$manifest") commit=$(sed -n 's/^# commit: //p' "$manifest")
  git cat-file -e "$commit^{commit}" 2>/dev/null || {
    echo "manifest-check: commit $commit, which $manifest names, is not in this clone: fetch the whole history" >&2
    exit 1
  }
  out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
  build "$commit" "$version" "$out"
  diff <(body "$manifest") "$out/dist/jobx.yaml" || {
    echo "manifest-check: $commit does not make the archives that $manifest has the checksums of" >&2
    exit 1
  }
  echo "$manifest: $version, six archives, as $commit makes them"
  ;;
release)
  diff <(body "$manifest") dist/jobx.yaml || {
    echo "$manifest is not the manifest of what was just built" >&2
    echo "make release-manifest VERSION=vX.Y.Z writes it; commit it, then tag" >&2
    exit 1
  }
  ;;
*)
  sed -n '2,6p' "$0"
  exit 1
  ;;
esac
