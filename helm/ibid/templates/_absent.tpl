{{- /* What the values name and the cluster does not have. Without a cluster to look into nothing is missed. */ -}}
{{- define "ibid.absent" -}}
{{- if include "ibid.hasCluster" . -}}
{{- $forms := include "ibid.forms" . | fromYaml -}}
{{- $secrets := dict -}}
{{- range include "ibid.namedKeys" . | fromJsonArray -}}
  {{- $_ := set $secrets .secret (append (get $secrets .secret | default list) .) -}}
{{- end -}}
{{- range $name, $keys := $secrets }}
  {{- $secret := lookup "v1" "Secret" $.Release.Namespace $name -}}
  {{- if not $secret }}
- there is no Secret {{ quote $name }} in the namespace {{ quote $.Release.Namespace }}; it must have the keys {{ range $i, $_ := $keys }}{{ if $i }}, {{ end }}{{ .key }}{{ end }}
  {{- else }}
  {{- range $keys }}
    {{- $form := get $forms .form -}}
    {{- $content := get ($secret.data | default dict) .key }}
    {{- if not (hasKey ($secret.data | default dict) .key) }}
- the Secret {{ quote $name }} has no key {{ quote .key }}
    {{- else if not (regexMatch $form.like ($content | b64dec | trim)) }}
- the key {{ quote .key }} of the Secret {{ quote $name }} must hold {{ $form.says }}
    {{- end }}
  {{- end }}
  {{- end }}
{{- end }}
{{- range .Values.global.imagePullSecrets }}
  {{- if not (lookup "v1" "Secret" $.Release.Namespace .) }}
- there is no Secret {{ quote . }} in the namespace {{ quote $.Release.Namespace }}, which global.imagePullSecrets names
  {{- end }}
{{- end }}
{{- $claims := dict -}}
{{- if .Values.postgres.enabled -}}{{- $_ := set $claims "postgres.storage.existingClaim" .Values.postgres.storage.existingClaim -}}{{- end -}}
{{- if .Values.backup.enabled -}}{{- $_ := set $claims "backup.storage.existingClaim" .Values.backup.storage.existingClaim -}}{{- end -}}
{{- $_ := set $claims "global.models.existingClaim" .Values.global.models.existingClaim -}}
{{- range $value, $claim := $claims }}
  {{- if and $claim (not (lookup "v1" "PersistentVolumeClaim" $.Release.Namespace $claim)) }}
- there is no PersistentVolumeClaim {{ quote $claim }} in the namespace {{ quote $.Release.Namespace }}, which {{ $value }} names
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Every key of a Secret that the values name and something reads: a list of {secret, key, form}. */ -}}
{{- define "ibid.namedKeys" -}}
{{- $values := .Values -}}
{{- $found := list -}}
{{- with $values.global.database -}}
  {{- $forms := dict .keys.url "postgresql" .keys.migrationUrl "postgresql" -}}
  {{- if $values.backup.enabled -}}{{- $_ := set $forms .keys.backupUrl "postgresql" -}}{{- end -}}
  {{- if $values.postgres.enabled -}}{{- $_ := merge $forms (dict .keys.ownerPassword "password" .keys.backupPassword "password") -}}{{- end -}}
  {{- $found = append $found (dict "secret" .existingSecret "forms" $forms) -}}
{{- end -}}
{{- with $values.global.redis -}}
  {{- $forms := dict .keys.url "redis" -}}
  {{- if $values.redis.enabled -}}{{- $_ := merge $forms (dict .keys.password "password" .keys.config "requirepass") -}}{{- end -}}
  {{- $found = append $found (dict "secret" .existingSecret "forms" $forms) -}}
{{- end -}}
{{- if or $values.bootstrap.enabled $values.test.enabled -}}
  {{- $found = append $found (dict "secret" $values.bootstrap.existingSecret "forms" (dict $values.bootstrap.key "apiKey")) -}}
{{- end -}}
{{- with $values.monitoring -}}
  {{- if and .enabled .grafana.enabled -}}
    {{- $found = append $found (dict "secret" .grafana.admin.existingSecret "forms" (dict .grafana.admin.key "password")) -}}
  {{- end -}}
{{- end -}}
{{- $found = append $found (dict "secret" $values.global.models.existingSecret "forms" (dict "api-key" "endpointKey")) -}}
{{- with $values.ingress -}}
  {{- if and .enabled (not (include "ibid.issuesCertificate" .annotations)) -}}
    {{- $found = append $found (dict "secret" .tlsSecret "forms" (dict "tls.crt" "certificate" "tls.key" "privateKey")) -}}
  {{- end -}}
{{- end -}}
{{- $keys := list -}}
{{- range $one := $found -}}
  {{- if .secret -}}
    {{- range $key, $form := .forms -}}
      {{- $keys = append $keys (dict "secret" $one.secret "key" $key "form" $form) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- toJson $keys -}}
{{- end }}

{{- /* Whether these annotations of the Ingress ask cert-manager for the certificate, which it makes after the Ingress. */ -}}
{{- define "ibid.issuesCertificate" -}}
{{- range $name, $_ := . -}}
  {{- if or (hasPrefix "cert-manager.io/" $name) (eq $name "kubernetes.io/tls-acme") -}}true{{- end -}}
{{- end -}}
{{- end }}

{{- /* What a key may hold, as the code reads it. */ -}}
{{- define "ibid.forms" -}}
apiKey: {like: "^ibid_[0-9a-f]{32}_[0-9a-f]{64}$", says: "an API key: ibid_, 32 hex digits, _, 64 hex digits"}
certificate: {like: "-----BEGIN CERTIFICATE-----", says: "a certificate in PEM"}
endpointKey: {like: ".", says: "the key of the models' endpoint"}
password: {like: ".", says: "a password"}
privateKey: {like: "-----BEGIN ([A-Z]+ )?PRIVATE KEY-----", says: "a private key in PEM"}
postgresql: {like: "^postgres(ql)?://\\S+$", says: "a URL such as postgresql://user:password@host:5432/database"}
redis: {like: "^rediss?://\\S+$", says: "a URL such as redis://:password@host:6379/0"}
requirepass: {like: "^requirepass \\S+$", says: "the line: requirepass PASSWORD"}
{{- end }}
