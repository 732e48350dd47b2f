{{- /* What the templates of the library chart are given. */ -}}
{{- define "web.service" -}}
port: 3000
credentials: []
environment:
  IBID_API_URL: http://{{ include "common.fullname" (list . "api") }}:3001
{{- end }}
