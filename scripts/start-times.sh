#!/usr/bin/env bash
# Prints how long each service takes from docker run until /readyz answers 200, beside a stack of Compose
# that serves already and goes afterwards. Fails where a start takes more than 5 s; the bound is that of
# an idle machine.
#   start-times.sh [--starts N] [--most SECONDS] [TAG]     3 starts of each, at most 5 s, the tag dev
#   IBID_REGISTRY   where the images come from; unset: this machine
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
starts=3 most=5 tag=dev

die() { echo "start-times: $*" >&2; exit 1; }

while (($#)); do
  case $1 in
    --starts) starts=${2:?} && shift ;;
    --most) most=${2:?} && shift ;;
    -*) sed -n '2,/^set /s/^# \?//p' "$0" >&2; exit 2 ;;
    *) tag=$1 ;;
  esac
  shift
done
for program in curl docker python3; do type -P "$program" >/dev/null || die "missing: the program $program"; done

work=$(mktemp -d)
project=ibid-start-times-$$ started=''
compose() { docker compose --project-name "$project" --file compose/compose.yaml --file compose/apps.yaml "$@"; }
# shellcheck disable=SC2329  # the trap calls it
finish() {
  [[ -z $started ]] || docker rm --force "$started" >/dev/null || true
  compose down --volumes --timeout 20 >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

milliseconds() { echo $((${EPOCHREALTIME/[^0-9]/} / 1000)); }
seconds() { printf '%d.%02d s' $(($1 / 1000)) $(($1 % 1000 / 10)); }
of() { docker inspect --format "$2" "$(compose ps --quiet "$1")"; } # SERVICE TEMPLATE: of what the stack runs

measure() { # SERVICE PORT: starts one more of it, as confined; leaves the milliseconds in took
  local image network beside began address
  image=$(of "$1" '{{.Config.Image}}')
  network=$(of "$1" '{{.HostConfig.NetworkMode}}')
  beside=$(compose ps --quiet "$1")
  of "$1" '{{range .Config.Env}}{{println .}}{{end}}' >"$work/environment"
  began=$(milliseconds)
  started=$(docker run --detach --network "$network" --env-file "$work/environment" --volumes-from "$beside" \
    --read-only --cap-drop ALL --security-opt no-new-privileges:true --tmpfs /tmp:uid=10001,gid=10001,mode=0700 \
    --tmpfs /run/ibid:uid=10001,gid=10001,mode=0755,size=64k --publish "127.0.0.1::$2" "$image")
  address=$(docker port "$started" "$2/tcp" | head -1)
  until curl --silent --fail --noproxy '*' --max-time 1 --output /dev/null "http://$address/readyz"; do
    if (($(milliseconds) - began > 60000)); then
      docker logs --tail 20 "$started" >&2
      die "$1 is not ready after a minute"
    fi
    sleep 0.02
  done
  took=$(($(milliseconds) - began))
  docker rm --force "$started" >/dev/null
  started=''
}

read -r api web < <(python3 - <<'PY'
import socket

servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*[server.getsockname()[1] for server in servers])
PY
)
export IBID_TAG=$tag IBID_API_PORT=$api IBID_WEB_PORT=$web
compose up --detach --wait --wait-timeout 300 web orchestrator >"$work/up" 2>&1 ||
  die "the stack does not start: $(tail -5 "$work/up")"

slow=()
for service in api:3001 web:3000 orchestrator:3002; do
  line=''
  for ((i = 0; i < starts; i++)); do
    measure "${service%:*}" "${service#*:}"
    line+=", $(seconds "$took")"
    if ((took > most * 1000)); then slow+=("${service%:*}"); fi
  done
  printf '%-14s %s\n' "${service%:*}" "${line#, }"
done
((${#slow[@]} == 0)) || die "more than $most s from docker run to /readyz: $(printf '%s\n' "${slow[@]}" | sort -u | paste -sd ' ')"
