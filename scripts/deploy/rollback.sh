#!/usr/bin/env bash
# Goes back to an earlier revision and waits until it runs everywhere.
#   rollback.sh [REVISION]    without one: the newest before the present that was wholly there
#   IBID_NAMESPACE, IBID_TIMEOUT (10m)
# The database stays as it is: every release runs on the schema of the one after it.
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
need helm kubectl IBID_NAMESPACE
# whatever build is at hand, it is not the one that comes back
unset IBID_API_DIGEST IBID_WEB_DIGEST IBID_ORCHESTRATOR_DIGEST
export IBID_OUTPUT=/nonexistent

target=${1:-}
if [[ -z $target ]]; then
  target=$(revisions | awk '$2 == "superseded" { good = $1 } END { if (good) print good }')
  [[ -n $target ]] || die "release $RELEASE in $IBID_NAMESPACE has no earlier revision to go back to"
fi
roll_back "$target" || die "going back to revision $target failed"
"$HERE/verify-rollout.sh"
say "release $RELEASE in $IBID_NAMESPACE is back at revision $target"
