#!/usr/bin/env bash
# Says where images and chart of this repository go, as IBID_REGISTRY=…: names in a registry are lower case.
#   IBID_REGISTRY       where that is; unset: ghcr.io and the repository's name on GitHub
#   GITHUB_REPOSITORY   owner/name, as GitHub sets it
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
registry=${IBID_REGISTRY:-${GITHUB_REPOSITORY:+ghcr.io/$GITHUB_REPOSITORY}}
[[ -n $registry ]] || die "missing: the variable IBID_REGISTRY"
[[ $registry =~ ^[A-Za-z0-9][A-Za-z0-9._:/-]*$ ]] || die "$registry is no registry such as ghcr.io/acme"
printf 'IBID_REGISTRY=%s\n' "${registry,,}"
