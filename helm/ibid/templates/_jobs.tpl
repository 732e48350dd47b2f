{{- define "ibid.ownerKeySecret" -}}
{{- .Values.bootstrap.existingSecret | default (include "common.fullname" (list . "owner-key")) -}}
{{- end }}

{{- /* The migration's pod: it migrates, then makes the first workspace. */ -}}
{{- define "ibid.migrationPod" -}}
metadata:
  labels:
    {{- include "common.podLabels" (list . "migrate") | nindent 4 }}
spec:
  restartPolicy: OnFailure
  serviceAccountName: {{ include "common.fullname" (list . "migrate") }}
  {{- include "common.podSecurity" (list . (include "common.uid" .)) | nindent 2 }}
  {{- include "common.pullSecrets" . | nindent 2 }}
  {{- if .Values.bootstrap.enabled }}
  initContainers:
    - {{- include "ibid.migrationContainer" (list . "migrate" (list "--wait" (toString .Values.migration.waitSeconds))) | nindent 6 }}
  containers:
    - name: bootstrap
      {{- include "ibid.helper" . | nindent 6 }}
      command: [/app/bin/python, -I, -m, cli, bootstrap, --workspace, {{ .Values.bootstrap.workspace | quote }}, --key-file, /run/secrets/owner-key/api-key]
      env:
        - {name: IBID_MIGRATION_DATABASE_URL_FILE, value: /run/secrets/ibid/migration-url}
      volumeMounts:
        - {{- include "common.secretsMount" . | nindent 10 }}
        - {name: owner-key, mountPath: /run/secrets/owner-key, readOnly: true}
        - {name: tmp, mountPath: /tmp}
  {{- else }}
  containers:
    - {{- include "ibid.migrationContainer" (list . "migrate" (list "--wait" (toString .Values.migration.waitSeconds))) | nindent 6 }}
  {{- end }}
  volumes:
    - {{- include "common.secretsVolume" (list . (list "database" "migration")) | nindent 6 }}
    - name: tmp
      emptyDir: {sizeLimit: 64Mi}
    {{- if .Values.bootstrap.enabled }}
    - {{- include "ibid.ownerKeyVolume" . | nindent 6 }}
    {{- end }}
{{- end }}

{{- /* (list $ name options) */ -}}
{{- define "ibid.migrationContainer" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}
{{- include "ibid.helper" $root | nindent 0 }}
command: {{ concat (list "/app/bin/python" "-I" "-m" "cli" "migrate") (index . 2) | toJson }}
env:
  - {name: IBID_MIGRATION_DATABASE_URL_FILE, value: /run/secrets/ibid/migration-url}
  - {name: IBID_DATABASE_URL_FILE, value: /run/secrets/ibid/database-url}
volumeMounts:
  - {{- include "common.secretsMount" $root | nindent 4 }}
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{- /* What every short-lived container of the api image has. */ -}}
{{- define "ibid.helper" -}}
image: {{ include "common.appImage" (list . "api") }}
imagePullPolicy: {{ .Values.global.image.pullPolicy }}
resources:
  {{- toYaml .Values.global.helperResources | nindent 2 }}
{{ include "common.containerSecurity" (include "common.uid" .) }}
{{- end }}

{{- define "ibid.ownerKeyVolume" -}}
name: owner-key
secret:
  secretName: {{ include "ibid.ownerKeySecret" . }}
  defaultMode: 0440
  items: [{key: {{ .Values.bootstrap.key }}, path: api-key}]
{{- end }}
