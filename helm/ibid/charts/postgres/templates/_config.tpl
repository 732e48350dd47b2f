{{- /* postgresql.conf; .Values.config wins. */ -}}
{{- define "postgres.config" -}}
{{- $own := dict
  "listen_addresses" "'*'"
  "max_connections" 200
  "password_encryption" "scram-sha-256"
  "shared_buffers" "256MB"
  "effective_cache_size" "1GB"
  "maintenance_work_mem" "256MB"
  "work_mem" "16MB"
  "max_parallel_maintenance_workers" 2
  "wal_compression" "on"
  "max_wal_size" "2GB"
  "checkpoint_completion_target" 0.9
  "random_page_cost" 1.1
  "dynamic_shared_memory_type" "posix"
  "idle_in_transaction_session_timeout" "'5min'"
  "tcp_keepalives_idle" 60
  "log_checkpoints" "off"
  "log_line_prefix" "'%m [%p] %q%u@%d '"
  "timezone" "'UTC'" -}}
{{- range $name, $value := mergeOverwrite $own .Values.config }}
{{ $name }} = {{ include "common.text" $value | default "''" }}
{{- end }}
{{- end }}

{{- /* Run once, when the volume is set up. */ -}}
{{- define "postgres.backupRole" -}}
#!/usr/bin/env bash
set -euo pipefail
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\set password `cat /run/secrets/postgres/backup-password`
create extension if not exists vector;
create role ibid_backup login bypassrls password :'password';
grant pg_read_all_data to ibid_backup;
SQL
{{- end }}
