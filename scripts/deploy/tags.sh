#!/usr/bin/env bash
# Says what the commit at hand is called, one NAME=value a line:
#   IBID_VERSION   of the chart, and on the images' labels
#   IBID_TAGS      of the images; the first names this commit and never moves
#   IBID_PUSH      yes, or no: a pull request's images stay where they were built
#   IBID_DEPLOY    yes for the default branch, else no: the commit of a release was deployed with it
# Reads IBID_REF (else GITHUB_REF, else git), IBID_COMMIT (GITHUB_SHA, git) and IBID_DEFAULT_BRANCH (main).
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
cd "${IBID_REPOSITORY_DIR:-$ROOT}" || exit

commit=${IBID_COMMIT:-${GITHUB_SHA:-$(git rev-parse HEAD)}}
ref=${IBID_REF:-${GITHUB_REF:-$(git symbolic-ref -q HEAD || echo refs/heads/detached)}}
default=${IBID_DEFAULT_BRANCH:-main}

slug() { # NAME: as a tag and as part of a version: letters, digits and hyphens
  printf %s "$1" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9]+/-/g; s/^-+//; s/-+$//' | cut -c1-60
}

releases() { git tag --list 'v*' | grep -E '^v[0-9]+\.[0-9]+\.[0-9]+$' | sed 's/^v//' || true; }

newest() { # VERSION PREFIX: is it the newest of the releases that begin so?
  [[ $({ releases; echo "$1"; } | grep -E "^${2//./\\.}" | sort -V | tail -1) == "$1" ]]
}

on_default_branch() {
  local branch
  for branch in "refs/remotes/origin/$default" "refs/heads/$default"; do
    if git rev-parse -q --verify "$branch" >/dev/null; then
      git merge-base --is-ancestor "$commit" "$branch"
      return
    fi
  done
  die "there is no branch $default here to compare with: fetch the whole history"
}

release_tags() { # VERSION
  local major minor
  echo "$1"
  if [[ $1 == *-* ]]; then return; fi
  IFS=. read -r major minor _ <<<"$1"
  if newest "$1" "$major.$minor."; then echo "$major.$minor"; fi
  # below 1.0 a minor release may break, so there is no tag that spans them
  if ((major > 0)) && newest "$1" "$major."; then echo "$major"; fi
  if newest "$1" ""; then echo latest; fi
}

push=yes deploy=no
tags=("sha-$commit")
case $ref in
  refs/tags/v*)
    version=${ref#refs/tags/v}
    number='(0|[1-9][0-9]*)'
    [[ $version =~ ^$number\.$number\.$number(-[0-9A-Za-z]+([.-][0-9A-Za-z]+)*)?$ ]] ||
      die "${ref#refs/tags/} is not a version such as v1.2.3 or v1.2.3-rc.1"
    on_default_branch || die "v$version is not on $default: releases are made from the default branch"
    mapfile -t -O 1 tags < <(release_tags "$version")
    ;;
  refs/heads/*)
    branch=${ref#refs/heads/}
    version=0.0.0-$(slug "$branch").g${commit:0:12}
    tags+=("$(slug "$branch")")
    if [[ $branch == "$default" ]]; then deploy=yes; fi
    ;;
  refs/pull/*)
    request=${ref#refs/pull/}
    version=0.0.0-pr-${request%%/*}.g${commit:0:12}
    tags+=("pr-${request%%/*}")
    push=no
    ;;
  *) die "$ref is no branch, tag or pull request" ;;
esac

printf '%s\n' "IBID_COMMIT=$commit" "IBID_VERSION=$version" "IBID_TAGS=${tags[*]}" "IBID_PUSH=$push" "IBID_DEPLOY=$deploy"
