{{- /* What the templates of the library chart are given. */ -}}
{{- define "api.service" -}}
port: 3001
credentials: [database, redis]
environment:
  IBID_UPLOAD_FOLDER: /tmp
{{- end }}
