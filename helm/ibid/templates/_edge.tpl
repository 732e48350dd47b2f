{{- /* What is reached from outside. */ -}}

{{- /* Of the API: its calls and their description. Its probes and metrics stay inside. */ -}}
{{- define "ibid.apiPaths" -}}
[/v1, /schema]
{{- end }}

{{- /* Of the dashboard's, what only the cluster may ask. They lead to a Service that nobody stands behind. */ -}}
{{- define "ibid.closedPaths" -}}
[/metrics, /healthz, /readyz, /_stcore/metrics]
{{- end }}
