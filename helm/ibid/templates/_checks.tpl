{{- /* What is wrong with the values, all of it at once. Schemas know types; this knows what does not go together. */ -}}
{{- define "ibid.problems" -}}
{{- $values := .Values -}}
{{- $database := $values.global.database -}}
{{- $policy := $values.global.networkPolicy -}}
{{- $problems := list -}}

{{- if not $values.postgres.enabled -}}
  {{- if not $database.existingSecret -}}
    {{- $problems = append $problems "postgres.enabled is false, and global.database.existingSecret names no Secret: it must hold the URLs of your PostgreSQL under the keys of global.database.keys" -}}
  {{- end -}}
  {{- if and $policy.enabled (not $database.egress) -}}
    {{- $problems = append $problems "postgres.enabled is false, and global.database.egress is empty: say where your PostgreSQL answers, such as [{cidr: 10.0.0.5/32, port: 5432}]" -}}
  {{- end -}}
{{- else if $database.egress -}}
  {{- $problems = append $problems "global.database.egress is for a PostgreSQL outside: set postgres.enabled to false, or remove it" -}}
{{- end -}}

{{- if not $values.redis.enabled -}}
  {{- if not $values.global.redis.existingSecret -}}
    {{- $problems = append $problems "redis.enabled is false, and global.redis.existingSecret names no Secret: it must hold the URL of your Redis under the key of global.redis.keys.url" -}}
  {{- end -}}
  {{- if and $policy.enabled (not $values.global.redis.egress) -}}
    {{- $problems = append $problems "redis.enabled is false, and global.redis.egress is empty: say where your Redis answers, such as [{cidr: 10.0.0.6/32, port: 6379}]" -}}
  {{- end -}}
{{- else if $values.global.redis.egress -}}
  {{- $problems = append $problems "global.redis.egress is for a Redis outside: set redis.enabled to false, or remove it" -}}
{{- end -}}

{{- range list "api" "web" "orchestrator" -}}
  {{- $scaling := (get $values .).autoscaling -}}
  {{- if and $scaling.enabled (gt ($scaling.minReplicas | int) ($scaling.maxReplicas | int)) -}}
    {{- $problems = append $problems (printf "%s.autoscaling.minReplicas is %d and maxReplicas %d: the least is more than the most" . ($scaling.minReplicas | int) ($scaling.maxReplicas | int)) -}}
  {{- end -}}
  {{- $deadline := (get $values .).rollout.progressDeadlineSeconds | int -}}
  {{- if and (ne . "web") (le $deadline ($database.waitSeconds | int)) (ne $deadline 0) -}}
    {{- $problems = append $problems (printf "%s.rollout.progressDeadlineSeconds is %d: it must be more than global.database.waitSeconds, %d, or a rollout is given up while its pods wait for the schema" . $deadline ($database.waitSeconds | int)) -}}
  {{- end -}}
{{- end -}}

{{- if and $values.orchestrator.autoscaling.queue.enabled (not $values.orchestrator.autoscaling.enabled) -}}
  {{- $problems = append $problems "orchestrator.autoscaling.queue.enabled is true, and orchestrator.autoscaling.enabled false: nothing scales" -}}
{{- end -}}

{{- range list "ingress" "gateway" -}}
  {{- $edge := get $values . -}}
  {{- if $edge.enabled -}}
    {{- if not $edge.host -}}
      {{- $problems = append $problems (printf "%s.enabled is true, and %s.host is empty: name the host of the dashboard" . .) -}}
    {{- end -}}
    {{- if and $policy.enabled (not $policy.edgeFrom) -}}
      {{- $problems = append $problems (printf "%s.enabled is true, and global.networkPolicy.edgeFrom is empty: say where its controller runs, such as [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress}}}]" .) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if and $values.gateway.enabled (not $values.gateway.parentRefs) -}}
  {{- $problems = append $problems "gateway.enabled is true, and gateway.parentRefs is empty: name the Gateway that the route belongs to" -}}
{{- end -}}

{{- if and $values.test.enabled (not $values.bootstrap.enabled) (not $values.bootstrap.existingSecret) -}}
  {{- $problems = append $problems "test.enabled is true, and there is no API key for it: enable bootstrap, name a Secret in bootstrap.existingSecret, or set test.enabled to false" -}}
{{- end -}}

{{- if and $values.backup.enabled (le ($values.backup.keep | int) 0) -}}
  {{- $problems = append $problems "backup.keep is 0: keep one dump at least" -}}
{{- end -}}

{{- if gt (len .Release.Name) 36 -}}
  {{- $problems = append $problems (printf "the release's name has %d characters: names of its objects would be cut; 36 are allowed" (len .Release.Name)) -}}
{{- end -}}

{{- if include "ibid.hasCluster" . -}}
  {{- if and $values.gateway.enabled (not (.Capabilities.APIVersions.Has "gateway.networking.k8s.io/v1/HTTPRoute")) -}}
    {{- $problems = append $problems "gateway.enabled is true, and the cluster knows no HTTPRoute: install the Gateway API first" -}}
  {{- end -}}
{{- end -}}

{{- range $problems }}
- {{ . }}
{{- end }}
{{- include "ibid.absent" . }}
{{- end }}
