{{- /* Names and labels. Every template takes (list $ "component"). */ -}}

{{- /* <release>-<component>, as long as the name of a Service may be. */ -}}
{{- define "common.fullname" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s" $root.Release.Name (index . 1) | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{- /* What selects a component's pods. Never changes, and holds no version: it is in pod templates. */ -}}
{{- define "common.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: ibid
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 | quote }}
{{- end }}

{{- define "common.podLabels" -}}
{{ include "common.selector" . }}
app.kubernetes.io/part-of: ibid
{{- end }}

{{- /* For metadata of objects; pod templates take common.podLabels, so that no version restarts a pod. */ -}}
{{- define "common.labels" -}}
{{- $root := index . 0 -}}
{{ include "common.podLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | quote }}
{{- with $root.Values.global.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "common.metadata" -}}
name: {{ include "common.fullname" . }}
namespace: {{ (index . 0).Release.Namespace }}
labels:
  {{- include "common.labels" . | nindent 2 }}
{{- end }}
