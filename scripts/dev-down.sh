#!/usr/bin/env bash
# Stops what dev-up.sh has started, also what a killed run left behind; --wipe removes the data too.
set -euo pipefail

usage='usage: scripts/dev-down.sh [--wipe]'
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

for argument in "$@"; do
  case $argument in
    --wipe) ;;
    -h | --help) echo "$usage"; exit 0 ;;
    *) echo "dev-down: unknown argument $argument; $usage" >&2; exit 1 ;;
  esac
done

python=${IBID_DEV_PYTHON:-$root/.dev/venv/bin/python}
# also with packages that are only half updated, as long as these are there
if ! "$python" -Ic 'import psutil, psycopg' 2>/dev/null; then
  state=${IBID_DEV_DIR:-$root/.dev}
  if [[ ${1:-} == --wipe ]]; then rm -rf "$state"/{data,logs,run,api-key}; fi
  echo "dev-down: nothing is installed here, so nothing runs"
  exit 0
fi
export PYTHONPATH=$root/scripts:$root/src/python:$root/src/python/libs/client:$root/src/python/libs/contract
exec "$python" -m dev down "$@"
