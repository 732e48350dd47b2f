#!/usr/bin/env bash
# Starts Ibid on this machine: packages, PostgreSQL, Redis, api, web, orchestrator.
# What it does and in which order is in scripts/dev/; this file finds a Python for that.
#   IBID_DEV_DIR        where the state is kept (.dev in the repository)
#   IBID_DEV_PYTHON     an interpreter that has all packages, instead of .dev/venv
#   IBID_DEV_PYTHON312  the CPython 3.12 to make .dev/venv with, instead of one found
#   IBID_DEV_{API,WEB,ORCHESTRATOR,POSTGRES,REDIS,PROMETHEUS,GRAFANA}_PORT
set -euo pipefail

usage='usage: scripts/dev-up.sh [--detach] [--demo] [--embedded|--compose]'
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
tools=$root/.dev
venv=$tools/venv
lock=$root/3rdparty/python/locks/default.txt

fail() {
  echo "dev-up: $*" >&2
  exit 1
}
trap 'fail "line $LINENO of the script failed"' ERR

is_cpython() { # EXE VERSION
  [[ -x $1 ]] && "$1" -Ic 'import sys, venv, ensurepip
sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1] or sys.implementation.name != "cpython")' "$2" >/dev/null 2>&1
}

find_cpython() { # VERSION OVERRIDE: prints the path of one; uv may fetch it
  local exe
  for exe in ${2:+"$2"} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python"$1" \
    $(type -aP "python$1" || true) "$(uv python find "$1" 2>/dev/null || true)"; do
    if is_cpython "$exe" "$1"; then echo "$exe"; return; fi
  done
  if command -v uv >/dev/null && uv python install --quiet "$1" >/dev/null 2>&1; then
    exe=$(uv python find "$1" 2>/dev/null || true)
    if is_cpython "$exe" "$1"; then echo "$exe"; return; fi
  fi
  return 1
}

free_mib() { # FOLDER
  df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }'
}

install() { # COMMAND: runs pip or venv; its words go to a log, and one line to the user
  local log=$tools/logs/install.log words
  # An interpreter's own settings must not reach into the new one. The words are kept in
  # memory first: they may be about a full disk.
  if words=$(env -u PYTHONPATH -u PYTHONHOME "$@" 2>&1); then return; fi
  echo "$words" 2>/dev/null >>"$log" || true
  if grep -q 'No space left on device' <<<"$words"; then fail "no space left on the disk of $venv"; fi
  fail "cannot install the packages: $(grep -E '^ERROR|[Ee]rror' <<<"$words" | head -n 1 | cut -c1-300) (more in $log)"
}

make_venv() {
  local python wanted had free
  wanted=$(sha256sum <"$lock" | cut -d' ' -f1)
  had=$(cat "$venv/ibid-lock" 2>/dev/null || true)
  if [[ $had == "$wanted" && -x $venv/bin/python ]]; then return; fi
  if ! mkdir -p "$tools/logs" 2>/dev/null || ! : 2>/dev/null >"$tools/logs/install.log"; then
    fail "cannot write to $tools: disk full or no permission"
  fi
  if [[ -z $had || ! -x $venv/bin/python ]]; then
    python=$(find_cpython 3.12 "${IBID_DEV_PYTHON312:-}") ||
      fail "no CPython 3.12 with venv found (pyenv, PATH, uv): install one, or name one in IBID_DEV_PYTHON312"
    free=$(free_mib "$tools" || true)
    if ((${free:-9999} < 2048)); then fail "the disk of $tools has $free MiB free, the packages need 2048"; fi
    echo "dev-up: installing the packages into $venv, which takes a minute or so" >&2
    rm -rf "$venv" 2>/dev/null || fail "cannot remove the unfinished $venv"
    install "$python" -m venv "$venv"
  else
    echo "dev-up: the lock has changed: updating $venv" >&2
    rm -f "$venv/ibid-lock"
  fi
  # The bytecode of what is used is written when it is used.
  install "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes --no-deps --no-compile -r "$lock"
  if ! echo "$wanted" 2>/dev/null >"$venv/ibid-lock"; then fail "no space left on the disk of $venv"; fi
}

for argument in "$@"; do
  case $argument in
    --detach | --demo | --embedded | --compose) ;;
    -h | --help) echo "$usage"; exit 0 ;;
    *) echo "dev-up: unknown argument $argument; $usage" >&2; exit 1 ;;
  esac
done

python=${IBID_DEV_PYTHON:-}
if [[ -z $python ]]; then
  mkdir -p "$tools" 2>/dev/null || fail "cannot make $tools: disk full or no permission"
  if ! { exec 9>"$tools/venv.lock"; } 2>/dev/null; then fail "cannot write to $tools: disk full or no permission"; fi
  flock 9 # of several at once, one installs and the rest wait
  make_venv 9>&-
  exec 9>&-
  python=$venv/bin/python
fi
export PYTHONPATH=$root/scripts:$root/src/python:$root/src/python/libs/client:$root/src/python/libs/contract
exec "$python" -m dev up "$@"
