#!/usr/bin/env bash
# Packs the chart of this build and pushes it: its version is the build's, and the images that it
# names by default are this build's, by digest. What build-images.sh --push recorded is read.
#   IBID_REGISTRY, IBID_VERSION, IBID_TAGS, IBID_{API,WEB,ORCHESTRATOR}_DIGEST
# Records IBID_CHART and IBID_CHART_DIGEST.
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
load_build
need helm IBID_REGISTRY IBID_VERSION IBID_TAGS
for service in "${SERVICES[@]}"; do need "$(digest_name "$service")"; done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/helm" "$work/scripts"
cp -r "$ROOT/helm/ibid" "$work/helm/ibid"
cp "$ROOT/scripts/package-charts.sh" "$work/scripts/"
values=$work/helm/ibid/values.yaml

put() { # PATTERN REPLACEMENT: in exactly one place of the values
  [[ $(grep -cE "$1" "$values") == 1 ]] || die "helm/ibid/values.yaml has not one line like $1"
  sed -i -E "s|$1|$2|" "$values"
}

# a tag beside a digest is for people only
tag=${IBID_TAGS%% *}
if [[ " $IBID_TAGS " == *" $IBID_VERSION "* ]]; then tag=$IBID_VERSION; fi
put '^    registry: ""$' "    registry: $IBID_REGISTRY"
put '^    tag: ""$' "    tag: \"$tag\""
for service in "${SERVICES[@]}"; do
  name=$(digest_name "$service")
  put "^(    $service: \\{repository: ibid-$service, .*)digest: \"\"\\}\$" "\\1digest: \"${!name}\"}"
done

"$work/scripts/package-charts.sh" --version "$IBID_VERSION" --app-version "$IBID_VERSION" >&2
archive=$work/dist/ibid-$IBID_VERSION.tgz
images=$(helm template ibid "$archive" --kube-version 1.34.0 | grep -oE 'image: *"?[^ "]*ibid-(api|web|orchestrator)[^ "]*' | sort -u)
for service in "${SERVICES[@]}"; do
  name=$(digest_name "$service")
  wanted=$IBID_REGISTRY/ibid-$service:$tag@${!name}
  [[ $(grep "ibid-$service" <<<"$images" | sed -E 's/image: *"?//') == "$wanted" ]] ||
    die "the packed chart does not run $wanted but: $images"
done

# shellcheck disable=SC2046  # none or one word
helm push "$archive" "oci://$IBID_REGISTRY/charts" $(plain_http "$IBID_REGISTRY") 2>&1 | tee "$work/push" >&2
digest=$(sed -n 's/^Digest: *//p' "$work/push")
[[ $digest == sha256:* ]] || die "the registry named no digest for the chart"
record "IBID_CHART=oci://$IBID_REGISTRY/charts/ibid" "IBID_CHART_DIGEST=$digest"
note "PUSHED: oci://$IBID_REGISTRY/charts/ibid:$IBID_VERSION@$digest"
