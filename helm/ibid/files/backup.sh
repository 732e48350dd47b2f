#!/usr/bin/env bash
# Dumps the database into FOLDER, with the number of rows of each table in the very same snapshot,
# and the names of the roles.
# What was dumped before is deleted last, when the new dump is whole.
set -euo pipefail
folder=$1 keep=$2
url=$(<"$3")
export PGCONNECT_TIMEOUT=10
name=$folder/ibid-$(date -u +%Y%m%dT%H%M%SZ)
rm -f "$folder"/*.part

# the network lets a new pod through a moment after it started
for _ in {1..30}; do
  pg_isready --quiet --timeout=3 --dbname="$url" && break
  sleep 1
done

# one session holds the snapshot that both the dump and the counts are taken from
coproc SESSION { exec psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$url"; }
session=$SESSION_PID
ask() { printf '%s\n' "$1" >&"${SESSION[1]}"; }
ask "begin isolation level repeatable read read only;"
ask "select pg_export_snapshot();"
read -r snapshot <&"${SESSION[0]}"

pg_dump --format=custom --compress=6 --no-password --snapshot="$snapshot" --file="$name.dump.part" --dbname="$url"
ask "\\o $name.rows.part"
ask "$(<"$(dirname "$0")/rows.sql")"
ask "\\o $name.roles.part"
ask "select rolname from pg_roles where rolname !~ '^pg_' order by 1;"
ask "\\o"
ask "commit;"
ask "\\q"
wait "$session"

[[ -s $name.rows.part && -s $name.roles.part ]] || { echo "no rows were counted" >&2; exit 1; }
mv "$name.rows.part" "$name.rows"
mv "$name.roles.part" "$name.roles"
mv "$name.dump.part" "$name.dump"
echo "dumped $(stat -c %s "$name.dump") bytes into $name.dump"
find "$folder" -maxdepth 1 -name 'ibid-*.dump' | sort -r | tail -n "+$((keep + 1))" | while read -r old; do
  rm -f "$old" "${old%.dump}.rows" "${old%.dump}.roles"
  echo "deleted $old"
done
