#!/usr/bin/env bash
# The release before must run on the schema of this tree: runs the database tests of its code on it.
#   previous-release.sh [REF] [-- PYTEST ARGUMENT...]
# REF is the newest release (a tag such as v0.1.0) before this commit, if none is named. With IBID_DEV_PYTHON,
# a Python that has pytest and all requirements runs the tests, otherwise ./pants of that release.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
migrations=src/python/libs/postgres/migrations

ref=
if [[ ${1:-} && ${1:-} != -- ]]; then
  ref=$1
  shift
fi
[[ ${1:-} != -- ]] || shift

if [[ -z $ref ]]; then
  # a tag on this very commit is this release, not the one before
  ref=$(git -C "$root" describe --tags --abbrev=0 --match 'v[0-9]*' HEAD^ 2>/dev/null) || {
    if [[ $(git -C "$root" rev-parse --is-shallow-repository 2>/dev/null) == true ]]; then
      echo "skipped: this clone is shallow, so the release before is not known"
      exit 0
    fi
    echo "skipped: there is no release yet"
    exit 0
  }
fi
git -C "$root" rev-parse --quiet --verify "$ref^{commit}" >/dev/null || {
  echo "previous-release.sh: there is no $ref here" >&2
  exit 2
}

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
git -C "$root" archive "$ref" | tar -x -C "$tree"
if diff -rq -x __pycache__ "$root/$migrations/versions" "$tree/$migrations/versions" >/dev/null; then
  echo "skipped: the schema is that of $ref"
  exit 0
fi

# the newer schema, and what applies it; all other code is the release's
for part in migrations migrate.py roles.py server.py errors.py; do
  rm -rf "$tree/src/python/libs/postgres/$part"
  cp -R "$root/src/python/libs/postgres/$part" "$tree/src/python/libs/postgres/$part"
done
# these test what was just replaced
rm -f "$tree"/src/python/libs/postgres/*_test.py

echo "==> the database tests of $ref on the schema of this tree"
cd "$tree"
if [[ -z ${IBID_DEV_PYTHON:-} ]]; then
  ./pants --tag=db test :: ${1:+-- "$@"}
  exit
fi
export PYTHONPATH=src/python:src/python/libs/client:src/python/libs/contract:scripts:tests${PYTHONPATH:+:$PYTHONPATH}
if (($# == 0)); then
  mapfile -t tests < <(find src -name '*_db_test.py')
  set -- "${tests[@]}"
fi
"$IBID_DEV_PYTHON" -m pytest -q -p no:cacheprovider "$@"
