#!/usr/bin/env bash
# Restores a dump of FOLDER into a database beside the present one, counts the rows of every table, and then renames
# both: the new one takes the name, the old one is kept under a name with the time. Until then nothing changes.
# Refuses while anybody is connected, for what is written meanwhile would stay behind in the old one.
#   restore.sh FOLDER OWNER_URL BACKUP_URL     files with the URLs of the owner and of the role that dumps
#   IBID_RESTORE_DUMP   the dump; empty: the newest
#   IBID_RESTORE_SCALE  the command that scales the services, for what is said
set -euo pipefail
folder=$1 owner=$(<"$2") backup=$(<"$3")
scale=${IBID_RESTORE_SCALE:-scale api and orchestrator with}
export PGCONNECT_TIMEOUT=10

die() { echo "$*" >&2; exit 1; }
at() { sed -E "s|^([^:]+://[^/]+/)[^?]*|\1$2|" <<<"$1"; } # URL DATABASE: the same server and login
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"; }
dumps() { find "$folder" -maxdepth 1 -name 'ibid-*.dump' -printf '%f\n' | sort; }

refuse_while_connected() {
  local who
  who=$(sql "$server" --command "
    select string_agg(format('%s (%s)', usename, sessions), ', ' order by usename) from (
      select usename, count(*) as sessions from pg_stat_activity
      where datname = '$database' and usename is not null group by usename) as connected")
  [[ -z $who ]] ||
    die "refused, nothing is changed: connected to $database: $who. Stop what uses it and try again: $scale --replicas=0"
}

dump=${IBID_RESTORE_DUMP:-$(dumps | tail -n 1)}
dump=${dump##*/}
[[ -n $dump ]] || die "there is no dump in $folder yet"
dump=$folder/${dump%.dump}
[[ -s $dump.dump && -s $dump.rows ]] || die "there is no ${dump##*/}.dump with its .rows in $folder, but: $(dumps | paste -sd ' ')"
[[ $owner =~ ^postgres(ql)?://[^/]+/([A-Za-z0-9_-]+)(\?.*)?$ ]] || die "the owner's URL names no database, or one of other characters than A-Z a-z 0-9 _ -"
database=${BASH_REMATCH[2]}
# to the millisecond: a small database is restored twice within a second
new=${database}_restored old=${database}_replaced_$(date -u +%Y%m%d_%H%M%S_%3N)
[[ ${#old} -le 63 ]] || die "$database is too long a name: what is kept could not be called $old, as a name has 63 characters at most"
# the databases are renamed from a third one
server=$(at "$owner" postgres)

# the network lets a new pod through a moment after it started
for _ in {1..30}; do
  pg_isready --quiet --timeout=3 --dbname="$server" && break
  sleep 1
done
refuse_while_connected

drop_new() { sql "$server" --command 'set client_min_messages = warning' --command "drop database if exists \"$new\""; }
drop_new
trap 'drop_new; echo "$database is as it was" >&2' EXIT
createdb --maintenance-db="$server" --template=template0 "$new"
echo "restoring ${dump##*/}.dump into $new, beside $database"
# an owner who is no superuser may hand a function over only to a role that may create one
sql "$(at "$owner" "$new")" --command 'grant create on schema public to ibid_definer'
pg_restore --exit-on-error --dbname="$(at "$owner" "$new")" "$dump.dump"
sql "$(at "$owner" "$new")" --command 'revoke create on schema public from ibid_definer' \
  --command 'set client_min_messages = error' --command analyze

# as when it was dumped, by the role that reads past row-level security
rows=$(mktemp)
sql "$(at "$backup" "$new")" --file="$(dirname "$0")/rows.sql" >"$rows"
diff "$dump.rows" "$rows" || die "the restored rows are not those that were dumped: $dump.dump"

refuse_while_connected
# where the present one was lost, there is none to rename
sql "$server" <<SQL
begin;
select format('alter database %I rename to %I', datname, '$old') as keep from pg_database where datname = '$database' \gexec
alter database "$new" rename to "$database";
commit;
SQL
trap - EXIT
echo "restored ${dump##*/}.dump: $(wc -l <"$rows") tables, $(awk '{sum += $2} END {print sum}' "$rows") rows, as they were dumped"
echo "what was in $database before is kept in $old"
echo "next: $scale --replicas=1; helm upgrade as before, which migrates what the dump is behind; helm test"
