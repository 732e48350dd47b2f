#!/usr/bin/env bash
# Prints why a rollout does not get on: the pods that are not ready, what happened to them, and
# the end of their logs. Changes nothing, and fails never.
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
need kubectl IBID_NAMESPACE
kube() { kubectl --namespace "$IBID_NAMESPACE" --request-timeout=20s "$@" >&2 || true; }

say "== pods of $RELEASE in $IBID_NAMESPACE"
kube get pods -l "app.kubernetes.io/instance=$RELEASE" -o wide
say "== the last 30 events"
kubectl --namespace "$IBID_NAMESPACE" --request-timeout=20s get events --sort-by=.metadata.creationTimestamp 2>&1 | tail -30 >&2 || true
# shellcheck disable=SC2016  # $name is the template's
unready=$(kubectl --namespace "$IBID_NAMESPACE" --request-timeout=20s get pods \
  -l "app.kubernetes.io/instance=$RELEASE" -o go-template='
{{- range .items}}{{$name := .metadata.name}}{{if ne .status.phase "Succeeded"}}
{{- range .status.conditions}}{{if and (eq .type "Ready") (ne .status "True")}}{{$name}}
{{end}}{{end}}{{end}}{{end}}' || true)
for pod in $unready; do
  say "== the end of the logs of $pod"
  kube logs "$pod" --all-containers --prefix --tail=20
done
