#!/usr/bin/env bash
# Builds a commit twice, in clean clones and without caches, and compares: every PEX file byte for
# byte, and every file of the images with its bytes, mode, owner and time.
#   reproducible.sh [COMMIT]    HEAD
#   IBID_IMAGES=no              the PEX files only; so it is where no Docker daemon answers
#   IBID_BASE_IMAGE             python:3.12-slim-bookworm
# Where the builder in use rewrites time stamps (one of `docker buildx create`, not Docker's own),
# it also compares the digests of the images.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
commit=$(git -C "$root" rev-parse "${1:-HEAD}")
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct "$commit")
export SOURCE_DATE_EPOCH IBID_IMAGES=${IBID_IMAGES:-yes}
docker version >/dev/null 2>&1 || IBID_IMAGES=no
work=$(mktemp -d)
made=()
# shellcheck disable=SC2329  # the trap calls it
finish() {
  ((${#made[@]} == 0)) || docker image rm "${made[@]}" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

pexes() { # NAME: a clone of that name, and all of its PEX files, made anew
  git clone --quiet "$root" "$work/$1/tree"
  git -C "$work/$1/tree" checkout --quiet "$commit"
  cd "$work/$1/tree"
  ./pants --no-pantsd --no-local-cache \
    --filter-target-type=pex_binary package ::
  cd dist
  find . -name '*.pex' -exec sha256sum {} + | sort -k2 >"$work/$1/pexes"
}

# The tree as a container sees it, and the digest where the builder can make the times its own.
image() { # NAME SERVICE
  local tag=ibid-reproducible-$2:$1 container
  local options=(--no-cache --file "$work/$1/tree/images/Dockerfile" --target "$2" --build-arg "SERVICE=$2"
    --build-arg "BASE_IMAGE=${IBID_BASE_IMAGE:-python:3.12-slim-bookworm}")
  if [[ $(docker buildx inspect 2>/dev/null | sed -n 's/^Driver: *//p' | head -1) =~ ^(|docker)$ ]]; then
    docker build --quiet "${options[@]}" --tag "$tag" "$work/$1/tree/dist" >/dev/null
  else
    docker buildx build --quiet "${options[@]}" --provenance=false "$work/$1/tree/dist" \
      --output "type=oci,dest=$work/$1/$2.oci,rewrite-timestamp=true"
    sha256sum <"$work/$1/$2.oci" >"$work/$1/$2.digest"
    docker buildx build --quiet "${options[@]:1}" --provenance=false --tag "$tag" --load "$work/$1/tree/dist" >/dev/null
  fi
  made+=("$tag")
  container=$(docker create "$tag")
  docker export "$container" | python3 "$root/images/listing.py" >"$work/$1/$2.files"
  docker rm "$container" >/dev/null
}

failed=0
compare() { # WHAT LIST
  if cmp --quiet "$work/one/$2" "$work/two/$2"; then
    echo "the same twice: $1 ($(wc -l <"$work/one/$2"))"
  else
    echo "not the same: $1" >&2
    diff "$work/one/$2" "$work/two/$2" | head -20 >&2 || true
    failed=1
  fi
}

for name in one two; do
  mkdir "$work/$name"
  (pexes "$name")
done
compare 'PEX files' pexes
if [[ $IBID_IMAGES == yes ]]; then
  for service in api web orchestrator; do
    for name in one two; do image "$name" "$service"; done
    compare "files of ibid-$service" "$service.files"
    if [[ -f $work/one/$service.digest ]]; then compare "digest of ibid-$service" "$service.digest"; fi
  done
fi
exit "$failed"
