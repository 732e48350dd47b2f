{{- /* Which Secret holds what, and how it reaches a container: as files below /run/secrets/ibid. */ -}}

{{- define "common.databaseSecret" -}}
{{- .Values.global.database.existingSecret | default (include "common.fullname" (list . "database")) -}}
{{- end }}

{{- define "common.redisSecret" -}}
{{- .Values.global.redis.existingSecret | default (include "common.fullname" (list . "redis")) -}}
{{- end }}

{{- /* A volume of the named credentials: database, migration, backup, redis, embedding. (list $ (list "database" "redis")) */ -}}
{{- define "common.secretsVolume" -}}
{{- $root := index . 0 -}}
{{- $database := $root.Values.global.database.keys -}}
name: secrets
projected:
  defaultMode: 0440
  sources:
    {{- range index . 1 }}
    - secret:
        {{- if eq . "redis" }}
        name: {{ include "common.redisSecret" $root }}
        items: [{key: {{ $root.Values.global.redis.keys.url }}, path: redis-url}]
        {{- else if eq . "embedding" }}
        name: {{ $root.Values.global.models.existingSecret }}
        items: [{key: api-key, path: embedding-api-key}]
        {{- else }}
        name: {{ include "common.databaseSecret" $root }}
        items: [{key: {{ get (dict "database" $database.url "migration" $database.migrationUrl "backup" $database.backupUrl) . }}, path: {{ . }}-url}]
        {{- end }}
    {{- end }}
{{- end }}

{{- define "common.secretsMount" -}}
name: secrets
mountPath: /run/secrets/ibid
readOnly: true
{{- end }}
