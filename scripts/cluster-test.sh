#!/usr/bin/env bash
# The proof that a rollout loses nothing: tests/cluster on the cluster that KUBECONFIG names.
#   scripts/cluster-test.sh [--requests N] [--rate N] [--images TAG] [--keep] [TEST...]
#     --requests   sent at least while it upgrades and rolls back (3000; the published figure: 50000)
#     --rate       of them a second (15)
#     --images     ibid-{api,web,orchestrator}:TAG of the local Docker, instead of a build of this tree
#     --keep       leaves the namespaces
#     TEST         files of tests/cluster, such as rollout_test; without any, all
#   IBID_CLUSTER_LOAD   a command that brings images, given as arguments, from the local Docker to the
#                       nodes. Unset: kind load, where the cluster is kind's; else the nodes have them
# A second build with a new migration is made from the first. Namespaces ibid-proof-* are made anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
requests=3000 rate=15 tag='' tests=()

die() { echo "cluster-test: $*" >&2; exit 1; }

while (($#)); do
  case $1 in
    --requests) requests=${2:?} && shift ;;
    --rate) rate=${2:?} && shift ;;
    --images) tag=${2:?} && shift ;;
    --keep) export IBID_CLUSTER_KEEP=yes ;;
    -*) sed -n '2,/^set /s/^# \?//p' "$0" >&2; exit 2 ;;
    *) tests+=("tests/cluster/$(basename "${1%.py}").py") ;;
  esac
  shift
done
for program in docker helm kubectl; do type -P "$program" >/dev/null || die "missing: the program $program"; done
[[ -n ${KUBECONFIG:-} ]] || die "name a cluster in KUBECONFIG"
kubectl version >/dev/null || die "the cluster of KUBECONFIG does not answer"

if [[ -z $tag ]]; then
  tag=cluster-test
  IBID_IMAGES=yes IBID_TAGS=$tag ./pants package images::
fi
for service in api web orchestrator; do
  {
    echo "FROM ibid-$service:$tag"
    echo 'LABEL proof=next'
    # web knows no schema
    [[ $service == web ]] || printf '%s\n' 'USER 0:0' 'COPY plant_migration.py /' \
      'RUN ["/app/bin/python", "-I", "/plant_migration.py", "/app/lib/python3.12/site-packages/libs/postgres"]' \
      'USER 10001:10001'
  } | docker build --quiet --tag "ibid-$service:$tag-next" --file - scripts/cluster >/dev/null
done
archive=$(scripts/package-charts.sh | tail -1)

export IBID_CLUSTER_IMAGES=$tag IBID_CLUSTER_CHART=$PWD/$archive \
  IBID_CLUSTER_REQUESTS=$requests IBID_CLUSTER_RATE=$rate
((${#tests[@]})) || tests=(tests/cluster::)
exec ./pants --test-extra-env-vars='["KUBECONFIG", "PATH", "HOME", "IBID_CLUSTER_IMAGES", "IBID_CLUSTER_CHART",
  "IBID_CLUSTER_REQUESTS", "IBID_CLUSTER_RATE", "IBID_CLUSTER_KEEP", "IBID_CLUSTER_LOAD"]' \
  test --debug "${tests[@]}" -- -v
