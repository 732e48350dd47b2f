{{- /* A service of ours. Takes a dict:
     root         the subchart's $; its name is the component
     port         where it listens
     credentials  what it reads, of common.secretsVolume; with "database" it waits for the schema
     environment  what the chart itself sets; .Values.config comes on top
*/ -}}

{{- define "common.grace" -}}
{{- add .drainSeconds .shutdownSeconds .marginSeconds -}}
{{- end }}

{{- define "common.deployment" -}}
{{- $root := .root -}}
{{- $component := $root.Chart.Name -}}
{{- $values := $root.Values -}}
{{- $uid := include "common.uid" . -}}
{{- $credentials := include "common.credentials" . | fromJsonArray -}}
{{- $models := and (has "database" .credentials) $values.global.models.existingClaim -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "common.metadata" (list $root $component) | nindent 2 }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  minReadySeconds: {{ $values.rollout.minReadySeconds }}
  progressDeadlineSeconds: {{ $values.rollout.progressDeadlineSeconds }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "common.selector" (list $root $component) | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "common.podLabels" (list $root $component) | nindent 8 }}
        {{- with $values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        checksum/config: {{ include "common.config" . | sha256sum }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "common.fullname" (list $root $component) }}
      {{- include "common.podSecurity" (list $root $uid) | nindent 6 }}
      {{- include "common.pullSecrets" $root | nindent 6 }}
      {{- include "common.scheduling" (list $root $component) | nindent 6 }}
      terminationGracePeriodSeconds: {{ include "common.grace" $values.rollout }}
      {{- if has "database" .credentials }}
      initContainers:
        - name: schema
          image: {{ include "common.appImage" (list $root "api") }}
          imagePullPolicy: {{ $values.global.image.pullPolicy }}
          command: [/app/bin/python, -I, -m, libs.schema_wait, {{ $values.global.database.waitSeconds | quote }}]
          env:
            - {name: IBID_DATABASE_URL_FILE, value: /run/secrets/ibid/database-url}
          resources:
            {{- toYaml $values.global.helperResources | nindent 12 }}
          {{- include "common.containerSecurity" $uid | nindent 10 }}
          volumeMounts:
            - {{- include "common.secretsMount" $root | nindent 14 }}
            - {name: tmp, mountPath: /tmp}
      {{- end }}
      containers:
        - name: {{ $component }}
          image: {{ include "common.appImage" (list $root $component) }}
          imagePullPolicy: {{ $values.global.image.pullPolicy }}
          envFrom:
            - configMapRef:
                name: {{ include "common.fullname" (list $root $component) }}
          ports:
            - {name: http, containerPort: {{ .port }}, protocol: TCP}
          lifecycle:
            preStop:
              exec:
                command: [/app/bin/python, -I, -m, libs.drain, /run/ibid/draining, {{ $values.rollout.drainSeconds | quote }}]
          startupProbe:
            httpGet: {path: /healthz, port: http}
            {{- toYaml $values.probes.startup | nindent 12 }}
          readinessProbe:
            httpGet: {path: /readyz, port: http}
            {{- toYaml $values.probes.readiness | nindent 12 }}
          livenessProbe:
            httpGet: {path: /healthz, port: http}
            {{- toYaml $values.probes.liveness | nindent 12 }}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          {{- include "common.containerSecurity" $uid | nindent 10 }}
          volumeMounts:
            {{- if .credentials }}
            - {{- include "common.secretsMount" $root | nindent 14 }}
            {{- end }}
            - {name: tmp, mountPath: /tmp}
            - {name: drain, mountPath: /run/ibid}
            {{- if $models }}
            - {name: models, mountPath: /run/models, readOnly: true}
            {{- end }}
      volumes:
        {{- if $credentials }}
        - {{- include "common.secretsVolume" (list $root $credentials) | nindent 10 }}
        {{- end }}
        {{- with $models }}
        - name: models
          persistentVolumeClaim: {claimName: {{ . }}, readOnly: true}
        {{- end }}
        - name: tmp
          emptyDir:
            sizeLimit: {{ $values.tmpSize }}
        - name: drain
          emptyDir:
            sizeLimit: 1Mi
{{- end }}

{{- /* What a service reads: who works on the corpus also embeds. */ -}}
{{- define "common.credentials" -}}
{{- $embeds := and (has "database" .credentials) .root.Values.global.models.existingSecret -}}
{{- ternary (append .credentials "embedding") .credentials (not (empty $embeds)) | toJson -}}
{{- end }}

{{- /* The variables of a service, sorted; .Values.config wins. */ -}}
{{- define "common.config" -}}
{{- $rollout := .root.Values.rollout -}}
{{- $all := dict
  "IBID_DRAIN_FILE" "/run/ibid/draining"
  "IBID_SHUTDOWN_SECONDS" $rollout.shutdownSeconds
  "IBID_STARTUP_DELAY_SECONDS" $rollout.startupDelaySeconds
  "IBID_STARTUP_PERCENT" $rollout.startupPercent
  (printf "IBID_%s_HOST" (upper .root.Chart.Name)) "0.0.0.0"
  (printf "IBID_%s_PORT" (upper .root.Chart.Name)) .port -}}
{{- $models := .root.Values.global.models | default dict -}}
{{- if has "database" .credentials }}
{{- $_ := set $all "IBID_DATABASE_URL_FILE" "/run/secrets/ibid/database-url" }}
{{- with $models.existingClaim }}{{ $_ := set $all "IBID_MODEL_FOLDER" "/run/models" }}{{ end }}
{{- with $models.endpoint }}{{ $_ := set $all "IBID_EMBEDDING_URL" . }}{{ end }}
{{- with $models.existingSecret }}{{ $_ := set $all "IBID_EMBEDDING_API_KEY_FILE" "/run/secrets/ibid/embedding-api-key" }}{{ end }}
{{- end -}}
{{- if has "redis" .credentials }}{{ $_ := set $all "IBID_REDIS_URL_FILE" "/run/secrets/ibid/redis-url" }}{{ end -}}
{{- range $name, $value := mergeOverwrite $all (.environment | default dict) (.root.Values.config | default dict) }}
{{ $name }}: {{ include "common.text" $value | quote }}
{{- end }}
{{- end }}

{{- /* A value as an environment variable has it; Helm reads 536870912 as 5.36870912e+08. */ -}}
{{- define "common.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end }}

{{- define "common.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "common.metadata" (list .root .root.Chart.Name) | nindent 2 }}
data:
  {{- include "common.config" . | nindent 2 }}
{{- end }}

{{- /* Spread over nodes and zones, without ever refusing a node. (list $ component) */ -}}
{{- define "common.scheduling" -}}
{{- $root := index . 0 -}}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "common.selector" $ | nindent 8 }}
  {{- end }}
affinity:
  {{- if $root.Values.scheduling.affinity }}
  {{- toYaml $root.Values.scheduling.affinity | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "common.selector" . | nindent 14 }}
  {{- end }}
{{- include "common.placement" $root | nindent 0 }}
{{- end }}

{{- define "common.placement" -}}
{{- with .Values.scheduling.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.scheduling.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.scheduling.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
