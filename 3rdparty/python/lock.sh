#!/usr/bin/env bash
# Makes the committed locks from the requirement files beside it. Needs uv.
#   lock.sh [LOCK...]    all of them when none is named; a lock that exists keeps
#                        its pins where it can: delete it first to take the newest
set -euo pipefail
cd "$(dirname "$0")"

lock() { # REQUIREMENTS LOCK [OPTION...]
  uv pip compile --universal --python-version 3.12 --generate-hashes --no-header --no-annotate \
    --quiet "${@:3}" "$1" -o "locks/$2.txt"
}

[[ $# -gt 0 ]] || set -- default mypy pytest ruff setuptools shellcheck
for name in "$@"; do
  case $name in
    default) lock requirements.txt default --override overrides.txt ;;
    # a test sees both, so what both have must be of one version
    pytest) lock pytest-requirements.txt pytest --constraint locks/default.txt ;;
    *) lock "$name-requirements.txt" "$name" ;;
  esac
done
