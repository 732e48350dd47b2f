{{- /* Whether there is a cluster to look into. Without one (helm template) no Secret is made: what is random
       would differ with every render, and an upgrade by kubectl apply would change every password. Discovery
       lists kinds; the versions that Helm assumes without a cluster have none. */ -}}
{{- define "ibid.hasCluster" -}}
{{- if .Capabilities.APIVersions.Has "v1/Secret" }}true{{ end -}}
{{- end }}

{{- /* The named Secret's data as it is in the cluster. (list $ name) */ -}}
{{- define "ibid.known" -}}
{{- $root := index . 0 -}}
{{- $secret := lookup "v1" "Secret" $root.Release.Namespace (index . 1) | default dict -}}
{{- get $secret "data" | default dict | toJson -}}
{{- end }}

{{- /* A value that is there already, or a new one. (list known key new) */ -}}
{{- define "ibid.keep" -}}
{{- $known := get (index . 0) (index . 1) -}}
{{- if $known }}{{ b64dec $known }}{{ else }}{{ index . 2 }}{{ end -}}
{{- end }}

{{- define "ibid.newPassword" -}}{{ randAlphaNum 40 }}{{- end }}

{{- /* As libs/accounts/tokens.py wants it. */ -}}
{{- define "ibid.newApiKey" -}}
{{- printf "ibid_%s_%x" (uuidv4 | replace "-" "") (randBytes 32 | b64dec) -}}
{{- end }}

{{- /* (list $ component) */ -}}
{{- define "ibid.secretMetadata" -}}
{{ include "common.metadata" . }}
annotations:
  # the volume of the database outlives the release, and its passwords with it
  helm.sh/resource-policy: keep
{{- end }}
