{{- /* A CronJob of PostgreSQL's image that runs a script on the volume of dumps.
       Takes a dict: root, component, schedule, arguments, mounts, volumes; environment where it has one;
       asked true: it runs when an operator makes a Job of it, once, and never by itself */ -}}
{{- define "ibid.backupJob" -}}
{{- $root := .root -}}
{{- $backup := $root.Values.backup -}}
{{- $image := $root.Values.global.database.image -}}
{{- $uid := $root.Values.global.database.uid -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  {{- include "common.metadata" (list $root .component) | nindent 2 }}
spec:
  {{- if .asked }}
  suspend: true
  # 31 February, should somebody take suspend away
  schedule: "0 0 31 2 *"
  {{- else }}
  schedule: {{ .schedule | quote }}
  {{- end }}
  timeZone: Etc/UTC
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: {{ ternary 0 2 (.asked | default false) }}
      activeDeadlineSeconds: {{ $backup.deadlineSeconds }}
      template:
        metadata:
          labels:
            {{- include "common.podLabels" (list $root .component) | nindent 12 }}
        spec:
          restartPolicy: Never
          serviceAccountName: {{ include "common.fullname" (list $root .component) }}
          {{- include "common.podSecurity" (list $root $uid) | nindent 10 }}
          {{- include "common.pullSecrets" $root | nindent 10 }}
          containers:
            - name: {{ .component }}
              image: {{ include "common.image" (list $root $image) }}
              imagePullPolicy: {{ $image.pullPolicy }}
              command: [bash, {{ printf "/etc/ibid/%s.sh" .component }}]
              args:
                {{- toYaml .arguments | nindent 16 }}
              {{- with .environment }}
              env:
                {{- toYaml . | nindent 16 }}
              {{- end }}
              resources:
                {{- toYaml $backup.resources | nindent 16 }}
              {{- include "common.containerSecurity" $uid | nindent 14 }}
              volumeMounts:
                - {name: scripts, mountPath: /etc/ibid}
                - {name: dumps, mountPath: /backup}
                - {name: users, mountPath: /etc/passwd, subPath: passwd, readOnly: true}
                - {name: tmp, mountPath: /tmp}
                {{- with .mounts }}
                {{- toYaml . | nindent 16 }}
                {{- end }}
          volumes:
            - name: scripts
              configMap:
                name: {{ include "common.fullname" (list $root "backup") }}
                items:
                  - {key: rows.sql, path: rows.sql}
                  - {key: {{ .component }}.sh, path: {{ .component }}.sh}
            - name: users
              configMap:
                name: {{ include "common.fullname" (list $root "backup") }}
                items: [{key: passwd, path: passwd}]
            - name: dumps
              persistentVolumeClaim:
                claimName: {{ include "ibid.backupClaim" $root }}
            - name: tmp
              emptyDir: {sizeLimit: 64Mi}
            {{- with .volumes }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
{{- end }}

{{- /* A pod that mounts the claim once: some storage makes a volume for its first pod only, and until then
       helm --wait would wait, until the night. */ -}}
{{- define "ibid.backupVolumePod" -}}
metadata:
  labels:
    {{- include "common.podLabels" (list . "backup-volume") | nindent 4 }}
spec:
  restartPolicy: OnFailure
  serviceAccountName: {{ include "common.fullname" (list . "backup") }}
  {{- include "common.podSecurity" (list . .Values.global.database.uid) | nindent 2 }}
  {{- include "common.pullSecrets" . | nindent 2 }}
  containers:
    - name: touch
      image: {{ include "common.image" (list . .Values.global.database.image) }}
      imagePullPolicy: {{ .Values.global.database.image.pullPolicy }}
      command: [touch, /backup/volume]
      resources:
        {{- toYaml .Values.global.helperResources | nindent 8 }}
      {{- include "common.containerSecurity" .Values.global.database.uid | nindent 6 }}
      volumeMounts:
        - {name: dumps, mountPath: /backup}
  volumes:
    - name: dumps
      persistentVolumeClaim:
        claimName: {{ include "ibid.backupClaim" . }}
{{- end }}

{{- define "ibid.backupClaim" -}}
{{- .Values.backup.storage.existingClaim | default (include "common.fullname" (list . "backup")) -}}
{{- end }}
