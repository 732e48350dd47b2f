{{- define "redis.config" -}}
bind * -::*
port 6379
dir /data
maxmemory {{ .Values.maxMemory }}
maxmemory-policy {{ .Values.maxMemoryPolicy }}
{{- if .Values.persistence.enabled }}
appendonly yes
save 60 1
{{- else }}
appendonly no
save ""
{{- end }}
# the password
include /run/secrets/redis/auth.conf
{{- end }}
