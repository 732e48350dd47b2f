#!/usr/bin/env bash
# Hands kubectl and helm a fresh token that says which workflow, environment and commit is at work.
#   cluster-token.sh AUDIENCE    (they call it; see kubeconfig.sh)
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
[[ $# == 1 ]] || die "usage: cluster-token.sh AUDIENCE"
[[ -n ${ACTIONS_ID_TOKEN_REQUEST_URL:-} && -n ${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-} ]] ||
  die "GitHub gives this job no tokens: it needs the permission id-token: write"
# the header comes from a file, for arguments can be seen by every process
answer=$(curl --silent --show-error --fail --retry 3 --max-time 20 --get --data-urlencode "audience=$1" \
  --header @<(printf 'Authorization: Bearer %s\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN") "$ACTIONS_ID_TOKEN_REQUEST_URL")
[[ $answer =~ \"value\"[[:space:]]*:[[:space:]]*\"([A-Za-z0-9._-]+)\" ]] || die "GitHub answered without a token"
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s","expirationTimestamp":"%s"}}\n' \
  "${BASH_REMATCH[1]}" "$(date -u -d '+4 minutes' +%Y-%m-%dT%H:%M:%SZ)"
