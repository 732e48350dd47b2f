#!/usr/bin/env bash
# Waits until every workload of the release runs what it was told to, then holds every running
# pod's images to the digests of this build.
#   IBID_NAMESPACE, IBID_TIMEOUT (10m), IBID_{API,WEB,ORCHESTRATOR}_DIGEST (what is not known is not compared)
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
need kubectl IBID_NAMESPACE
load_build
kube() { kubectl --namespace "$IBID_NAMESPACE" "$@"; }

mapfile -t workloads < <(kube get deployments,statefulsets -l "app.kubernetes.io/instance=$RELEASE" -o name)
((${#workloads[@]})) || die "release $RELEASE has no workloads in $IBID_NAMESPACE"
failed=()
for workload in "${workloads[@]}"; do
  kube rollout status "$workload" --timeout="$TIMEOUT" >&2 || failed+=("$workload")
done
((${#failed[@]} == 0)) || die "not rolled out: ${failed[*]}"

# a pod that is being stopped may still be of the revision before
images=$(kube get pods -l "app.kubernetes.io/instance=$RELEASE" -o go-template='
{{- range .items}}{{if and (not .metadata.deletionTimestamp) (eq .status.phase "Running")}}
{{- range .spec.containers}}{{.image}}
{{end}}{{end}}{{end}}')
for service in "${SERVICES[@]}"; do
  name=$(digest_name "$service")
  running=$(grep -E "(^|/)ibid-$service(@|:|$)" <<<"$images" || true)
  [[ -n $running ]] || die "no pod runs ibid-$service"
  if [[ -z ${!name:-} ]]; then continue; fi
  others=$(grep -v "@${!name}\$" <<<"$running" || true)
  [[ -z $others ]] || die "pods of $service run $others, not ${!name}"
  say "$(wc -l <<<"$running") pod(s) of $service run ${!name}"
done
say "rolled out: ${#workloads[@]} workloads of $RELEASE in $IBID_NAMESPACE"
