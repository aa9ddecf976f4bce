{{/* The name that every object begins with. The release's own, where that says chatbot already. */}}
{{- define "chatbot.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains "chatbot" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-chatbot" (.Release.Name | trunc 32 | trimSuffix "-") }}
{{- end }}
{{- end }}

{{/* What all pods of a release share. */}}
{{- define "chatbot.instance" -}}
app.kubernetes.io/name: chatbot
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* (root, component): what selects the pods of a component. Never changes, as selectors cannot. */}}
{{- define "chatbot.selector" -}}
{{ include "chatbot.instance" (index . 0) }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* (root, component?): the labels of an object. */}}
{{- define "chatbot.labels" -}}
{{- $root := index . 0 -}}
{{ include "chatbot.instance" $root }}
{{- if gt (len .) 1 }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* (root, values of the component, component, checksums, labels?): annotations and labels of its pods. */}}
{{- define "chatbot.podMetadata" -}}
{{- $root := index . 0 }}{{ $values := index . 1 }}
{{- $annotations := merge (dict) (index . 3) ($values.podAnnotations | default dict) }}
{{- if and $root.Values.istio.enabled (ne (index . 2) "edge") }}
{{- $drain := ternary "55s" "85s" (eq (index . 2) "redis") }}
{{- $annotations = merge $annotations (dict "proxy.istio.io/config" (printf "terminationDrainDuration: %s\nholdApplicationUntilProxyStarts: true\n" $drain)) }}
{{- end }}
{{- with $annotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{ end -}}
labels:
  {{- include "chatbot.selector" (list $root (index . 2)) | nindent 2 }}
  {{- if gt (len .) 4 }}
  {{- toYaml (index . 4) | nindent 2 }}
  {{- end }}
  {{- if and $root.Values.istio.enabled (ne (index . 2) "edge") }}
  sidecar.istio.io/inject: "true"
  {{- end }}
  {{- with merge (dict) ($values.podLabels | default dict) $root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* (root, values of the component): where its pods may run, and what pulls their images. */}}
{{- define "chatbot.placement" -}}
{{- $root := index . 0 }}{{ $values := index . 1 }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with index $values $key }}
{{ $key }}: {{ if kindIs "string" . }}{{ . }}{{ else }}{{ toYaml . | nindent 2 }}{{ end }}
{{- end }}
{{- end }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* (root, image): its whole name. A digest wins over a tag; a registry for all goes before it. */}}
{{- define "chatbot.image" -}}
{{- $root := index . 0 }}{{ $image := index . 1 }}
{{- with $root.Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end }}{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default $root.Chart.AppVersion }}{{ end }}
{{- end }}

{{/* What people's requests reach first in this namespace. */}}
{{- define "chatbot.front" -}}
{{- $name := include "chatbot.fullname" . }}
{{- if .Values.edge.enabled }}{{ $name }}-edge
{{- else if and .Values.oauth2Proxy.enabled (eq .Values.oauth2Proxy.mode "proxy") }}{{ $name }}-oauth2-proxy
{{- else }}{{ fail "ingress and httpRoute lead to what signs people in: enable oauth2Proxy, or edge beside oauth2Proxy.mode ext-authz. They never lead to web itself." }}
{{- end }}
{{- end }}

{{- define "chatbot.proxySecret" -}}
{{ .Values.oauth2Proxy.existingSecret | default (printf "%s-oauth2-proxy" (include "chatbot.fullname" .)) }}
{{- end }}

{{/* Whether what reaches web carries the secret: oauth2-proxy or the edge sends it, a mesh does not. */}}
{{- define "chatbot.sendsSecret" -}}
{{- if and .Values.oauth2Proxy.enabled (or .Values.edge.enabled (eq .Values.oauth2Proxy.mode "proxy")) }}true{{ end }}
{{- end }}

{{- define "chatbot.redisSecret" -}}
{{ .Values.redis.existingSecret | default (printf "%s-redis" (include "chatbot.fullname" .)) }}
{{- end }}

{{/* The environment by which web and workers find Redis. */}}
{{- define "chatbot.redisEnv" -}}
{{- if .Values.redis.enabled }}
- name: REDIS_PASSWORD_FILE
  value: /run/secrets/redis/password
- name: REDIS_OM_URL
  value: redis://chatbot@{{ include "chatbot.fullname" . }}-redis:6379
{{- else }}
- name: REDIS_OM_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "chatbot.redisSecret" . }}
      key: {{ .Values.redis.external.urlKey }}
{{- end }}
{{- end }}

{{- define "chatbot.redisMount" -}}
{{- if .Values.redis.enabled }}
- name: redis-password
  mountPath: /run/secrets/redis
  readOnly: true
{{- end }}
{{- end }}

{{- define "chatbot.redisVolume" -}}
{{- if .Values.redis.enabled }}
# A file, so that a password that changes is taken up without a restart.
- name: redis-password
  secret:
    secretName: {{ include "chatbot.redisSecret" . }}
    items:
      - key: {{ .Values.redis.secretKeys.password }}
        path: password
{{- end }}
{{- end }}

{{- define "chatbot.caMount" -}}
{{- if .Values.customCA.existingSecret }}
- name: ca
  mountPath: /run/ca
  readOnly: true
{{- end }}
{{- end }}

{{- define "chatbot.caVolume" -}}
{{- with .Values.customCA.existingSecret }}
- name: ca
  secret:
    secretName: {{ . }}
{{- end }}
{{- end }}
