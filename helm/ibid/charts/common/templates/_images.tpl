{{- /* REGISTRY/REPOSITORY:TAG@DIGEST of a dict with these keys; global.imageRegistry wins. (list $ image) */ -}}
{{- define "common.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- with $root.Values.global.imageRegistry | default $image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- $image.repository -}}
{{- with $image.tag }}:{{ . }}{{ end -}}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{- /* The image of one of our services. (list $ "api") */ -}}
{{- define "common.appImage" -}}
{{- $root := index . 0 -}}
{{- $all := $root.Values.global.image -}}
{{- $own := index $all (index . 1) -}}
{{- $image := dict "registry" $all.registry "repository" $own.repository "tag" ($own.tag | default $all.tag | default $root.Chart.AppVersion) "digest" $own.digest -}}
{{- include "common.image" (list $root $image) -}}
{{- end }}

{{- define "common.pullSecrets" -}}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}
