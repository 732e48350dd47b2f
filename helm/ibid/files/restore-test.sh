#!/usr/bin/env bash
# Restores the newest dump of FOLDER into a server of its own, in SCRATCH, and counts the rows of every table.
# It needs no right on the real server, and cannot touch it.
set -euo pipefail
folder=$1 scratch=$2
dump=$(find "$folder" -maxdepth 1 -name 'ibid-*.dump' | sort | tail -n 1)
[[ -n $dump ]] || { echo "there is no dump in $folder yet" >&2; exit 1; }
PATH=$PATH:$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
rm -rf "$scratch/data"
initdb --pgdata="$scratch/data" --username=restore --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
pg_ctl --pgdata="$scratch/data" --silent --wait --timeout=120 --log="$scratch/log" \
  --options="-c listen_addresses='' -c unix_socket_directories=$scratch -c fsync=off -c full_page_writes=off -c maintenance_work_mem=128MB -c max_parallel_maintenance_workers=0" start
trap 'pg_ctl --pgdata="$scratch/data" --silent --mode=immediate stop; rm -rf "$scratch/data"' EXIT
export PGHOST=$scratch PGUSER=restore

# roles belong to a server, so no dump has them
while read -r role; do
  [[ $role == restore ]] || createuser --no-login -- "$role"
done <"${dump%.dump}.roles"
createdb --template=template0 ibid
pg_restore --dbname=ibid --no-owner --exit-on-error "$dump"

psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname=ibid --file="$(dirname "$0")/rows.sql" >"$scratch/rows"
if ! diff "${dump%.dump}.rows" "$scratch/rows"; then
  echo "the restored rows are not those that were dumped: $dump" >&2
  exit 1
fi
touch "$folder/restore-tested"
echo "restored $dump: $(wc -l <"$scratch/rows") tables, $(awk '{sum += $2} END {print sum}' "$scratch/rows") rows, as they were dumped"
