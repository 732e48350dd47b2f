{{- /* The objects beside a workload. All take (list $ component), some more. */ -}}

{{- /* (list $ component port) */ -}}
{{- define "common.service" -}}
{{- $root := index . 0 -}}
{{- $service := $root.Values.service -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "common.metadata" . | nindent 2 }}
  {{- with $service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ $service.type }}
  {{- with $service.sessionAffinitySeconds }}
  sessionAffinity: ClientIP
  sessionAffinityConfig: {clientIP: {timeoutSeconds: {{ . }}}}
  {{- end }}
  selector:
    {{- include "common.selector" . | nindent 4 }}
  ports:
    - name: http
      port: {{ index . 2 }}
      targetPort: http
      protocol: TCP
      appProtocol: http
      {{- with $service.nodePort }}
      nodePort: {{ . }}
      {{- end }}
{{- end }}

{{- define "common.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "common.metadata" . | nindent 2 }}
automountServiceAccountToken: false
{{- end }}

{{- /* One pod at a time may be evicted; of a single pod that one, so that a drain of its node never waits. */ -}}
{{- define "common.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "common.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
{{- end }}

{{- /* Without metrics it scales by CPU alone. (list $ component [metrics]) */ -}}
{{- define "common.hpa" -}}
{{- $root := index . 0 -}}
{{- $scaling := $root.Values.autoscaling -}}
{{- if $scaling.enabled -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "common.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "common.fullname" . }}
  minReplicas: {{ $scaling.minReplicas }}
  maxReplicas: {{ $scaling.maxReplicas }}
  metrics:
    - type: ContainerResource
      containerResource:
        name: cpu
        container: {{ index . 1 }}
        target:
          type: Utilization
          averageUtilization: {{ $scaling.cpuPercent }}
    {{- if gt (len .) 2 }}
    {{- toYaml (index . 2) | nindent 4 }}
    {{- end }}
  behavior:
    scaleUp:
      stabilizationWindowSeconds: {{ $scaling.scaleUpSeconds }}
      policies:
        - {type: Percent, value: 100, periodSeconds: 30}
        - {type: Pods, value: 2, periodSeconds: 30}
      selectPolicy: Max
    scaleDown:
      stabilizationWindowSeconds: {{ $scaling.scaleDownSeconds }}
      policies:
        - {type: Pods, value: 1, periodSeconds: 60}
{{- end }}
{{- end }}

{{- define "common.serviceMonitor" -}}
{{- $root := index . 0 -}}
{{- if and $root.Values.global.serviceMonitor.enabled (or $root.Values.global.serviceMonitor.force ($root.Capabilities.APIVersions.Has "monitoring.coreos.com/v1/ServiceMonitor")) -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "common.metadata" . | nindent 2 }}
    {{- with $root.Values.global.serviceMonitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  # the job is the service, as the rules and dashboards have it
  jobLabel: app.kubernetes.io/component
  selector:
    matchLabels:
      {{- include "common.selector" . | nindent 6 }}
  endpoints:
    - port: http
      path: /metrics
      interval: {{ $root.Values.global.serviceMonitor.interval }}
      # by which the autoscaler of the orchestrator asks for its own queue
      relabelings:
        - {targetLabel: release, replacement: {{ $root.Release.Name }}}
    {{- if eq (index . 1) "web" }}
    # Streamlit's own, whose job is named as in monitoring's scrape_configs
    - port: http
      path: /_stcore/metrics
      interval: {{ $root.Values.global.serviceMonitor.interval }}
      relabelings:
        - {targetLabel: release, replacement: {{ $root.Release.Name }}}
        - {targetLabel: job, replacement: streamlit}
    {{- end }}
{{- end }}
{{- end }}
