{{- /* What the templates of the library chart are given. */ -}}
{{- define "orchestrator.service" -}}
port: 3002
credentials: [database, redis]
environment: {}
{{- end }}
