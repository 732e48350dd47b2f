# shellcheck shell=bash
# What the deploy scripts share. Sourced, not run.
set -euo pipefail

# shellcheck disable=SC2034  # the scripts that source this read them
{
  ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
  HERE=$ROOT/scripts/deploy
  SERVICES=(api web orchestrator)
  RELEASE=${IBID_RELEASE:-ibid}
  TIMEOUT=${IBID_TIMEOUT:-10m}
  # what one script learns and the next needs: one NAME=value a line
  OUTPUT=${IBID_OUTPUT:-$ROOT/dist/deploy}
}

say() { printf '%s\n' "$*" >&2; }

die() { # MESSAGE: also where GitHub shows errors
  if [[ ${GITHUB_ACTIONS:-} == true ]]; then printf '::error::%s\n' "$*"; fi
  say "${0##*/}: $*"
  exit 1
}

note() { # MESSAGE: what the people who read the run's page should know
  say "$*"
  if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then printf '%s\n\n' "$*" >>"$GITHUB_STEP_SUMMARY"; fi
}

need() { # NAME...: programs and variables; all that are missing are named at once
  local name missing=()
  for name; do
    if [[ $name == IBID_* ]]; then
      [[ -n ${!name:-} ]] || missing+=("the variable $name")
    else
      type -P "$name" >/dev/null || missing+=("the program $name")
    fi
  done
  ((${#missing[@]} == 0)) || die "missing: $(printf '%s, ' "${missing[@]}" | sed 's/, $//')"
}

digest_name() { printf 'IBID_%s_DIGEST' "${1^^}"; } # SERVICE

record() { # NAME=VALUE...: into the file of this build, and as outputs of a step on GitHub
  mkdir -p "$OUTPUT"
  printf '%s\n' "$@" >>"$OUTPUT/build.env"
  if [[ -n ${GITHUB_OUTPUT:-} ]]; then printf '%s\n' "$@" >>"$GITHUB_OUTPUT"; fi
}

load_build() { # what the environment does not say comes from the file of this build
  local line name
  [[ -f $OUTPUT/build.env ]] || return 0
  while IFS= read -r line; do
    [[ $line =~ ^IBID_[A-Z_]+=[A-Za-z0-9@:/._+\ -]*$ ]] || die "$OUTPUT/build.env: not understood: $line"
    name=${line%%=*}
    [[ -n ${!name:-} ]] || export "${line?}"
  done <"$OUTPUT/build.env"
}

# Helm's own notes of its revisions, oldest first: NUMBER STATUS SECONDS-SINCE-1970
revisions() {
  kubectl -n "$IBID_NAMESPACE" get secrets -l "owner=helm,name=$RELEASE" -o go-template='
{{- range .items}}{{with .metadata.labels}}{{.version}} {{.status}} {{or .modifiedAt .createdAt}}
{{end}}{{end}}' | sort -n
}

last_good() { # the newest revision that was wholly there, if any
  revisions | awk '$2 == "deployed" { good = $1 } END { if (good) print good }'
}

# Helm refuses plain HTTP unless told; only a registry on this machine may have it.
plain_http() { # REGISTRY
  if [[ $1 =~ ^(localhost|127\.[0-9.]+)(:|/|$) ]]; then echo --plain-http; fi
}

# What a revision of long ago migrated with may still be there when a deploy was killed early, and
# Helm cannot change a Job that it did not expect. A migration may run again at any time.
roll_back() { # REVISION
  kubectl -n "$IBID_NAMESPACE" delete jobs --ignore-not-found \
    -l "app.kubernetes.io/instance=$RELEASE,app.kubernetes.io/component=migrate" >&2
  helm rollback "$RELEASE" "$1" --namespace "$IBID_NAMESPACE" --wait --wait-for-jobs --timeout "$TIMEOUT" >&2
}
