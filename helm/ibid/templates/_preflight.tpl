{{- /* An object as a hook that goes once all is well. (list weight object) */ -}}
{{- define "ibid.preflightHook" -}}
{{- $hook := dict
  "helm.sh/hook" "pre-install,pre-upgrade"
  "helm.sh/hook-weight" (index . 0 | toString)
  "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded"
  "helm.sh/hook-output-log-policy" "hook-failed" -}}
{{- merge (dict "metadata" (dict "annotations" $hook)) (index . 1 | fromYaml) | toYaml -}}
{{- end }}

{{- define "ibid.preflightJob" -}}
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "common.metadata" (list . "preflight") | nindent 2 }}
spec:
  backoffLimit: 0
  activeDeadlineSeconds: {{ add .Values.migration.checkSeconds 240 }}
  template:
    metadata:
      labels:
        {{- include "common.podLabels" (list . "preflight") | nindent 8 }}
    spec:
      restartPolicy: Never
      serviceAccountName: {{ include "common.fullname" (list . "preflight") }}
      {{- include "common.podSecurity" (list . (include "common.uid" .)) | nindent 6 }}
      {{- include "common.pullSecrets" . | nindent 6 }}
      containers:
        - {{- include "ibid.migrationContainer" (list . "preflight" (list "--check" "--wait" (toString .Values.migration.checkSeconds))) | nindent 10 }}
      volumes:
        - {{- include "common.secretsVolume" (list . (list "database" "migration")) | nindent 10 }}
        - name: tmp
          emptyDir: {sizeLimit: 64Mi}
{{- end }}
