#!/usr/bin/env bash
# Puts promtool into a folder, as any user: the one program out of Debian's package, which as a whole
# would start a Prometheus.
#   promtool.sh FOLDER
set -euo pipefail
[[ $# == 1 ]] || { echo "usage: promtool.sh FOLDER" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Lists of its own, since only root may renew the machine's.
mkdir -p lists/partial cache/archives/partial
apt=(apt-get -qq -o Acquire::Retries=2 -o APT::Sandbox::User=root
  -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache")
# what else the machine does after an update may want root: whether the lists are there, download tells
"${apt[@]}" update || true
"${apt[@]}" download prometheus
dpkg-deb --fsys-tarfile prometheus_*.deb |
  tar --extract --directory="$folder" --strip-components=3 ./usr/bin/promtool
