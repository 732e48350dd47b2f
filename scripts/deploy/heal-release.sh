#!/usr/bin/env bash
# Frees a release that a deploy left half done. A helm that was killed leaves its revision
# "pending", and every later one is refused with "another operation is in progress".
#   IBID_NAMESPACE    where the release is
#   IBID_HEAL_AFTER   seconds after which nobody can still be at work on it (900)
# Goes back to the last revision that was wholly there. Where there never was one, it forgets
# the record and touches nothing that runs: the next install takes it over.
# shellcheck source=/dev/null
. "$(dirname "$0")/lib.sh"
need helm kubectl IBID_NAMESPACE
patience=${IBID_HEAL_AFTER:-900}

newest() { revisions | tail -1; }

while :; do
  read -r number status since <<<"$(newest)" || true
  case ${status:-none} in
    pending-install | pending-upgrade | pending-rollback) ;;
    uninstalling) die "release $RELEASE in $IBID_NAMESPACE is being uninstalled: finish that with helm uninstall" ;;
    *) exit 0 ;;
  esac
  age=$(($(date +%s) - since))
  if ((age >= patience)); then break; fi
  say "revision $number of $RELEASE is $status since $age s: waiting until it ends, or is $patience s old"
  sleep $((patience - age < 5 ? patience - age : 5))
done

good=$(last_good)
if [[ -z $good ]]; then
  note "HEALED: revision $number of $RELEASE was left $status and none before it was good; its record is removed"
  kubectl -n "$IBID_NAMESPACE" delete secret -l "owner=helm,name=$RELEASE,version=$number" >&2
  exit 0
fi
say "revision $number of $RELEASE was left $status $age s ago: going back to revision $good"
roll_back "$good" ||
  die "revision $number of $RELEASE was left $status, and going back to revision $good failed"
note "HEALED: revision $number of $RELEASE was left $status; it is back at revision $good"
