#!/usr/bin/env bash
# Brings a build to a stage, and goes back by itself when it does not come up.
#   deploy.sh STAGE      dev, staging or production: helm/environments/STAGE.yaml
#   IBID_NAMESPACE       default ibid-STAGE; it must be there
#   IBID_CHART, IBID_CHART_DIGEST
#                        the chart in its registry, as publish-chart.sh recorded it; a folder will do
#   IBID_COMMIT, IBID_TAGS
#                        as tags.sh says: the images' tag; unset, it is the chart's
#   IBID_VALUES_FILE     more values; IBID_VALUES: still more, as YAML text
#   IBID_TIMEOUT         for each wait (10m)
# Asks the cluster first whether it would take everything; then helm upgrade, the rollout of every
# workload, the digest of every pod, and helm test. Whichever fails, the reason is printed and the
# last good revision is put back. Exit codes: 0 deployed; 1 refused, nothing was changed;
# 3 failed and rolled back; 4 failed, and there was nothing to go back to or that failed too.
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
stage=${1:-}
[[ -n $stage && -f $ROOT/helm/environments/$stage.yaml ]] ||
  die "usage: deploy.sh STAGE, for which there is a helm/environments/STAGE.yaml"
load_build
export IBID_NAMESPACE=${IBID_NAMESPACE:-ibid-$stage}
need helm kubectl IBID_CHART

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kubectl get namespace "$IBID_NAMESPACE" -o name >/dev/null ||
  die "there is no namespace $IBID_NAMESPACE, or the cluster does not answer"

chart() { # the chart's archive, by digest where it comes from a registry
  if [[ $IBID_CHART != oci://* ]]; then printf %s "$IBID_CHART"; return; fi
  need IBID_CHART_DIGEST
  # shellcheck disable=SC2046  # none or one word
  helm pull "$IBID_CHART@$IBID_CHART_DIGEST" --destination "$work" \
    $(plain_http "${IBID_CHART#oci://}") >&2 || die "cannot pull $IBID_CHART@$IBID_CHART_DIGEST"
  printf %s "$work"/*.tgz
}

values=(--values "$ROOT/helm/environments/$stage.yaml")
if [[ -n ${IBID_VALUES_FILE:-} ]]; then values+=(--values "$IBID_VALUES_FILE"); fi
if [[ -n ${IBID_VALUES:-} ]]; then
  printf '%s\n' "$IBID_VALUES" >"$work/values.yaml"
  values+=(--values "$work/values.yaml")
fi
# last, for no values of a stage are to run another build: the first tag names the commit and never moves
tags=${IBID_TAGS:-${IBID_COMMIT:+sha-$IBID_COMMIT}}
if [[ -n $tags ]]; then values+=(--set-string "global.image.tag=${tags%% *}"); fi
archive=$(chart)

upgrade() { # OPTION...
  helm upgrade --install "$RELEASE" "$archive" --namespace "$IBID_NAMESPACE" "${values[@]}" --timeout "$TIMEOUT" \
    --history-max 20 --description "${IBID_VERSION:-from a folder} ${IBID_COMMIT:-}" "$@"
}

"$HERE/heal-release.sh"
refusal=$(upgrade --dry-run=server 2>&1 >/dev/null) || {
  say "$refusal"
  # Helm asks the schema first and then no templates, which have mistakes of their own to tell
  if [[ $refusal == *"specifications of the schema"* ]]; then
    { upgrade --dry-run=server --skip-schema-validation 2>&1 >/dev/null || true; } |
      sed -n '/cannot be installed like this/,$p' >&2
  fi
  die "the chart is refused with these values; nothing was changed"
}
good=$(last_good)

came_up() {
  say "== helm upgrade --install $RELEASE ($stage, after revision ${good:-none})"
  upgrade --wait --wait-for-jobs >&2 || { reason="helm upgrade failed"; return 1; }
  say "== rollout of every workload"
  "$HERE/verify-rollout.sh" || { reason="the rollout is not what it should be"; return 1; }
  say "== helm test"
  helm test "$RELEASE" --namespace "$IBID_NAMESPACE" --logs --timeout "$TIMEOUT" >&2 ||
    { reason="helm test failed"; return 1; }
}

if came_up; then
  note "DEPLOYED: $stage runs ${IBID_VERSION:-the chart in $IBID_CHART} as revision $(last_good) of $RELEASE"
  exit 0
fi
"$HERE/diagnose.sh"
if [[ -z $good ]]; then
  note "FAILED: $reason on the first install of $RELEASE in $IBID_NAMESPACE; there is nothing to go back to"
  exit 4
fi
say "== $reason: going back to revision $good"
if "$HERE/rollback.sh" "$good"; then
  note "ROLLED BACK: $reason for ${IBID_VERSION:-this build}; $stage runs what revision $good of $RELEASE ran"
  exit 3
fi
note "FAILED: $reason for ${IBID_VERSION:-this build}, and going back to revision $good failed too"
exit 4
