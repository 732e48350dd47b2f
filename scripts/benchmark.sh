#!/usr/bin/env bash
# Runs benchmarks with the packages that scripts/dev-up.sh has installed:
#   scripts/benchmark.sh NAME… [--passages N] [--data FOLDER]
# IBID_PEERS is a folder with packages to compare with, such as `uv pip install --no-deps --target FOLDER bm25s` makes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
python=${IBID_DEV_PYTHON:-$root/.dev/venv/bin/python}
if [[ ! -x $python ]]; then
  echo "benchmark: no packages yet: run scripts/dev-up.sh first" >&2
  exit 1
fi
sources=$root/src/python
export PYTHONPATH=$root/benchmarks:$root/scripts:$sources:$sources/libs/client:$sources/libs/contract${IBID_PEERS:+:$IBID_PEERS}
exec "$python" -m bench "$@"
