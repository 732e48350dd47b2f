#!/usr/bin/env bash
# Builds the images of api, web and orchestrator: Pants makes the PEX files, Buildx the layers.
#   build-images.sh [--push]
#   IBID_REGISTRY      with --push: where to, such as ghcr.io/acme; no scheme
#   IBID_TAGS, IBID_COMMIT, IBID_VERSION    as tags.sh says, which is asked where they are unset
#   IBID_BUILD_CACHE   where layers are kept between builds: gha, a folder, or nothing
#   IBID_BASE_IMAGE    python:3.12-slim-bookworm
#   IBID_SOURCE        the label's URL of the source
# With --push, records each image's digest in the file of this build. A builder of its own
# (docker buildx create --use) also writes an SBOM and provenance, and sets every time stamp to
# the commit's, so that who builds the same commit gets the same image; Docker's own does not.
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
push=no
case ${1:-} in
  '') ;;
  --push) push=yes ;;
  *) die "usage: build-images.sh [--push]" ;;
esac
need docker git
[[ $push == no ]] || need IBID_REGISTRY
cd "$ROOT" || exit

if [[ -z ${IBID_TAGS:-} ]]; then
  while IFS= read -r line; do export "${line?}"; done < <("$HERE/tags.sh")
fi
need IBID_TAGS IBID_COMMIT IBID_VERSION
[[ $push == no || ${IBID_PUSH:-yes} == yes ]] || die "the images of a pull request are not pushed"
read -ra tags <<<"$IBID_TAGS"
registry=${IBID_REGISTRY:-localhost}
epoch=$(git log -1 --format=%ct "$IBID_COMMIT")
driver=$(docker buildx inspect | sed -n 's/^Driver: *//p' | head -1)

cache() { # SERVICE
  case ${IBID_BUILD_CACHE:-} in
    '') ;;
    gha) printf '%s\n' "--cache-from=type=gha,scope=ibid-$1" "--cache-to=type=gha,scope=ibid-$1,mode=max" ;;
    *) printf '%s\n' "--cache-from=type=local,src=$IBID_BUILD_CACHE/$1" \
      "--cache-to=type=local,dest=$IBID_BUILD_CACHE/$1,mode=max" ;;
  esac
}

arguments() { # SERVICE: what to build, one argument a line
  local tag
  printf '%s\n' --file=images/Dockerfile "--target=$1" "--build-arg=SERVICE=$1" \
    "--build-arg=VERSION=$IBID_VERSION" "--build-arg=REVISION=$IBID_COMMIT" \
    "--label=org.opencontainers.image.created=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)"
  if [[ -n ${IBID_SOURCE:-} ]]; then echo "--build-arg=SOURCE=$IBID_SOURCE"; fi
  if [[ -n ${IBID_BASE_IMAGE:-} ]]; then echo "--build-arg=BASE_IMAGE=$IBID_BASE_IMAGE"; fi
  for tag in "${tags[@]}"; do echo "--tag=$registry/ibid-$1:$tag"; done
  if [[ $driver == docker ]]; then return; fi
  cache "$1"
  if [[ $push == no ]]; then
    echo --output=type=docker
    return
  fi
  printf '%s\n' --output=type=image,push=true,oci-mediatypes=true,rewrite-timestamp=true \
    --attest=type=sbom --attest=type=provenance,mode=max
}

build() { # SERVICE
  local options tag
  mapfile -t options < <(arguments "$1")
  SOURCE_DATE_EPOCH=$epoch docker buildx build "${options[@]}" dist >&2
  if [[ $driver != docker || $push == no ]]; then return; fi
  for tag in "${tags[@]}"; do docker push --quiet "$registry/ibid-$1:$tag" >&2; done
}

say "== ./pants package, the halves of the images"
IBID_IMAGES=yes ./pants --filter-target-type=pex_binary package images:: >&2

if [[ $push == yes ]]; then
  rm -f "$OUTPUT/build.env"
  record "IBID_COMMIT=$IBID_COMMIT" "IBID_VERSION=$IBID_VERSION" "IBID_TAGS=$IBID_TAGS" "IBID_REGISTRY=$registry"
fi
for service in "${SERVICES[@]}"; do
  say "== docker buildx build: ibid-$service ($IBID_VERSION)"
  build "$service"
  if [[ $push == no ]]; then continue; fi
  # the registry's word, which holds for each way to push
  digest=$(docker buildx imagetools inspect "$registry/ibid-$service:${tags[0]}" --format '{{.Manifest.Digest}}')
  record "$(digest_name "$service")=$digest"
  note "PUSHED: $registry/ibid-$service@$digest as ${IBID_TAGS// /, }"
done
