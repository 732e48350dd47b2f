{{- /* The services that have metrics, and where. */ -}}
{{- define "monitoring.services" -}}
{api: 3001, orchestrator: 3002, web: 3000}
{{- end }}

{{- define "monitoring.rules" -}}
{{ .Files.Get "files/rules.yaml" | replace "runbook_url: docs/runbooks.md#" (printf "runbook_url: %s#" .Values.runbooks) }}
{{- end }}

{{- /* Pods are found by DNS, so that no account of the cluster is needed; those too that are not ready. */ -}}
{{- define "monitoring.prometheus" -}}
{{- $root := . -}}
global:
  scrape_interval: {{ .Values.prometheus.scrapeInterval }}
  evaluation_interval: {{ .Values.prometheus.scrapeInterval }}

rule_files:
  - /etc/prometheus/rules.yaml

{{ with .Values.prometheus.alertmanagers -}}
alerting:
  alertmanagers:
    - static_configs:
        - targets:
            {{- range . }}
            - {{ printf "%s:%d" .host (int .port) | quote }}
            {{- end }}

{{ end -}}
scrape_configs:
  {{- range $service, $port := include "monitoring.services" . | fromYaml }}
  {{- include "monitoring.scrape" (list $root $service $service $port "/metrics") | nindent 2 }}
  {{- end }}
  {{- include "monitoring.scrape" (list $root "streamlit" "web" 3000 "/_stcore/metrics") | nindent 2 }}
{{- end }}

{{- /* (list $ job service port path) */ -}}
{{- define "monitoring.scrape" -}}
{{- $root := index . 0 -}}
- job_name: {{ index . 1 }}
  metrics_path: {{ index . 4 }}
  dns_sd_configs:
    - names: [{{ include "common.fullname" (list $root (printf "%s-metrics" (index . 2))) }}]
      type: A
      port: {{ index . 3 }}
      refresh_interval: 5s
  relabel_configs:
    - {target_label: namespace, replacement: {{ $root.Release.Namespace }}}
{{- end }}

{{- define "monitoring.grafanaSecret" -}}
{{- .Values.grafana.admin.existingSecret | default (include "common.fullname" (list . "grafana")) -}}
{{- end }}

{{- define "monitoring.datasources" -}}
apiVersion: 1
datasources:
  - name: Prometheus
    uid: ibid-prometheus
    type: prometheus
    access: proxy
    url: http://{{ include "common.fullname" (list . "prometheus") }}:9090
    isDefault: true
    editable: false
    jsonData:
      timeInterval: {{ .Values.prometheus.scrapeInterval }}
{{- end }}

{{- define "monitoring.providers" -}}
apiVersion: 1
providers:
  - name: ibid
    type: file
    folder: Ibid
    disableDeletion: true
    allowUiUpdates: false
    options:
      path: /var/lib/grafana-dashboards
{{- end }}

{{- /* What Grafana is told; .Values.grafana.config comes on top. It looks nothing up outside. */ -}}
{{- define "monitoring.grafanaConfig" -}}
{{- $all := dict
  "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES" "false"
  "GF_ANALYTICS_CHECK_FOR_UPDATES" "false"
  "GF_ANALYTICS_REPORTING_ENABLED" "false"
  "GF_AUTH_ANONYMOUS_ENABLED" "false"
  "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH" "/var/lib/grafana-dashboards/overview.json"
  "GF_LOG_MODE" "console"
  "GF_NEWS_NEWS_FEED_ENABLED" "false"
  "GF_PATHS_DATA" "/var/lib/grafana"
  "GF_PATHS_LOGS" "/var/lib/grafana/log"
  "GF_PATHS_PLUGINS" "/var/lib/grafana/plugins"
  "GF_PATHS_PROVISIONING" "/etc/grafana/provisioning"
  "GF_PLUGINS_PLUGIN_ADMIN_ENABLED" "false"
  "GF_PLUGINS_PREINSTALL_DISABLED" "true"
  "GF_SECURITY_ADMIN_PASSWORD__FILE" "/run/secrets/grafana/password"
  "GF_SECURITY_ADMIN_USER" .Values.grafana.admin.user
  "GF_SECURITY_DISABLE_GRAVATAR" "true"
  "GF_SNAPSHOTS_EXTERNAL_ENABLED" "false"
  "GF_UNIFIED_ALERTING_ENABLED" "false"
  "GF_USERS_ALLOW_SIGN_UP" "false" -}}
{{- with .Values.grafana.rootUrl }}{{ $_ := set $all "GF_SERVER_ROOT_URL" . }}{{ end -}}
{{- range $name, $value := mergeOverwrite $all .Values.grafana.config }}
{{ $name }}: {{ include "common.text" $value | quote }}
{{- end }}
{{- end }}

{{- /* Where a pod may run: the values' scheduling. */ -}}
{{- define "monitoring.placement" -}}
{{- with .scheduling.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .scheduling.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .scheduling.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .scheduling.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
