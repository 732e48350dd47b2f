#!/usr/bin/env bash
# Runs scripts/cluster-test.sh on a cluster of its own, which kind makes in the local Docker and which goes
# afterwards. kind has no metrics-server, so the test of scaling by CPU is skipped there.
#   scripts/kind-test.sh [ARGUMENT of cluster-test.sh...]
#   IBID_KIND_CLUSTER    the name (ibid-proof); there must be no cluster of that name
#   IBID_KIND_IMAGE      the image of its node, and with it the version of Kubernetes; unset: kind's choice
#   IBID_KIND_KEEP=yes   leaves the cluster, and says where its kubeconfig is
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=${IBID_KIND_CLUSTER:-ibid-proof}

die() { echo "kind-test: $*" >&2; exit 1; }

for program in docker helm kind kubectl; do type -P "$program" >/dev/null || die "missing: the program $program"; done
clusters=$(kind get clusters 2>/dev/null) || die "kind does not reach Docker"
! grep -qxF "$name" <<<"$clusters" || die "there is a cluster $name already: kind delete cluster --name $name"

work=$(mktemp -d)
# a file of its own, so that nobody's current context changes
export KUBECONFIG=$work/kubeconfig
# shellcheck disable=SC2329  # the trap calls it
finish() {
  if [[ ${IBID_KIND_KEEP:-} == yes ]]; then
    echo "the cluster $name is left: KUBECONFIG=$KUBECONFIG" >&2
    return
  fi
  kind delete cluster --name "$name" >&2 || true
  rm -rf "$work"
}
trap finish EXIT

kind create cluster --name "$name" --wait 5m ${IBID_KIND_IMAGE:+--image "$IBID_KIND_IMAGE"} >&2
# it loads images by kind, since the context says that the cluster is kind's
scripts/cluster-test.sh "$@"
