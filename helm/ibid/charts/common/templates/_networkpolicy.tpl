{{- /* What is not allowed here is refused by the umbrella's default-deny. */ -}}

{{- /* A component's policy. A dict:
     root, component
     from    components of this release that may connect to .port
     port    where it listens; none: nobody connects
     metrics true: so may whoever collects metrics
     edge    true: so may the ingress controller or gateway
     to      components of this release that it connects to: a map of component to port
     peers   what else it connects to: a list of {cidr, port}
*/ -}}
{{- define "common.networkPolicy" -}}
{{- $root := .root -}}
{{- $policy := $root.Values.global.networkPolicy -}}
{{- if $policy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "common.metadata" (list $root .component) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "common.selector" (list $root .component) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- if .port }}
  ingress:
    - ports: [{port: {{ .port }}, protocol: TCP}]
      from:
        {{- range .from }}
        - podSelector:
            matchLabels:
              {{- include "common.selector" (list $root .) | nindent 14 }}
        {{- end }}
        {{- if .metrics }}
        - podSelector:
            matchLabels:
              {{- include "common.selector" (list $root "prometheus") | nindent 14 }}
        {{- with $policy.metricsFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- end }}
        {{- if .edge }}
        {{- with $policy.edgeFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- end }}
  {{- end }}
  {{- if or .to .peers }}
  egress:
    - ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
      to:
        {{- toYaml $policy.dns | nindent 8 }}
    {{- range $component, $port := .to }}
    - ports: [{port: {{ $port }}, protocol: TCP}]
      to:
        - podSelector:
            matchLabels:
              {{- include "common.selector" (list $root $component) | nindent 14 }}
    {{- end }}
    {{- range .peers }}
    - ports: [{port: {{ .port }}, protocol: TCP}]
      to: [{ipBlock: {cidr: {{ .cidr }}}}]
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
