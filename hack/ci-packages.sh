#!/usr/bin/env bash
# Installs what the tests need beside Go, git and make: a C compiler for the race detector, and the node's programs.
set -euo pipefail
[[ $(uname) == Linux && $(id -u) == 0 ]] && command -v apt-get >/dev/null || exit 0
packages=(gcc libc6-dev containerd runc busybox-static containernetworking-plugins iproute2 iptables bash-completion)
missing=()
for p in "${packages[@]}"; do
  # Docker's containerd.io brings both, and apt-get would remove it, and Docker, for Debian's.
  [[ $p == containerd || $p == runc ]] && command -v "$p" >/dev/null && continue
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing+=("$p")
done
((${#missing[@]})) || exit 0
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
